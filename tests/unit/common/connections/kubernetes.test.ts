import assert from 'node:assert/strict';
import { kubeConfigFromConnection } from '../../../../tasks/common/connections/kubernetes';
import { printedBy, setConnection } from '../../support/agent';

const kubeconfig = `
apiVersion: v1
kind: Config
clusters: [{ name: blue, cluster: { server: 'https://blue:6443' } }, { name: green, cluster: { server: 'https://green:6443' } }]
users: [{ name: ci, user: { token: t0ken } }]
contexts: [{ name: blue, context: { cluster: blue, user: ci } }, { name: green, context: { cluster: green, user: ci } }]
current-context: blue
`;

describe('Kubernetes connection', () => {
  const read = async (id: string): Promise<string | undefined> => {
    let server: string | undefined;
    await printedBy(() => {
      server = kubeConfigFromConnection(id).getCurrentCluster()?.server;
    });
    return server;
  };

  it('reads a kubeconfig, and takes its current context', async () => {
    setConnection('current', { scheme: 'Kubernetes', parameters: { kubeconfig } });
    assert.equal(await read('current'), 'https://blue:6443');
  });

  it('takes the context that the connection names', async () => {
    setConnection('named', { scheme: 'Kubernetes', parameters: { kubeconfig, clusterContext: 'green' } });
    assert.equal(await read('named'), 'https://green:6443');
  });

  it('lists the contexts when the named one does not exist', async () => {
    setConnection('typo', { scheme: 'Kubernetes', parameters: { kubeconfig, clusterContext: 'gren' } });
    await assert.rejects(read('typo'), /'gren'.*blue, green/);
  });

  it('does not quote a kubeconfig that it cannot read', async () => {
    setConnection('broken', {
      scheme: 'Kubernetes',
      parameters: { kubeconfig: 'users: [ { token: t0ken }' },
    });
    await assert.rejects(read('broken'), (error: Error) => {
      assert.match(error.message, /not valid YAML/);
      assert.doesNotMatch(error.message, /t0ken/);
      return true;
    });
  });

  it('reads a service account', async () => {
    setConnection('account', {
      url: 'https://red:6443',
      scheme: 'Token',
      parameters: {
        apiToken: Buffer.from('t0ken').toString('base64'),
        serviceAccountCertificate: Buffer.from('cert').toString('base64'),
      },
      data: { authorizationType: 'ServiceAccount' },
    });
    assert.equal(await read('account'), 'https://red:6443');
  });

  it('names the kind it cannot use', async () => {
    setConnection('azure', {
      scheme: 'None',
      parameters: {},
      data: { authorizationType: 'AzureSubscription' },
    });
    await assert.rejects(
      read('azure'),
      /'AzureSubscription'; accepted are 'Kubeconfig' and 'ServiceAccount'/,
    );
  });
});
