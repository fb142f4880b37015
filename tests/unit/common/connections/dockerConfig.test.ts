import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { useFakeTimers } from 'sinon';
import { withDockerConfig } from '../../../../tasks/common/connections/dockerConfig';
import { printedBy } from '../../support/agent';

describe('withDockerConfig', () => {
  const before = process.env.AGENT_TEMPDIRECTORY;
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'docker-'));
    process.env.AGENT_TEMPDIRECTORY = folder;
  });
  afterEach(() => {
    process.env.AGENT_TEMPDIRECTORY = before;
    rmSync(folder, { recursive: true });
  });

  const registry = {
    host: 'localhost:5000',
    login: () => Promise.resolve({ username: 'ci', password: 'secret' }),
  };

  it('has just these credentials, masked, and is gone afterwards', async () => {
    let used = '';
    const printed = await printedBy(() =>
      withDockerConfig([registry], ({ DOCKER_CONFIG: dockerConfig = '' }) => {
        used = dockerConfig;
        const config = JSON.parse(readFileSync(path.join(dockerConfig, 'config.json'), 'utf8')) as unknown;
        assert.deepEqual(config, { auths: { 'localhost:5000': { auth: 'Y2k6c2VjcmV0' } } });
        return Promise.resolve();
      }),
    );
    assert.match(printed, /task\.setsecret\]Y2k6c2VjcmV0/);
    assert.equal(existsSync(used), false);
  });

  it('is gone when its use fails', async () => {
    let used = '';
    await printedBy(() =>
      assert.rejects(
        withDockerConfig([registry], ({ DOCKER_CONFIG: dockerConfig = '' }) => {
          used = dockerConfig;
          return Promise.reject(new Error('push failed'));
        }),
        /push failed/,
      ),
    );
    assert.equal(existsSync(used), false);
  });

  it('gives a login that ends by a credential helper, renews it in time, and does without when that fails', async () => {
    const clock = useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'Date'], now: 0 });
    const hour = 3_600_000;
    const answers = ['first', 'second'];
    const login = () => {
      const password = answers.shift();
      if (password === undefined) return Promise.reject(new Error('no more'));
      return Promise.resolve({ username: 'token', password, expiresAt: Date.now() + hour });
    };
    try {
      const printed = await printedBy(() =>
        withDockerConfig([{ host: 'contoso.azurecr.io', login }], async (environment) => {
          const config = readFileSync(path.join(environment.DOCKER_CONFIG ?? '', 'config.json'), 'utf8');
          assert.deepEqual(JSON.parse(config), {
            auths: {},
            credHelpers: { 'contoso.azurecr.io': 'langflow' },
          });
          const ask = (server = 'contoso.azurecr.io') =>
            execFileSync('docker-credential-langflow', ['get'], {
              input: server,
              encoding: 'utf8',
              stdio: 'pipe',
              env: environment,
            });
          assert.deepEqual(JSON.parse(ask()), {
            ServerURL: 'contoso.azurecr.io',
            Username: 'token',
            Secret: 'first',
          });
          assert.throws(() => ask('../config'));
          await clock.tickAsync(0.5 * hour);
          assert.match(ask(), /first/);
          await clock.tickAsync(0.4 * hour);
          await settled(() => ask().includes('second'));
          await clock.tickAsync(hour);
          assert.match(ask(), /second/);
        }),
      );
      assert.match(printed, /The login to contoso\.azurecr\.io could not be renewed: no more/);
    } finally {
      clock.restore();
    }
  });

  /** Files are written in real time. */
  async function settled(condition: () => boolean): Promise<void> {
    for (let patience = 100; patience > 0 && !condition(); patience--)
      await new Promise((resolve) => setTimeout(resolve, 20));
    assert.ok(condition());
  }
});
