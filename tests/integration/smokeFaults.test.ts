import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { connect, createServer as createTcpServer, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { localEnvironment, type LocalEnvironment } from '../environment';
import { kubectl, pushWebImage, webObjects } from './support/cluster';
import { registryOf } from './support/images';
import { smokeStep, type SmokeOutcome, type SmokePlace } from './support/smokeStep';

/** What goes wrong between the smoke test and the release, with the shipped task. */
describe('LangflowSmokeTest, when something on the way breaks', function () {
  this.timeout(180_000);

  const nonce = randomBytes(4).toString('hex');
  const namespace = `smoke-faults-${nonce}`;
  let environment: LocalEnvironment;
  let place: SmokePlace;
  let folder: string;
  let components: { name: string; image: string; digest: string }[];
  const servers: Server[] = [];

  before(async () => {
    environment = localEnvironment();
    folder = mkdtempSync(path.join(tmpdir(), 'smoke-faults-'));
    place = { environment, folder, namespace };
    const repository = `tests/${namespace}`;
    const image = `${environment.registryHost}/${repository}`;
    const digest = await pushWebImage(registryOf(environment), repository, { password: 'p', token: 't' });
    components = [{ name: 'web', image, digest }];
    kubectl(['create', 'namespace', namespace]);
    kubectl(['apply', '-n', namespace, '-f', '-'], webObjects(`${image}@${digest}`));
    kubectl(['rollout', 'status', '-n', namespace, 'deployment/web', '--timeout=60s']);
  });
  after(() => {
    for (const server of servers) server.close();
    rmSync(folder, { recursive: true, force: true });
    kubectl(['delete', 'namespace', namespace, '--ignore-not-found', '--wait=false']);
  });

  async function serve(server: Server): Promise<string> {
    servers.push(server.listen(0, '127.0.0.1'));
    await once(server, 'listening');
    return `127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  /** The API server through a proxy whose connections a test can cut. */
  async function proxied(): Promise<{
    resources: LocalEnvironment['resources'];
    cut: () => void;
    stop: () => void;
  }> {
    const [, host = '', port = ''] = /server"?: "?https:\/\/([^:]+):(\d+)/.exec(environment.kubeconfig) ?? [];
    const sockets = new Set<Socket>();
    const server = createTcpServer((client) => {
      const upstream = connect(Number(port), host);
      for (const socket of [client, upstream]) {
        sockets.add(socket);
        socket.on('error', () => socket.destroy());
        socket.on('close', () => {
          sockets.delete(socket);
          client.destroy();
          upstream.destroy();
        });
      }
      client.pipe(upstream).pipe(client);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const resources = structuredClone(environment.resources);
    const connection = resources.serviceConnections?.['langflow-aks'];
    assert.ok(connection?.parameters);
    connection.parameters.kubeconfig = environment.kubeconfig.replace(
      `${host}:${port}`,
      `127.0.0.1:${(server.address() as AddressInfo).port}`,
    );
    const cut = (): void => {
      for (const socket of sockets) socket.destroy();
    };
    return {
      resources,
      cut,
      stop: () => {
        server.close();
        cut();
      },
    };
  }

  it('sends a safe request again when its port-forward is cut, and no other', async () => {
    const proxy = await proxied();
    const timer = setTimeout(proxy.cut, 3_500);
    const step = await smokeStep(
      place,
      `
groups:
  - name: safe
    checks: [{ name: safe, http: { target: 'service/web:80', path: /cgi-bin/pause }, expect: { contains: paused } }]
  - name: unsafe
    checks: [{ name: unsafe, http: { target: 'service/web:80', path: /cgi-bin/pause, method: POST } }]
`,
      components,
      { resources: proxy.resources },
    );
    clearTimeout(timer);
    proxy.stop();
    assert.deepEqual(Object.keys(step.failures), ['unsafe'], step.message);
    assert.match(
      step.failures.unsafe ?? '',
      /^(No answer: the connection was closed before the answer was whole|Port-forward to pod web-\S+: .*)\.?/,
    );
    assert.match(step.log, /passed: safe/);
  });

  it('goes on with another pod when its own is replaced', async () => {
    const wait = `
checks:
  - name: stable
    http: { target: 'service/web:80', path: /health }
    repeat: { for: 10s, interval: 1s }
`;
    let deleted = false;
    const step = await smokeStep(place, wait, components, {
      cancelAfter: (log) => {
        if (!deleted && log.includes('passed: Running images')) {
          deleted = true;
          // Every pod that there is now; the new ones take over.
          setTimeout(() => {
            kubectl(['delete', 'pods', '-n', namespace, '-l', 'app=web', '--wait=false']);
          }, 2_000);
        }
        return false;
      },
    });
    assert.ok(deleted);
    // For a moment no pod is ready: that is what a window without any error must find.
    if (step.result === 'Failed') assert.match(step.message, /Service web has no ready pod/);
    const tolerant = await smokeStep(
      place,
      wait.replace('interval: 1s', 'interval: 1s, errors: 50%'),
      components,
    );
    assert.equal(tolerant.result, 'Succeeded', tolerant.message);
  });

  it('is bounded by slow, endless, looping and unreachable servers', async () => {
    const slow = await serve(
      createServer((_request, response) => {
        response.writeHead(200, { 'Content-Length': '1000' });
        const timer = setInterval(() => response.write('.'), 200);
        response.on('close', () => {
          clearInterval(timer);
        });
      }),
    );
    let sent = 0;
    const huge = await serve(
      createServer((_request, response) => {
        const chunk = Buffer.alloc(1024 * 1024, 'x');
        const more = (): void => {
          while (sent < 1024 && response.write(chunk)) sent++;
          if (sent >= 1024) response.end();
          else response.once('drain', more);
        };
        more();
      }),
    );
    const loop = await serve(
      createServer((_request, response) => response.writeHead(302, { Location: '/again' }).end()),
    );
    execFileSync(
      'openssl',
      'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=other -days 9 -keyout key.pem -out cert.pem'.split(
        ' ',
      ),
      { cwd: folder, stdio: 'ignore' },
    );
    const tls = {
      key: readFileSync(path.join(folder, 'key.pem')),
      cert: readFileSync(path.join(folder, 'cert.pem')),
    };
    const wrong = await serve(createTlsServer(tls, (_request, response) => response.end()));
    const started = performance.now();
    const step = await smokeStep(
      place,
      `
checks:
  - { name: slow, http: { target: 'http://${slow}' }, timeout: 2s }
  - { name: huge, http: { target: 'http://${huge}' }, expect: { contains: the end } }
  - { name: loop, http: { target: 'http://${loop}', redirects: 5 } }
  - { name: certificate, http: { target: 'https://${wrong}' } }
  - { name: name, http: { target: 'https://nowhere.invalid' } }
  - { name: nobody, http: { target: 'http://127.0.0.1:9' } }
`,
      components,
    );
    assert.equal(step.result, 'Failed');
    assert.ok(performance.now() - started < 60_000);
    assert.ok(sent < 200, `${sent} MiB of 1 GiB were read`);
    for (const [name, reason] of [
      ['slow', /^It took longer than its time limit of 2\.0s\.$/],
      ['huge', /it is too long to be read to its end/],
      ['loop', /^Expected status 200 to 299, found 302\.$/],
      ['certificate', /an authority that this agent does not trust/],
      ['name', /the host name is unknown|the name server does not answer/],
      ['nobody', /the connection was refused/],
    ] as const)
      assert.match(step.failures[name] ?? '', reason);
    assert.match(step.log, /redirected more than 5 times, the last time to \/again/);
  });

  it('removes what it made when it is cancelled in the middle', async () => {
    const requests: string[] = [];
    const server = await serve(
      createServer((request, response) => {
        requests.push(`${request.method ?? ''} ${request.url ?? ''}`);
        if (request.url === '/wait') return;
        response.writeHead(200).end('{"id":7}');
      }),
    );
    const step: SmokeOutcome = await smokeStep(
      place,
      `
checks:
  - name: made
    http: { target: 'http://${server}', path: '/flows?name=smoke-\${RUN_ID}', method: POST }
    capture: { ID: { json: $.id } }
    cleanup: { path: '/flows/\${ID}' }
groups:
  - name: hang
    checks: [{ name: hang, http: { target: 'http://${server}', path: /wait } }]
  - name: job
    checks: [{ name: job, job: { like: deployment/web, command: [/bin/busybox, sleep, '60'] } }]
`,
      components,
      { cancelAfter: (log) => log.includes('Made Job smoke-web-') && requests.includes('GET /wait') },
    );
    assert.equal(step.result, 'Canceled');
    assert.match(requests[0] ?? '', /^POST \/flows\?name=smoke-\d*-?[0-9a-f]{8}$/);
    assert.ok(requests.includes('DELETE /flows/7'), requests.join());
    assert.equal(kubectl(['get', 'jobs', '-n', namespace, '-o', 'name']), '');
    assert.equal(step.section, undefined);
  });

  it('attaches what stands behind a check that fails', async () => {
    const step = await smokeStep(
      place,
      `
checks:
  - { name: gone, http: { target: 'service/web:80', path: /gone } }
  - { name: soft, http: { target: 'service/broken:80' }, soft: true }
  - { name: of the component, http: { target: 'http://127.0.0.1:9' }, component: web, soft: true }
`,
      components,
    );
    assert.deepEqual([step.section?.failed, step.section?.warnings], [1, 2]);
    const warnings = step.issues.filter(({ type }) => type === 'warning').map(({ message }) => message);
    assert.deepEqual(
      warnings.map((message) => message.split(':')[0]),
      ['soft', 'of the component'],
    );
    for (const report of [step.log, step.summary, step.html, step.junit]) {
      assert.match(report, /Pod web-\S+: Running, ready; restarts: main 0/);
      assert.match(report, /Pod broken-\S+: Running, not ready; restarts: main 0/);
      assert.match(report, /Unhealthy: Readiness probe failed/, 'the events of the pod');
    }
    assert.match(step.summary, /### Slowest checks/);
  });
});
