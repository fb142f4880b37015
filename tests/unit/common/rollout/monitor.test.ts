import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { KubeConfig } from '@kubernetes/client-node';
import { systemClock } from '../../../../tasks/common/clock';
import { KubernetesClient } from '../../../../tasks/common/kubernetes/client';
import { Monitor } from '../../../../tasks/common/rollout/monitor';

type Item = { metadata: { name: string; namespace: string; uid: string; resourceVersion: string } };

/** The list and watch protocol of an API server, for pods; every other collection is empty. */
class Collections {
  readonly requests: string[] = [];
  pods: Item[] = [];
  version = 1;
  /** Status of the next requests to watch pods. */
  refusal: number | undefined;
  private watches: ServerResponse[] = [];

  handle(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url ?? '', 'http://localhost');
    const isPods = url.pathname.endsWith('/pods');
    response.setHeader('content-type', 'application/json');
    if (url.searchParams.get('watch') === 'true') {
      if (isPods) this.requests.push(`watch from ${url.searchParams.get('resourceVersion') ?? ''}`);
      if (isPods && this.refusal !== undefined) {
        response.writeHead(this.refusal).end();
        return;
      }
      response.flushHeaders();
      if (isPods) this.watches.push(response);
      return;
    }
    if (isPods) this.requests.push('list');
    const kind = isPods ? 'PodList' : 'EventList';
    const metadata = { resourceVersion: `${this.version}` };
    response.end(JSON.stringify({ apiVersion: 'v1', kind, metadata, items: isPods ? this.pods : [] }));
  }

  send(type: string, object: object): void {
    for (const watch of this.watches) watch.write(`${JSON.stringify({ type, object })}\n`);
  }

  breakOff(): void {
    for (const watch of this.watches) watch.destroy();
    this.watches = [];
  }

  end(): void {
    for (const watch of this.watches) watch.end();
    this.watches = [];
  }

  pod(name: string): Item {
    const resourceVersion = `${++this.version}`;
    return { metadata: { name, namespace: 'langflow', uid: `uid-${name}`, resourceVersion } };
  }
}

describe('Monitor', () => {
  let collections: Collections;
  let server: Server;
  let monitor: Monitor;

  beforeEach(async () => {
    collections = new Collections();
    server = createServer((request, response) => {
      collections.handle(request, response);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const config = new KubeConfig();
    const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    config.loadFromClusterAndUser({ name: 'c', server: address, skipTLSVerify: true }, { name: 'u' });
    const client = KubernetesClient.connect(config, 'langflow', systemClock);
    collections.pods = [collections.pod('a')];
    monitor = await Monitor.start({ client, config, namespace: 'langflow', server: address }, systemClock);
  });
  afterEach(async () => {
    await monitor.stop();
    server.closeAllConnections();
    server.close();
  });

  async function until(holds: () => boolean): Promise<void> {
    for (let patience = 300; patience > 0; patience--) {
      if (holds()) return;
      await monitor.changed(20, new AbortController().signal);
    }
    assert.fail(`It did not come to pass; requests: ${collections.requests.join()}`);
  }
  const names = (): string[] => monitor.pods().map(({ metadata }) => metadata.name);

  it('knows what there is, and hears of what comes and goes, without asking again', async () => {
    assert.deepEqual(names(), ['a']);
    collections.send('ADDED', collections.pod('b'));
    await until(() => names().join() === 'a,b');
    collections.send('DELETED', collections.pod('a'));
    await until(() => names().join() === 'b');
    assert.equal(monitor.wasDeleted('uid-a'), true);
    assert.deepEqual(collections.requests, ['list', 'watch from 2']);
  });

  it('goes on from where it was when the server ends a watch, or the connection breaks', async () => {
    collections.send('ADDED', collections.pod('b'));
    await until(() => names().length === 2);
    collections.end();
    await until(() => collections.requests.length === 3);
    collections.breakOff();
    await until(() => collections.requests.length === 4);
    collections.send('ADDED', collections.pod('c'));
    await until(() => names().length === 3);
    assert.deepEqual(collections.requests, ['list', 'watch from 2', 'watch from 3', 'watch from 3']);
  });

  it('lists again when a watch has expired, by an event or by the answer', async () => {
    collections.pods = [collections.pod('new')];
    collections.send('ERROR', { kind: 'Status', code: 410, reason: 'Expired' });
    collections.end();
    await until(() => names().join() === 'new');
    collections.pods = [collections.pod('newer')];
    collections.refusal = 410;
    collections.end();
    await until(() => collections.requests.filter((request) => request === 'list').length >= 3);
    collections.refusal = undefined;
    await until(() => names().join() === 'newer');
  });

  it('begins again after a server that is away for a while', async () => {
    collections.refusal = 503;
    collections.end();
    await until(() => collections.requests.length >= 3);
    collections.refusal = undefined;
    await until(() => collections.requests.length >= 4);
    collections.send('ADDED', collections.pod('b'));
    await until(() => names().length === 2);
  });
});
