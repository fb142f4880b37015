import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { systemClock, type Clock } from '../../../tasks/common/clock';
import type { Pod } from '../../../tasks/common/kubernetes/pods';
import { allChecks, type Plan } from '../../../tasks/LangflowSmokeTest/checks';
import { parseChecks } from '../../../tasks/LangflowSmokeTest/checksFile';
import { adjust, type Outcome } from '../../../tasks/LangflowSmokeTest/run';
import { langflowSuite, type SuiteSettings } from '../../../tasks/LangflowSmokeTest/suite/langflow';
import { failuresOf, runPlan } from './runner';
import { pod } from './samples';
import { KEY, StandInLangflow, SUPERUSER, TOKEN, type Defect } from './standInLangflow';

/** Thirty times as fast as ours: warming up takes two seconds in place of a minute. */
const SPEED = 30;
const begun = systemClock.now();
const fast: Clock = {
  now: () => begun + (systemClock.now() - begun) * SPEED,
  sleep: (ms, signal) => systemClock.sleep(ms / SPEED, signal),
};

/** Checks that run in the cluster; tests/integration has them. */
const IN_CLUSTER = ['Migrations are at head', 'Celery task makes its round trip'];

describe('the built-in checks', function () {
  this.timeout(60_000);
  let folder: string;
  let langflow: StandInLangflow;
  const certificate = (days: number) => {
    const file = (name: string): string => path.join(folder, `${name}-${days}.pem`);
    execFileSync(
      'openssl',
      `req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=localhost -addext subjectAltName=DNS:localhost -days ${days} -keyout ${file('key')} -out ${file('cert')}`.split(
        ' ',
      ),
      { stdio: 'ignore' },
    );
    return { key: readFileSync(file('key')), cert: readFileSync(file('cert')), file: file('cert') };
  };

  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'suite-'));
  });
  after(() => {
    rmSync(folder, { recursive: true, force: true });
    delete process.env.SSL_CERT_FILE;
  });
  afterEach(() => {
    langflow.stop();
  });

  async function start(days = 90): Promise<void> {
    const tls = certificate(days);
    process.env.SSL_CERT_FILE = tls.file;
    langflow = await StandInLangflow.start(tls);
  }

  function planOf(settings: Partial<SuiteSettings> = {}): Plan {
    const suite = langflowSuite({
      backend: langflow.backend,
      backendWorkload: 'deployment/backend',
      frontend: langflow.frontend,
      worker: 'deployment/worker',
      publicAddress: new URL(langflow.publicAddress),
      langflowVersion: '1.13.0',
      metrics: langflow.backend,
      stableFor: undefined,
      credentials: 'password',
      ...settings,
    });
    const variables = { RUN_ID: '', SUPERUSER: '', SUPERUSER_PASSWORD: '', API_KEY: '' };
    const [adjusted] = adjust([{ plan: parseChecks(JSON.stringify(suite), 'suite', variables), variables }], {
      soft: [],
      skip: settings.worker === undefined && 'worker' in settings ? IN_CLUSTER.slice(0, 1) : IN_CLUSTER,
    });
    assert.ok(adjusted);
    return adjusted.plan;
  }

  async function run(plan: Plan, pods: () => Pod[] = () => [pod('backend-1')]): Promise<Outcome[]> {
    const outcomes = await runPlan(plan, {
      clock: fast,
      timeoutMs: 600_000,
      variables: {
        RUN_ID: '4711-9f',
        SUPERUSER: SUPERUSER.username,
        SUPERUSER_PASSWORD: SUPERUSER.password,
        API_KEY: KEY,
      },
      cluster: (client) => {
        client.listPath.callsFake(() =>
          Promise.resolve({ apiVersion: 'v1', kind: 'PodList', items: pods() }),
        );
      },
    });
    for (const secret of [TOKEN, KEY, SUPERUSER.password])
      assert.ok(!JSON.stringify(outcomes).includes(secret), 'no secret in any outcome');
    return outcomes;
  }

  it('pass on a Langflow that is well, and leave nothing behind', async () => {
    await start();
    const outcomes = await run(planOf());
    assert.deepEqual(failuresOf(outcomes), {});
    assert.equal(outcomes.length, 19);
    assert.deepEqual([...langflow.objects], []);
    assert.ok(langflow.requests.includes('DELETE /api/v1/flows/flow'));
  });

  it('take an API key in place of a password', async () => {
    await start();
    const outcomes = await run(planOf({ credentials: 'apiKey' }));
    assert.deepEqual(failuresOf(outcomes), {});
    assert.equal(
      langflow.requests.filter((one) => one.endsWith('/login')).length,
      1,
      'only that of the default user',
    );
  });

  it('leave out what a release does not have', async () => {
    await start();
    const none = {
      frontend: undefined,
      worker: undefined,
      publicAddress: undefined,
      metrics: undefined,
    };
    const plan = planOf(none);
    assert.deepEqual(
      plan.groups.map(({ name }) => name),
      ['Database and version', 'Backend', 'Flow', 'Security'],
    );
    assert.deepEqual(failuresOf(await run(plan)), {});
  });

  const covered = new Set<string>();
  for (const [check, defect, reason] of [
    ['Backend is healthy', 'starting', /\$\.status: expected "ok", found "starting"/],
    ['Backend reaches its database and chat service', 'no database', /Expected status 200 to 299, found 500/],
    ['Version is that of the release', 'other version', /\$\.version: expected "1\.13\.0", found "1\.12\.9"/],
    ['Frontend serves the page', 'no page', /Expected what contains "<title>Langflow<\/title>"/],
    [
      'Frontend serves all assets of the page',
      'asset missing',
      /\/assets\/later-AbCdEf34\.js: expected status 200, found 404/,
    ],
    ['Frontend reaches the backend', 'no proxy', /Expected status 200 to 299, found 502/],
    ['Superuser logs in', 'wrong password', /The answer, with status 401, is not what was expected/],
    ['API key is made', 'no API keys', /The answer, with status 403/],
    ['Flow is created', 'no flows', /Expected status 201, found 500/],
    ['Flow gives its answer', 'wrong answer', /Expected what contains "3 words"/],
    [
      'Flow streams its answer',
      'no stream',
      /Expected 1 event, found 1; the stream ended\. Of no event it held/,
    ],
    [
      'Cleanup: Flow is created',
      'flow stays',
      /What the check made is still there\. Expected status 200 to 299 or 404, found 500/,
    ],
    ['Cleanup: API key is made', 'key stays', /What the check made is still there/],
    ['Auto-login is off', 'auto-login', /Expected status 401 or 403, found 200/],
    ['Default superuser password is refused', 'default password', /Expected status 400 or 401, found 200/],
    [
      'Code validation needs a login (CVE-2025-3248)',
      'open validation',
      /Expected status 401 or 403, found 200/,
    ],
    ['CORS is not open', 'open CORS', /access-control-allow-origin: expected nothing, found "\*"/],
    ['Metrics are scraped', 'no metrics', /Expected what contains "python_info"/],
    [
      'Backend stays healthy',
      'errors',
      /\d of \d+ attempts failed \([\d.]+ %\) .*at most 1 % may\. Expected status 200/,
    ],
    [
      'Public address sends security headers',
      'no security headers',
      /Header strict-transport-security: expected .* found nothing/,
    ],
  ] as [string, Defect, RegExp][]) {
    covered.add(check);
    it(`find out: ${defect}`, async () => {
      await start();
      langflow.defects.add(defect);
      // Only a window finds what happens now and then.
      const plan = planOf({ stableFor: defect === 'errors' ? '40s' : undefined });
      const failures = failuresOf(await run(plan));
      const [name, ...others] = Object.entries(failures).filter(([, why]) => !why.startsWith('Not run: '));
      assert.deepEqual(others, [], 'just that check fails');
      assert.equal(name?.[0], check);
      assert.match(name[1], reason);
      if (!defect.endsWith('stays')) assert.deepEqual([...langflow.objects], [], 'what was made is removed');
    });
  }

  it('find out: a certificate that ends soon', async () => {
    covered.add('Public address serves Langflow with a valid certificate');
    await start(7);
    assert.match(
      failuresOf(await run(planOf()))['Public address serves Langflow with a valid certificate'] ?? '',
      /^Expected a certificate that is valid for 14 more days; that of localhost ends in [67] /,
    );
  });

  it('find out: a certificate of an unknown authority', async () => {
    await start();
    process.env.SSL_CERT_FILE = '/nowhere';
    assert.match(
      failuresOf(await run(planOf()))['Public address serves Langflow with a valid certificate'] ?? '',
      /an authority that this agent does not trust \(DEPTH_ZERO_SELF_SIGNED_CERT\)/,
    );
  });

  it('find out: a certificate for another name', async () => {
    await start();
    langflow.publicAddress = langflow.publicAddress.replace('localhost', '127.0.0.1');
    assert.match(
      failuresOf(await run(planOf()))['Public address serves Langflow with a valid certificate'] ?? '',
      /the certificate is for another name/,
    );
  });

  it('find out: a pod that is not ready, and one that restarts', async () => {
    for (const name of ['All pods are ready', 'No pod restarts']) covered.add(name);
    await start();
    const unready = () => [pod('backend-1'), pod('worker-1', { ready: false })];
    assert.deepEqual(failuresOf(await run(planOf({ stableFor: '20s' }), unready)), {
      'All pods are ready': 'Pod worker-1 is Running but not ready.',
      'No pod restarts': 'Pod worker-1 is Running but not ready.',
    });
    let looks = 0;
    const restarting = () => [pod('backend-1', { status: { restartCount: ++looks > 3 ? 5 : 4 } })];
    assert.match(
      failuresOf(await run(planOf({ stableFor: '20s' }), restarting))['No pod restarts'] ?? '',
      /1 of \d+ attempts failed .* Container main of pod backend-1 restarted 1 times, expected at most 0\./,
    );
  });

  it('find out: a public address without a redirect from http', async () => {
    covered.add('Public address redirects to https');
    await start();
    const plan = planOf({ publicAddress: new URL('https://langflow.example.com') });
    const check = allChecks(plan).find(({ name }) => name === 'Public address redirects to https');
    assert.ok(check?.kind === 'http' && check.target.kind === 'url');
    assert.equal(check.target.url.href, 'http://langflow.example.com/');
    const here = { ...check, target: { kind: 'url' as const, url: new URL(langflow.frontend) } };
    assert.match(
      failuresOf(await run({ first: [here], groups: [] }))[check.name] ?? '',
      /Expected status 301 or 302 or 307 or 308, found 200/,
    );
  });

  it('have a test each', async () => {
    await start();
    const plan = planOf({ publicAddress: new URL('https://langflow.example.com'), stableFor: '20s' });
    assert.deepEqual(
      allChecks(plan)
        .map(({ name }) => name)
        .filter((name) => !covered.has(name)),
      [],
    );
  });
});
