import assert from 'node:assert/strict';
import type { ServiceConnection } from '../agent/connections';
import { AzureSuite } from './support/azureSuite';
import { kubectl } from './support/cluster';

/** The driver itself is not here: what it reads is judged by the API server, with the fields of its documentation. */
describe('LangflowDeploy with the Secrets Store CSI driver', function () {
  this.timeout(120_000);
  const suite = new AzureSuite();
  const deploy = (connection: ServiceConnection) =>
    suite.deploy(
      {
        kubernetesServiceConnection: 'langflow-aks',
        kubernetesCluster: '',
        keyVault: 'langflow-local',
        secretMode: 'csi',
        secrets: 'passwords: { A: one }',
      },
      connection,
    );
  // Azure Stack is no cloud of the driver; the addresses of this connection are what they are in it.
  const publicCloud = () => {
    const connection = suite.azure.servicePrincipal();
    return { ...connection, data: { ...connection.data, environment: 'AzureCloud' } };
  };

  it('says that the cluster has no driver', async () => {
    const step = await deploy(publicCloud());
    suite.assertRefused(step, /does not know SecretProviderClass of secrets-store\.csi\.x-k8s\.io\/v1/);
  });

  it('makes classes in place of Secrets, and asks the vault nothing', async () => {
    kubectl(['apply', '-f', '-'], JSON.stringify(crd()));
    try {
      kubectl(['wait', '--for=condition=Established', `crd/${crd().metadata.name}`]);
      const step = await deploy(publicCloud());
      suite.assertDeployed(step);
      const classes = kubectl(['-n', suite.namespace, 'get', 'secretproviderclasses', '-o', 'name']);
      assert.match(classes, /^\S+\/passwords-[0-9a-f]{10}$/);
      const secrets = kubectl(['-n', suite.namespace, 'get', 'secrets', '-o', 'name']);
      assert.doesNotMatch(secrets, /passwords/);
      assert.equal(suite.azure.requests.length, 0);
    } finally {
      kubectl(['delete', 'crd', crd().metadata.name, '--ignore-not-found', '--wait=false']);
    }
  });

  it('refuses a cloud that the driver does not know', async () => {
    const step = await deploy(suite.azure.servicePrincipal());
    suite.assertRefused(step, /the cloud 'AzureStack' of the service connection is not supported/);
  });
});

/** https://secrets-store-csi-driver.sigs.k8s.io/concepts#secretproviderclass */
function crd() {
  const text = { type: 'string' };
  const object = (properties: object): object => ({ type: 'object', properties });
  const list = (items: object): object => ({ type: 'array', items });
  const spec = object({
    provider: text,
    parameters: { type: 'object', additionalProperties: text },
    secretObjects: list(
      object({ secretName: text, type: text, data: list(object({ objectName: text, key: text })) }),
    ),
  });
  const group = 'secrets-store.csi.x-k8s.io';
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `secretproviderclasses.${group}` },
    spec: {
      group,
      scope: 'Namespaced',
      names: {
        kind: 'SecretProviderClass',
        plural: 'secretproviderclasses',
        singular: 'secretproviderclass',
      },
      versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: object({ spec }) } }],
    },
  };
}
