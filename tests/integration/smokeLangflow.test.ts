import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { localEnvironment, type LocalEnvironment } from '../environment';
import { kubectl } from './support/cluster';
import { textOfFiles } from './support/files';
import { deployLangflow, type LangflowRelease } from './support/langflowRelease';
import { smokeStep, type SmokeOutcome } from './support/smokeStep';

/** The built-in checks and those of the sample against the real Langflow; what a stand-in cannot show is broken here. */
describe('LangflowSmokeTest of the real Langflow', function () {
  this.timeout(1_200_000);

  const namespace = `smoke-langflow-${randomBytes(4).toString('hex')}`;
  let environment: LocalEnvironment;
  let folder: string;
  let langflow: LangflowRelease;

  before(() => {
    environment = localEnvironment();
    folder = mkdtempSync(path.join(tmpdir(), 'smoke-langflow-'));
    langflow = deployLangflow(environment, folder, namespace);
  });
  after(() => {
    rmSync(folder, { recursive: true, force: true });
    kubectl(['delete', 'namespace', namespace, '--ignore-not-found', '--wait=false']);
  });

  const secretOf = (name: string): string =>
    readFileSync(path.join(environment.state, 'vault/secrets', name), 'utf8').trim();
  const test = (inputs: Record<string, string> = {}): Promise<SmokeOutcome> =>
    smokeStep({ environment, folder, namespace }, undefined, langflow.file, { inputs });
  const exec = (pod: string, ...command: string[]): string =>
    kubectl(['exec', '-n', namespace, pod, '--', ...command]);
  const sql = (statement: string): string =>
    exec('postgresql-0', 'psql', '-U', 'langflow', '-d', 'langflow', '-tAc', statement);

  /** What curl says of the checks that it can make: whether each passes. */
  function curlVerdicts(): Record<string, boolean> {
    const ask = (...args: string[]): string =>
      execFileSync('curl', ['-s', '-o', '-', '-D', '-', '--max-time', '20', ...args], { encoding: 'utf8' });
    const has = (text: string, ...wanted: RegExp[]): boolean => wanted.every((one) => one.test(text));
    const at = (urlPath: string): string => `${langflow.address}${urlPath}`;
    return {
      'Frontend serves the page': has(
        ask(at('/')),
        /^HTTP\/1\.1 200/,
        /text\/html/,
        /<title>Langflow<\/title>/,
      ),
      'Frontend reaches the backend': has(ask(at('/health_check')), /^HTTP\/1\.1 200/, /"status":"ok"/),
      'Auto-login is off': has(ask(at('/api/v1/auto_login')), /^HTTP\/1\.1 40[13]/),
      'Code validation needs a login (CVE-2025-3248)': has(
        ask('-H', 'Content-Type: application/json', '-d', '{"code":"x = 1"}', at('/api/v1/validate/code')),
        /^HTTP\/1\.1 40[13]/,
      ),
      'CORS is not open': !has(
        ask('-H', 'Origin: https://smoke-test.invalid', at('/health')),
        /access-control-allow-origin/i,
      ),
    };
  }

  function assertSameVerdicts(step: SmokeOutcome): void {
    const verdicts = Object.fromEntries(
      Object.keys(curlVerdicts()).map((name) => [name, step.log.includes(`passed: ${name} (`)]),
    );
    assert.deepEqual(verdicts, curlVerdicts(), 'curl and the smoke test say the same');
  }

  it('passes, logs in with a password of the Key Vault, and leaves neither objects nor secrets', async () => {
    const step = await test({
      checks: path.resolve('samples/langflow/smoke-checks.yml'),
      azureSubscription: 'langflow-azure',
      keyVault: 'langflow-local',
      secrets: 'SUPERUSER_PASSWORD: langflow-superuser-password',
      stableFor: '10s',
    });
    assert.equal(step.result, 'Succeeded', `${step.message}\n${step.log}`);
    assert.deepEqual([step.section?.verdict, step.section?.failed], ['passed', 0]);
    assert.ok((step.section?.checks ?? 0) >= 26, 'with those of the sample and of stability');
    assertSameVerdicts(step);
    assert.equal(sql("select count(*) from flow where name like 'smoke-test-%'"), '0');
    assert.equal(sql("select count(*) from apikey where name like 'smoke-test-%'"), '0');
    assert.equal(
      kubectl([
        'get',
        'jobs',
        '-n',
        namespace,
        '-l',
        'app.kubernetes.io/managed-by=langflow-smoke-test',
        '-o',
        'name',
      ]),
      '',
    );
    const everything = `${step.log}${textOfFiles(folder)}`;
    for (const name of ['langflow-superuser-password', 'langflow-secret-key', 'postgresql-password'])
      assert.ok(!everything.includes(secretOf(name)), `${name} is nowhere`);
  });

  it('finds a password that is not the superuser’s, and makes nothing that needs the login', async () => {
    const step = await test({ variables: 'SUPERUSER_PASSWORD: not-the-password' });
    assert.deepEqual(Object.keys(step.failures), ['Superuser logs in']);
    assert.match(step.message, /- Flow is created .*: Not run: it needs TOKEN/);
  });

  it('finds a database that is behind its code', async () => {
    const head = sql('select version_num from alembic_version');
    sql("update alembic_version set version_num = 'e3162c1804eb'");
    try {
      const step = await test();
      assert.deepEqual(Object.keys(step.failures), ['Migrations are at head'], step.message);
      assert.match(step.failures['Migrations are at head'] ?? '', /\$\.atHead: expected true, found false\./);
      assert.match(step.log, new RegExp(`"database": \\["e3162c1804eb"\\], "image": \\["${head}"\\]`));
    } finally {
      sql(`update alembic_version set version_num = '${head}'`);
    }
  });

  it('finds a worker that takes tasks and does none', async () => {
    const worker = kubectl([
      'get',
      'pods',
      '-n',
      namespace,
      '-l',
      'app=worker,!batch.kubernetes.io/job-name',
      '-o',
      'jsonpath={.items[0].metadata.name}',
    ]);
    // The pool's processes; their parent still talks to the broker, so that the pod stays ready.
    const signal = (name: string): string =>
      exec(
        worker,
        'python',
        '-c',
        `
import os, signal
for pid in filter(str.isdigit, os.listdir("/proc")):
    stat = open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()
    if stat[1] == "1" and int(pid) != os.getpid():
        os.kill(int(pid), signal.${name})
`,
      );
    signal('SIGSTOP');
    try {
      const step = await test();
      assert.deepEqual(Object.keys(step.failures), ['Celery task makes its round trip'], step.message);
      assert.match(step.log, /TimeoutError|timed out/);
    } finally {
      signal('SIGCONT');
    }
  });

  it('finds open doors, as curl does, and shows no token that it was given', async () => {
    const set = (...values: string[]): void => {
      kubectl(['set', 'env', '-n', namespace, 'deployment/backend', ...values]);
      kubectl(['rollout', 'status', '-n', namespace, 'deployment/backend', '--timeout=180s']);
    };
    set('LANGFLOW_AUTO_LOGIN=true', 'LANGFLOW_CORS_ORIGINS=*');
    const step = await test();
    assert.deepEqual(
      Object.keys(step.failures).sort(),
      ['Auto-login is off', 'CORS is not open'],
      step.message,
    );
    assertSameVerdicts(step);
    assert.match(step.log, /"access_token":"\*\*\*"/);
    assert.doesNotMatch(`${step.log}${step.junit}${step.html}${step.summary}`, /eyJ[\w-]{20}/);
  });
});
