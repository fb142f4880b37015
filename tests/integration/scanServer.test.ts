import assert from 'node:assert/strict';
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { localEnvironment, type LocalEnvironment } from '../environment';
import { debian, pushImage, python, registryOf } from './support/images';
import { scanStep, type ScanOutcome } from './support/scanStep';

const CLEAN = debian({ zlib1g: '1:1.2.13' });

describe('LangflowScan with a Trivy server', function () {
  this.timeout(300_000);

  const repository = `tests/scan-${randomBytes(6).toString('hex')}`;
  let environment: LocalEnvironment;
  let folder: string;
  let trivy: string;
  let clean: string;
  before(async () => {
    environment = localEnvironment();
    folder = mkdtempSync(path.join(tmpdir(), 'scan-server-'));
    trivy = execFileSync('which', ['trivy'], { encoding: 'utf8' }).trim();
    clean = await pushImage(registryOf(environment), repository, CLEAN);
  });
  after(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  const scan = (images: Record<string, string>, inputs: Record<string, string>): Promise<ScanOutcome> =>
    scanStep({ environment, folder, repository }, images, { sbomFormats: '', ...inputs }, {});

  let server: ChildProcess;
  let url: string;
  before(async () => {
    const port = 20_000 + Math.floor(Math.random() * 20_000);
    url = `http://127.0.0.1:${port}`;
    const { username, password } = environment.registryCredentials;
    const args = [
      'server',
      '--listen',
      `127.0.0.1:${port}`,
      '--cache-dir',
      path.join(folder, 'server'),
      '--token',
      't0ken-of-tests',
    ];
    server = spawn(trivy, [...args, '--db-repository', environment.databaseRepository], {
      env: { ...process.env, TRIVY_USERNAME: username, TRIVY_PASSWORD: password },
      stdio: 'ignore',
    });
    for (let attempt = 0; attempt < 240; attempt++) {
      if (
        await fetch(`${url}/healthz`).then(
          ({ ok }) => ok,
          () => false,
        )
      )
        return;
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
    throw new Error('the Trivy server does not start');
  });
  after(() => {
    server.kill('SIGKILL');
  });

  it('has database and layers for the scans', async () => {
    const digest = await pushImage(registryOf(environment), repository, {
      ...CLEAN,
      ...python('pyyaml', '5.3'),
    });
    const inputs = { server: url, serverToken: 't0ken-of-tests', databaseRepository: '' };
    const step = await scan({ backend: digest }, inputs);
    assert.match(step.message, /- CRITICAL pyyaml 5\.3 → 5\.4/);
    assert.equal(step.report?.database.source, url);
    assert.doesNotMatch(step.everything, /t0ken-of-tests/);
  });

  it('that refuses the token, or is not there, fails the step', async () => {
    const refused = await scan(
      { backend: clean },
      { server: url, serverToken: 'wrong-token', databaseRepository: '' },
    );
    assert.match(refused.message, /backend was not scanned: .*(invalid token|unauthenticated)/i);
    const gone = await scan({ backend: clean }, { server: 'http://127.0.0.1:9', databaseRepository: '' });
    assert.match(
      gone.message,
      /Trivy server does not tell of its vulnerability database.*Nothing was scanned/,
    );
  });
});
