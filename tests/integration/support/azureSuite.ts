import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import type { ServiceConnection } from '../../agent/connections';
import { localEnvironment, type LocalEnvironment } from '../../environment';
import { Azure, CLUSTERS, GROUP } from './azure';
import { kubectl } from './cluster';
import { DEBIAN, deployStep, writeManifest, type DeployOptions, type DeployOutcome } from './deployStep';
import { pushedDigest, registryOf } from './images';

/** For tests of LangflowDeploy by way of Azure: each has an Azure, a namespace and sources with one ConfigMap of its own. */
export class AzureSuite {
  environment!: LocalEnvironment;
  azure!: Azure;
  /** For whatever a test writes. */
  folder!: string;
  sources!: string;
  namespace!: string;
  /** By which the service principal may log in. */
  certificate!: { pem: string; key: string };
  private image!: string;

  /** Registers its hooks with mocha's current suite. */
  constructor() {
    before(async () => {
      this.environment = localEnvironment();
      this.folder = mkdtempSync(path.join(tmpdir(), 'deploy-azure-'));
      this.certificate = newCertificate(this.folder);
      const digest = await pushedDigest(registryOf(this.environment), DEBIAN.repository, DEBIAN.tag);
      this.image = digest ?? '';
    });
    after(() => {
      rmSync(this.folder, { recursive: true, force: true });
    });
    beforeEach(async () => {
      this.namespace = `azure-${randomBytes(4).toString('hex')}`;
      this.sources = mkdtempSync(path.join(this.folder, 'sources-'));
      this.write();
      this.azure = new Azure({
        folder: mkdtempSync(path.join(this.folder, 'vaults-')),
        tls: path.join(this.environment.state, 'vault/tls'),
        kubeconfig: this.environment.kubeconfig,
        certificate: this.certificate.pem,
      });
      await this.azure.start();
    });
    afterEach(() => {
      this.azure.stop();
      kubectl(['delete', 'namespace', this.namespace, '--ignore-not-found', '--wait=false']);
    });
  }

  /** Writes the manifest: a ConfigMap `settings` and more. */
  write(...objects: object[]): void {
    const settings = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'settings' },
      data: { A: 'b' },
    };
    writeManifest(path.join(this.sources, 'all.yaml'), [settings, ...objects]);
  }

  /** A Deployment of one pod that is ready after some seconds; `container` adds to it. */
  deployment(name: string, readyAfter = 0, container: object = {}): object {
    const labels = { app: name };
    const main = {
      name: 'main',
      image: 'web',
      command: ['sh', '-c', `sleep ${readyAfter}; touch /tmp/ready; exec sleep 3600`],
      readinessProbe: { exec: { command: ['test', '-f', '/tmp/ready'] }, periodSeconds: 1 },
      ...container,
    };
    const template = { metadata: { labels }, spec: { terminationGracePeriodSeconds: 0, containers: [main] } };
    const spec = { selector: { matchLabels: labels }, template };
    return { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name }, spec };
  }

  /** Deploys to the AKS cluster with certificates, unless the inputs say another. */
  deploy(
    inputs: Record<string, string> = {},
    connection: ServiceConnection = this.azure.servicePrincipal(),
    { variables, ...more }: DeployOptions = {},
  ): Promise<DeployOutcome> {
    const { resources } = this.environment;
    return deployStep(
      this,
      { web: { repository: DEBIAN.repository, digest: this.image } },
      {
        kubernetesServiceConnection: '',
        azureSubscription: 'azure',
        azureResourceGroup: GROUP,
        kubernetesCluster: CLUSTERS.plain,
        ...inputs,
      },
      {
        resources: {
          ...resources,
          agent: { ...resources.agent, accessToken: this.azure.accessToken },
          serviceConnections: { ...resources.serviceConnections, azure: connection },
        },
        variables: { ...this.azure.variables, ...variables },
        ...more,
      },
    );
  }

  assertDeployed(step: DeployOutcome): void {
    assert.equal(step.result, 'Succeeded', step.message);
    assert.match(kubectl(['-n', this.namespace, 'get', 'configmaps', '-o', 'name']), /configmap\/settings-/);
  }

  /** The step failed for this reason and has changed nothing. */
  assertRefused(step: DeployOutcome, message: RegExp): void {
    assert.equal(step.result, 'Failed');
    assert.match(step.message, message);
    assert.equal(kubectl(['get', 'namespace', this.namespace, '--ignore-not-found', '-o', 'name']), '');
  }
}

function newCertificate(folder: string): { pem: string; key: string } {
  const [pem, key] = [path.join(folder, 'spn.pem'), path.join(folder, 'spn.key')];
  const request = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=spn'];
  execFileSync('openssl', [...request, '-keyout', key, '-out', pem], { stdio: 'ignore' });
  return { pem: readFileSync(pem, 'utf8'), key: readFileSync(key, 'utf8') };
}
