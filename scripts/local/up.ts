import { provideBaseImages, provideBuildkitImage, providePauseImage } from './baseImages';
import { provideCheckov } from './checkov';
import { provideDefinitions } from './definitions';
import { installBuildxPlugin, startBuildkit } from './buildkit';
import { installPackages } from './debian';
import { startEngine } from './engine';
import { writeEnvironment, writeResources } from './handover';
import { startClusterDns, startVolumes } from './kubernetes/addons';
import { startControlPlane } from './kubernetes/controlPlane';
import { givenKubeconfig } from './kubernetes/cluster';
import { startNode } from './kubernetes/node';
import { prepareKeyVault, startKeyVault } from './keyVault';
import { KUBECONFIG, REGISTRY } from './paths';
import { KUBERNETES_PROGRAMS, providePrograms } from './programs';
import { startRegistry } from './registry';
import { step } from './step';
import { provideVulnerabilityDatabase, vulnerabilityDatabase } from './vulnerabilities';

await step('Debian packages', installPackages);
await step('Builder programs', () => providePrograms('docker-buildx', 'buildkitd'));
await step('Registry', startRegistry);
await step('BuildKit', startBuildkit);
await step('docker buildx', installBuildxPlugin);
await step('Base images', provideBaseImages);
await step('BuildKit image', provideBuildkitImage);

await step('kubectl', () => providePrograms('kubectl'));
const given = await givenKubeconfig();
if (given) {
  await step('Kubernetes', () =>
    Promise.resolve(
      `the cluster of KUBECONFIG (${given}) is used; its nodes must be able to pull from ${REGISTRY}`,
    ),
  );
} else {
  await step('Kubernetes programs', () => providePrograms(...KUBERNETES_PROGRAMS));
  await step('Pause image', providePauseImage);
  await step('Kubernetes control plane', startControlPlane);
  await step('Kubernetes node', startNode);
  await step('Kubernetes DNS', startClusterDns);
  await step('Kubernetes volumes', startVolumes);
}
const kubeconfig = given ?? KUBECONFIG;

await step('Helm', () => providePrograms('helm'));
await step('Docker engine', startEngine);
await step('Trivy', () => providePrograms('trivy'));
await step('Checkov', provideCheckov);
await step('Definitions of add-ons', provideDefinitions);
await step('Dashboard check', () => providePrograms('dashboard-check'));
await step('Key Vault files', prepareKeyVault);
await step('env.sh', () => writeEnvironment(kubeconfig));
const database = await vulnerabilityDatabase();
await step('resources.yml', () => writeResources(kubeconfig, database));
await step('Key Vault', startKeyVault);
await step('Vulnerability database', () => provideVulnerabilityDatabase(database));
