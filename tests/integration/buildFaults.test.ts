import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { existsSync, mkdirSync } from 'node:fs';
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as path from 'node:path';
import { isRunning } from './support/buildStep';
import { BuildSuite } from './support/buildSuite';

/** After each of these, nothing of the step is left: buildStep() looks for credentials, builders and children. */
describe('LangflowBuild, when', function () {
  this.timeout(300_000);
  const suite = new BuildSuite();
  let proxy: Server | undefined;

  afterEach(() => {
    proxy?.closeAllConnections();
    proxy?.close();
    proxy = undefined;
  });

  /** The registry behind a proxy that answers some requests itself; the resources with its address. */
  async function behindProxy(answer: (method: string, url: string) => number | undefined) {
    const [host, port] = suite.environment.registryHost.split(':');
    proxy = createServer((incoming, response) => {
      const status = answer(incoming.method ?? '', incoming.url ?? '');
      if (status !== undefined) {
        incoming.resume();
        response.writeHead(status).end();
        return;
      }
      const { method, url, headers } = incoming;
      const outgoing = request({ host, port, method, path: url, headers }, (answered) => {
        response.writeHead(answered.statusCode ?? 502, answered.headers);
        answered.pipe(response);
      });
      outgoing.on('error', () => response.destroy());
      incoming.pipe(outgoing);
    });
    await new Promise<void>((resolve) => proxy?.listen(0, '127.0.0.1', resolve));
    const address = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    const resources = structuredClone(suite.environment.resources);
    const parameters = resources.serviceConnections?.['langflow-acr']?.parameters ?? {};
    parameters.registry = address;
    // The base image comes from the mirror, which asks for a login, too.
    suite.write({ 'app/Dockerfile': 'FROM scratch\nCOPY Dockerfile /\n' });
    return resources;
  }

  it('the registry is busy midway, pushes again', async () => {
    let refused = 0;
    const resources = await behindProxy((method, url) =>
      method === 'PUT' && url.includes('/manifests/') && refused++ < 8 ? 503 : undefined,
    );
    const step = await suite.build({ cache: 'none' }, { resources });
    assert.equal((await suite.released(step)).length, 1);
    assert.ok(refused > 8);
  });

  it('the registry takes nothing, says so', async () => {
    const resources = await behindProxy((method) =>
      method === 'PUT' || method === 'POST' ? 403 : undefined,
    );
    const step = await suite.build({ cache: 'none' }, { resources });
    assert.equal(step.result, 'Failed');
    assert.match(
      step.message,
      /Component 'app' could not be built: failed to push [^]*403 Forbidden[^]*check user name, password and rights/,
    );
    assert.equal(existsSync(step.releaseManifest), false);
  });

  it('the cache cannot be written, releases all the same', async () => {
    const resources = await behindProxy((method, url) =>
      method === 'PUT' && url.includes('/manifests/buildcache') ? 403 : undefined,
    );
    const step = await suite.build({}, { resources });
    assert.equal((await suite.released(step)).length, 1);
    assert.match(step.log, /FAILED: .*403 Forbidden/);
  });

  it('the builder is killed, says so', async () => {
    const daemon = await suite.freshBuilder();
    const seconds = randomInt(1e8, 1e9);
    suite.write({ 'app/Dockerfile': `FROM debian:bookworm-slim\nRUN echo asleep-now && sleep ${seconds}\n` });
    let killed: Promise<void> | undefined;
    const step = await suite.build(
      { builder: daemon.address },
      {
        cancelAfter: (log) => {
          if (/\] {3}asleep-now$/m.test(log)) killed ??= daemon.kill();
          return false;
        },
      },
    );
    await killed;
    execFileSync('pkill', ['-f', `sleep ${seconds}`]);
    assert.equal(step.result, 'Failed');
    assert.match(step.message, /Unavailable|closed|EOF|connection/);
    assert.equal(existsSync(step.releaseManifest), false);
  });

  it('the disk of the builder is full, says so', async () => {
    const root = path.join(suite.folder, `small-${suite.nonce}`);
    mkdirSync(root);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=400m', 'tmpfs', root]);
    try {
      const daemon = await suite.freshBuilder({ root });
      suite.write({ 'app/Dockerfile': 'FROM debian:bookworm-slim\nRUN head -c 1G /dev/zero >/big\n' });
      const step = await suite.build({ builder: daemon.address });
      await daemon.kill();
      assert.equal(step.result, 'Failed');
      assert.match(step.message, /app\/Dockerfile, line 2:[^]*No space left on device/);
    } finally {
      execFileSync('umount', ['--lazy', root]);
    }
  });

  it('a Dockerfile has a mistake, points at it', async () => {
    suite.write({ 'app/Dockerfile': 'FROM debian:bookworm-slim\n\nRUNN true\n' });
    const step = await suite.build();
    assert.match(step.message, /app\/Dockerfile, line 3:[^]*Correct this line of the Dockerfile/);
  });

  it('a Dockerfile is doubtful, warns at the line', async () => {
    suite.write({ 'app/Dockerfile': 'FROM debian:bookworm-slim as base\nRUN true\n' });
    const step = await suite.build();
    assert.equal(step.result, 'Succeeded', step.message);
    const [warning] = step.issues.filter(({ type }) => type === 'warning');
    assert.match(warning?.message ?? '', /FromAsCasing|casing/i);
    assert.deepEqual([warning?.path, warning?.line], ['app/Dockerfile', 1]);
  });

  it('it is cancelled at whatever point, leaves nothing', async () => {
    const seconds = randomInt(1e8, 1e9);
    for (const lines of [1, 4, 6, 8, 10]) {
      suite.write({
        'app/Dockerfile': `FROM debian:bookworm-slim\nRUN echo ${lines}-${suite.nonce}\nRUN echo two\nRUN sleep ${seconds}\n`,
      });
      const step = await suite.build({}, { cancelAfter: (log) => log.split('\n').length > lines });
      assert.equal(step.result, 'Canceled', `after ${lines} lines`);
      assert.equal(existsSync(step.releaseManifest), false);
      assert.equal(isRunning(`sleep ${seconds}$`), false);
    }
  });

  it('there are sixty components, builds them as one graph', async () => {
    const names = Array.from({ length: 60 }, (_, index) => `part-${index}`);
    suite.write({
      'components.yml': `components:\n${names.map((name) => `  - { name: ${name}, context: ${name} }\n`).join('')}`,
      ...Object.fromEntries(
        names.map((name) => [
          `${name}/Dockerfile`,
          `FROM scratch\nCOPY Dockerfile /${name}-${suite.nonce}\n`,
        ]),
      ),
    });
    const components = await suite.release({ cache: 'none' });
    assert.equal(new Set(components.map(({ digest }) => digest)).size, 60);
  });
});
