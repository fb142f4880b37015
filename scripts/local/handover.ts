import { writeFile } from 'node:fs/promises';
import { stringify } from 'yaml';
import { engineExists } from './engine';
import { AZURE_CONNECTION, secretValue, writeAuthorities } from './keyVault';
import { selfContained } from './kubernetes/cluster';
import { BUILDER, DOCKER_HOST, NAMESPACE, REGISTRY, STATE, state, VAULT } from './paths';
import { REGISTRY_USER, registryPassword } from './registry';

/** Writes env.sh, for a shell and the tests. */
export async function writeEnvironment(kubeconfig: string): Promise<string> {
  const variables = {
    LANGFLOW_LOCAL_STATE: STATE,
    KUBECONFIG: kubeconfig,
    BUILDX_CONFIG: state('buildx'),
    ...((await engineExists()) ? {} : { DOCKER_HOST }),
  };
  const lines = Object.entries(variables).map(([name, value]) => `export ${name}='${value}'`);
  await writeFile(state('env.sh'), `${lines.join('\n')}\nexport PATH='${state('bin')}':"$PATH"\n`);
  return state('env.sh');
}

/** Writes resources.yml: what Azure DevOps would hold on its server. Its format is in ARCHITECTURE.md. */
export async function writeResources(kubeconfig: string, vulnerabilityDatabase: string): Promise<string> {
  const registry = `http://${REGISTRY}`;
  const cluster = await selfContained(kubeconfig);
  await writeAuthorities(state('ca.pem'));
  const resources = {
    agent: { caInfo: state('ca.pem') },
    variableGroups: {
      'langflow-production': {
        builder: BUILDER,
        vulnerabilityDatabase,
        keyVault: VAULT,
        namespace: NAMESPACE,
        superuserPassword: { value: await secretValue('langflow-superuser-password'), isSecret: true },
      },
    },
    serviceConnections: {
      'langflow-acr': {
        type: 'dockerregistry',
        url: registry,
        scheme: 'UsernamePassword',
        parameters: { registry, username: REGISTRY_USER, password: await registryPassword() },
        data: { registrytype: 'Others' },
      },
      'langflow-aks': {
        type: 'kubernetes',
        url: cluster.server,
        scheme: 'Kubernetes',
        parameters: { kubeconfig: cluster.text, clusterContext: cluster.context },
        data: { authorizationType: 'Kubeconfig' },
      },
      'langflow-azure': AZURE_CONNECTION,
    },
    environments: { dev: {}, staging: {}, production: {} },
  };
  await writeFile(state('resources.yml'), stringify(resources), { mode: 0o600 });
  return state('resources.yml');
}
