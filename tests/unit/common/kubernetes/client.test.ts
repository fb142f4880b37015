import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { KubeConfig } from '@kubernetes/client-node';
import { ApiError, KubernetesClient } from '../../../../tasks/common/kubernetes/client';
import type { KubernetesObject } from '../../../../tasks/common/kubernetes/object';

const FLOW: KubernetesObject = {
  apiVersion: 'example.com/v1',
  kind: 'Flow',
  metadata: { name: 'first', namespace: 'n' },
};
const FLOWS = { name: 'flows', kind: 'Flow', namespaced: true };

/** Each answer of the API server's discovery in turn, the last one from then on; undefined is a group that is not there. */
type Discovery = (object[] | null | undefined)[];

describe('KubernetesClient', () => {
  let server: Server;
  let requests: string[];
  let pauses: number[];

  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  async function connect(discovery: Discovery): Promise<KubernetesClient> {
    requests = [];
    pauses = [];
    server = createServer((request, response) => {
      requests.push(`${request.method ?? ''} ${request.url?.split('?')[0] ?? ''}`);
      const send = (status: number, body: object): void => {
        response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
      };
      if (request.url !== '/apis/example.com/v1') {
        send(200, FLOW);
        return;
      }
      const resources = discovery.length > 1 ? discovery.shift() : discovery[0];
      if (resources === undefined) send(404, { kind: 'Status', message: 'page not found' });
      else send(200, { kind: 'APIResourceList', groupVersion: 'example.com/v1', resources });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const config = new KubeConfig();
    const { port } = server.address() as AddressInfo;
    config.loadFromClusterAndUser(
      { name: 'c', server: `http://127.0.0.1:${port}`, skipTLSVerify: true },
      { name: 'u' },
    );
    const clock = {
      now: () => 0,
      sleep: (milliseconds: number) => {
        pauses.push(milliseconds);
        return Promise.resolve();
      },
    };
    return KubernetesClient.connect(config, 'n', clock);
  }

  it('applies an object whose kind the server lists a moment after its CRD', async () => {
    const other = { ...FLOWS, name: 'others', kind: 'Other' };
    const client = await connect([undefined, null, [other], [other, FLOWS]]);
    await client.apply(FLOW);
    assert.deepEqual(pauses, [250, 500, 1_000]);
    assert.equal(requests.at(-1), 'PATCH /apis/example.com/v1/namespaces/n/flows/first');
  });

  it('gives up an object whose kind the server never lists', async () => {
    const client = await connect([null]);
    await assert.rejects(client.apply(FLOW), (error: unknown) => {
      assert.ok(error instanceof ApiError);
      assert.match(error.message, /does not know Flow of example\.com\/v1/);
      return true;
    });
    assert.equal(pauses.length, 5);
  });

  it('neither waits for a kind that is only planned, nor finds or removes an object of it', async () => {
    const client = await connect([null]);
    assert.equal(await client.resourceType(FLOW.apiVersion, FLOW.kind), undefined);
    await assert.rejects(client.apply(FLOW, { dryRun: true }), /does not know Flow/);
    assert.equal(await client.find(FLOW), undefined);
    await client.remove(FLOW);
    assert.deepEqual(pauses, []);
  });
});
