import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import { Agent } from 'node:https';
import type { AddressInfo } from 'node:net';
import { HttpMethod, KubeConfig, RequestContext } from '@kubernetes/client-node';
import { systemClock } from '../../../../tasks/common/clock';
import { KubernetesClient } from '../../../../tasks/common/kubernetes/client';
import { keepConnections } from '../../../../tasks/common/kubernetes/keepConnections';

describe('keepConnections', () => {
  let server: Server;
  let connections: number;
  let authorizations: (string | undefined)[];

  beforeEach(async () => {
    connections = 0;
    authorizations = [];
    server = createServer((request, response) => {
      authorizations.push(request.headers.authorization);
      response.setHeader('content-type', 'application/json');
      response.end('{"kind":"PodList","apiVersion":"v1","items":[]}');
    });
    server.on('connection', () => {
      connections += 1;
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  function connect(): KubernetesClient {
    const config = new KubeConfig();
    const { port } = server.address() as AddressInfo;
    config.loadFromClusterAndUser(
      { name: 'c', server: `http://127.0.0.1:${port}`, skipTLSVerify: true },
      { name: 'u', token: 't' },
    );
    return KubernetesClient.connect(config, 'langflow', systemClock);
  }

  it('lets requests that follow each other share a connection', async () => {
    const client = connect();
    for (let count = 0; count < 5; count += 1) await client.listPath('/api/v1/pods');
    assert.equal(connections, 1);
    assert.deepEqual(authorizations, Array(5).fill('Bearer t'));
  });

  it('opens another where the server has closed the one there was', async () => {
    const client = connect();
    await client.listPath('/api/v1/pods');
    server.closeAllConnections();
    await client.listPath('/api/v1/pods');
    assert.equal(connections, 2);
  });

  it('keeps the connections of a client certificate that is read anew each time, not those of another', async () => {
    const agents: (Agent | undefined)[] = [];
    let certificate = 'a';
    const config = {
      getName: () => 'u',
      applySecurityAuthentication: (context: RequestContext) => {
        context.setAgent(new Agent({ cert: Buffer.from(certificate) }));
        return Promise.resolve();
      },
    };
    const kept = keepConnections(config as unknown as KubeConfig);
    for (certificate of ['a', 'a', 'b']) {
      const context = new RequestContext('https://127.0.0.1', HttpMethod.GET);
      await kept.applySecurityAuthentication(context);
      agents.push(context.getAgent() as Agent);
    }
    assert.equal(agents[0], agents[1]);
    assert.notEqual(agents[1], agents[2]);
  });
});
