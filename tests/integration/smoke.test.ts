import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { readRelease, type SmokeTest } from '../../tasks/common/release/release';
import { runStep, type StepOptions, type StepOutcome } from '../agent/step';
import { localEnvironment, type LocalEnvironment } from '../environment';
import { kubectl, pushWebImage, webObjects } from './support/cluster';
import { summaryOf, textOfFiles } from './support/files';
import { registryOf } from './support/images';
import { viewOf } from './support/view';

describe('LangflowSmokeTest', function () {
  this.timeout(180_000);

  const nonce = randomBytes(4).toString('hex');
  const namespace = `smoke-${nonce}`;
  const [password, token] = [`p4ss-${nonce}`, `t0ken-${nonce}`];
  let environment: LocalEnvironment;
  let folder: string;
  let image: string;
  let digest: string;

  before(async () => {
    environment = localEnvironment();
    folder = mkdtempSync(path.join(tmpdir(), 'smoke-test-'));
    const repository = `tests/${namespace}`;
    image = `${environment.registryHost}/${repository}`;
    const registry = registryOf(environment);
    digest = await pushWebImage(registry, repository, { password, token });
    kubectl(['create', 'namespace', namespace]);
    kubectl(['apply', '-n', namespace, '-f', '-'], webObjects(`${image}@${digest}`));
    kubectl(['rollout', 'status', '-n', namespace, 'deployment/web', '--timeout=60s']);
  });
  after(() => {
    rmSync(folder, { recursive: true, force: true });
    kubectl(['delete', 'namespace', namespace, '--ignore-not-found', '--wait=false']);
  });

  interface Result extends StepOutcome {
    releaseFile: string;
    smokeTest: SmokeTest | undefined;
    /** Everything that the step left, in one text. */
    everything: string;
    junit: string;
    summary: string;
  }

  async function smokeTest(
    checks: string,
    components: { name: string; image: string; digest: string }[] = [{ name: 'web', image, digest }],
    { inputs, ...more }: Partial<StepOptions> = {},
  ): Promise<Result> {
    const run = mkdtempSync(path.join(folder, 'run-'));
    const releaseFile = path.join(run, 'release.json');
    const sources = path.join(run, 's');
    mkdirSync(sources);
    writeFileSync(path.join(sources, 'smoke.yml'), checks);
    writeFileSync(
      releaseFile,
      JSON.stringify({
        schemaVersion: 1,
        name: 'r-1',
        source: { commit: '0'.repeat(40) },
        components: components.map((each) => ({ ...each, platforms: ['linux/amd64'], baseImages: [] })),
      }),
    );
    const outcome = await runStep({
      task: 'LangflowSmokeTest',
      resources: environment.resources,
      folder: run,
      sources,
      ...more,
      inputs: {
        releaseManifest: releaseFile,
        kubernetesServiceConnection: 'langflow-aks',
        namespace,
        suite: 'none',
        checks: 'smoke.yml',
        variables: `PASSWORD: ${password}\nNAMESPACE: ${namespace}`,
        ...inputs,
      },
    });
    assert.equal(kubectl(['get', 'jobs', '-n', namespace, '-o', 'name']), '', 'no Job is left');
    return {
      ...outcome,
      releaseFile,
      smokeTest: (await readRelease(releaseFile)).smokeTest,
      everything: `${outcome.log}${outcome.message}${JSON.stringify(outcome.issues)}${textOfFiles(run)}`,
      junit: read(outcome.testResults[0]?.file),
      summary: summaryOf(outcome),
    };
  }

  it('passes a release that works, and keeps its secrets', async () => {
    const step = await smokeTest(fixture('passing'));
    assert.equal(step.result, 'Succeeded', `${step.message}\n${step.log}`);
    assert.equal(step.message, 'All 7 checks passed.');
    assert.deepEqual(step.outputs, { verdict: 'passed', failedChecks: '0' });
    assert.deepEqual(
      { ...step.smokeTest, time: '' },
      { time: '', digests: [digest], checks: 7, failed: 0, warnings: 0, verdict: 'passed' },
    );
    assert.match(step.log, /passed: in time .*, [2-6] attempts/);
    assert.match(step.junit, /tests="7" failures="0" errors="0" skipped="0"/);
    assert.match(step.summary, /passed the smoke test/);
    assert.deepEqual(step.issues, []);
    const { smokeTest: shown } = viewOf(step);
    assert.deepEqual(shown?.counts, { passed: 7, failed: 0, warning: 0, skipped: 0 });
    assert.ok(
      shown.checks.some(({ name, status, latency }) => name === 'log in' && status === 200 && latency),
    );
    assert.equal(step.everything.includes(token), false, 'the token is nowhere');
  });

  it('makes every check though others fail, and says why each did', async () => {
    const step = await smokeTest(fixture('failing'), [{ name: 'web', image, digest }], {
      inputs: { variables: `WRONG: wrong-${nonce}\nSECRET: $(secret)` },
      secrets: { secret: `s3cret-${nonce}` },
    });
    assert.equal(step.result, 'Failed');
    assert.deepEqual(step.outputs, { verdict: 'failed', failedChecks: '13' });
    assert.deepEqual([step.smokeTest?.verdict, step.smokeTest?.failed], ['failed', 13]);
    const reasons = new Map(
      step.message.split('\n').flatMap((line) => {
        const [, name, reason] = /^- ([^(]+) \(.*?\): (.*)$/.exec(line) ?? [];
        return name === undefined ? [] : [[name, reason] as const];
      }),
    );
    for (const [name, reason] of [
      [
        'wrong password',
        /^The answer, with status 401, .* TOKEN was not captured: .* found nothing\. The body is not shown/,
      ],
      ['needs it', /^Not run: it needs TOKEN, which check 'wrong password' did not capture\.$/],
      ['no such page', /^Expected status 200 to 299, found 404\.$/],
      ['hostile', /^Expected status 200 to 299, found 500\.$/],
      ['late', /^It took longer than its time limit of 1\.0s\.$/],
      ['nobody listens', /^Port-forward to pod web-\S+: nothing listens on its port 9999/],
      ['no such port', /^Service web has no port 82; it has 80 or http, 81 or nobody\.$/],
      ['no such service', /^Namespace \S+ has no Service nowhere\.$/],
      ['not ready', /^Service broken has no ready pod: broken-\S+ is Running but not ready\.$/],
      ['no such host', /^No answer: the host name is unknown/],
      ['exit code', /^Expected exit code 0, found 4\. Expected what contains "absent"\.$/],
      ['no such program', /^The command cannot be started: .*"\/nowhere": .*no such file/],
      ['too long', /time limit of 5\.0s\. Last seen of Job smoke-web-\S+: pod \S+ is Running\.$/],
      ['no such workload', /^Namespace \S+ has no StatefulSet web\.$/],
    ] as const) {
      assert.match(reasons.get(name) ?? '', reason);
    }
    assert.equal(reasons.size, 14);
    assert.match(step.log, /passed: fine/);
    assert.match(step.log, /the \*\*\* reason/, step.log);
    assert.match(step.log, /begun/, 'the log of the Job that took too long, too');
    assert.match(step.junit, /tests="16" failures="13" errors="0" skipped="1"/);
    assert.equal('forged' in step.outputs, false);
    assert.doesNotMatch(step.summary + step.log, /##vso\[/);
    assert.equal(textOfPublished(step).includes(`s3cret-${nonce}`), false, 'no secret in what is published');
    const issue = step.issues.find(({ message }) => message.startsWith('needs it'));
    assert.deepEqual([issue?.type, issue?.path, issue?.line], ['error', 'smoke.yml', 5]);
  });

  it('fails when what runs is not what was built, or a component does not run at all', async () => {
    const other = `sha256:${'0'.repeat(64)}`;
    const step = await smokeTest(
      "checks: [{ name: health, http: { target: 'service/web:80', path: /health } }]",
      [
        { name: 'web', image, digest: other },
        { name: 'worker', image: `${image}-worker`, digest },
      ],
    );
    assert.equal(step.result, 'Failed');
    assert.match(step.message, /1 of 2 checks failed/);
    assert.match(
      step.message,
      new RegExp(`Component web: container main of pod web-\\S+ runs ${digest}, the release has ${other}`),
    );
    assert.match(
      step.message,
      /Component worker: no pod of namespace \S+ with the label \S+ has a container/,
    );
    assert.match(step.log, /passed: health/);
  });

  it('stops when the time of the step is over, and says so', async () => {
    const step = await smokeTest(
      `
checks:
  - name: never
    http: { target: 'service/web:80', path: /nowhere }
    retry: { attempts: 1000, interval: 1s }
  - name: health
    http: { target: 'service/web:80', path: /health }
`,
      undefined,
      { inputs: { timeout: '4s' } },
    );
    assert.equal(step.result, 'Failed');
    assert.match(
      step.message,
      /- never .*found 404\. The time limit of the step \(input timeout: 4\.0s\) is over\./,
    );
    assert.match(step.message, /- health .*: The time limit of the step/);
  });

  it('points at a mistake in the file', async () => {
    const step = await smokeTest(
      "checks:\n- name: health\n  http: { target: 'service/web:80', pth: /health }\n",
    );
    assert.equal(step.result, 'Failed');
    assert.match(
      step.message,
      /^smoke\.yml, line 3, column \d+: checks\[0\]\.http has the unknown key 'pth'/,
    );
    const [issue] = step.issues;
    assert.deepEqual([issue?.type, issue?.path, issue?.line], ['error', 'smoke.yml', 3]);
    assert.equal(step.smokeTest, undefined);
  });

  for (const node of [20, 24] as const) {
    it(`deletes its Job when it is cancelled, on Node ${node}`, async () => {
      const step = await smokeTest(
        `
checks:
  - name: long
    job: { like: deployment/web, command: [/bin/busybox, sleep, '60'] }
`,
        undefined,
        { node, cancelAfter: (log) => /^Made Job /m.test(log) },
      );
      assert.equal(step.result, 'Canceled');
      assert.equal(step.smokeTest, undefined);
    });
  }
});

function read(file: string | undefined): string {
  return file === undefined ? '' : readFileSync(file, 'utf8');
}

function fixture(name: string): string {
  return read(path.resolve(import.meta.dirname, `../fixtures/smoke/${name}.yml`));
}

function textOfPublished({ attachments, testResults, artifacts }: StepOutcome): string {
  return [...attachments, ...testResults, ...artifacts].map(({ file }) => read(file)).join('\n');
}
