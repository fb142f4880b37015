import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import * as path from 'node:path';
import { parse } from 'yaml';
import type { Resources } from '../agent/connections';
import { showsRelease } from '../browser/support';
import { localEnvironment, type LocalEnvironment } from '../environment';
import { kubectl } from '../integration/support/cluster';
import { textOfFiles } from '../integration/support/files';
import { writeResourcesOfDeployer } from './support/deployer';
import { underLoad } from './support/load';
import { LANGFLOW_PIPELINE, PipelineRuns, type PipelineRun } from './support/pipelineRuns';
import { SampleRepository } from '../integration/support/sampleRepository';

const NAMESPACE = 'langflow-e2e';
/** Beside the sample's own, so that a demo may go on running. */
const NODE_PORT = 30081;

/**
 * The sample pipeline as a user has it: a repository of their own with the samples in it. The tests follow each other like
 * days in the life of a release, each from what the one before left.
 */
describe('The sample pipeline', function () {
  this.timeout(1_800_000);

  let environment: LocalEnvironment;
  let repository: SampleRepository;
  let runs: PipelineRuns;
  let released: PipelineRun | undefined;

  before(() => {
    environment = localEnvironment();
    repository = new SampleRepository();
    repository.edit(
      'samples/langflow/manifests/overlays/local/node-port.yaml',
      'nodePort: 30080',
      `nodePort: ${NODE_PORT}`,
    );
    repository.commit('First');
    kubectl(['delete', 'namespace', NAMESPACE, '--ignore-not-found']);
    repository.edit(
      'samples/langflow/platform/kustomization.yaml',
      'namespace: langflow',
      `namespace: ${NAMESPACE}`,
    );
    kubectl(['apply', '--server-side', '--kustomize', repository.file('samples/langflow/platform')]);
    const resources = path.join(repository.folder, 'resources.yml');
    writeResourcesOfDeployer(path.join(environment.state, 'resources.yml'), NAMESPACE, resources);
    runs = new PipelineRuns({
      program: LANGFLOW_PIPELINE,
      pipeline: repository.file('samples/azure-pipelines.yml'),
      resources,
      output: path.join(repository.folder, 'runs'),
      variables: { namespace: NAMESPACE },
      parameters: { overlay: 'local' },
    });
  });
  after(() => {
    repository.remove();
    kubectl(['delete', 'namespace', NAMESPACE, '--ignore-not-found', '--wait=false']);
  });
  afterEach(() => {
    repository.git('reset', '--hard', '--quiet', 'released');
  });

  /** Commits what was edited and runs the pipeline, which must fail in that step; the former release must be untouched. */
  async function failsIn(stage: string, step: string, after: string[] = []): Promise<PipelineRun> {
    const before = liveState();
    repository.commit('Break it');
    const run = await underLoad(address('/health_check'), () => runs.run());
    assert.equal(run.exitCode, 1, run.log);
    assert.equal(run.step(stage, step)?.result, 'Failed');
    for (const later of after) assert.equal(run.stage(later)?.result, 'Skipped');
    assert.deepEqual(liveState(), before, 'the former release is what runs');
    return run;
  }

  const group = (): Record<string, string> =>
    (parse(readFileSync(path.join(environment.state, 'resources.yml'), 'utf8')) as Resources)
      .variableGroups?.['langflow-production'] as Record<string, string>;
  const builder = (): string => group().builder ?? '';

  const address = (urlPath: string): string => `http://127.0.0.1:${NODE_PORT}${urlPath}`;

  /** Which images are asked for and run, ready, in the namespace; by Deployment and StatefulSet. */
  function liveState(): Record<string, { image: string; ready: boolean }> {
    const { items } = JSON.parse(
      kubectl(['get', 'deployments,statefulsets', '--namespace', NAMESPACE, '--output', 'json']),
    ) as {
      items: {
        metadata: { name: string };
        spec: { replicas: number; template: { spec: { containers: { image: string }[] } } };
        status: { readyReplicas?: number; updatedReplicas?: number };
      }[];
    };
    return Object.fromEntries(
      items.map(({ metadata, spec, status }) => [
        metadata.name,
        {
          image: spec.template.spec.containers.map(({ image }) => image).join(),
          ready: status.readyReplicas === spec.replicas && status.updatedReplicas === spec.replicas,
        },
      ]),
    );
  }

  /** Names of a workload's pods; those of Jobs that the smoke test made like it are none. */
  function pods(workload: string): string {
    const selector = `app=${workload},!batch.kubernetes.io/job-name`;
    return kubectl(['get', 'pods', '--namespace', NAMESPACE, '--selector', selector, '--output', 'name']);
  }

  it('takes real Langflow from source to a smoke-tested release', async () => {
    repository.git('tag', 'released');
    const run = await runs.run();
    assert.equal(run.exitCode, 0, run.log);
    released = run;
    const { components } = run.release();
    assert.deepEqual(
      liveState(),
      Object.fromEntries(
        components.map(({ name, image, digest }) => [name, { image: `${image}@${digest}`, ready: true }]),
      ),
    );
    const { scan, deployment, smokeTest } = run.release();
    assert.equal(scan?.verdict, 'passed');
    assert.equal(deployment?.namespace, NAMESPACE);
    assert.equal(smokeTest?.verdict, 'passed');
    assert.match(run.junit(), /<testsuite name="Langflow smoke test" tests="25" failures="0" errors="0"/);
    for (const check of [
      'Running images are those of the release',
      'Flow gives its answer',
      'Celery task makes its round trip',
      'Our own component is there',
    ])
      assert.ok(run.junit().includes(`name="${check}"`), check);
    const views = run.views();
    assert.deepEqual(
      views.map(({ task, result }) => [task, result]),
      ['LangflowBuild', 'LangflowScan', 'LangflowDeploy', 'LangflowSmokeTest'].map((task) => [
        task,
        'succeeded',
      ]),
    );
    const digests = views.map(({ release }) => release?.components.map(({ digest }) => digest).join());
    assert.equal(new Set(digests).size, 1, 'no step breaks the chain of digests');
    const [build, scanned, deployed, tested] = views;
    assert.ok(build?.build?.vertices.length);
    assert.ok(scanned?.scan?.downloads.some(({ kind }) => kind === 'sarif'));
    assert.ok(deployed?.deployment?.workloads?.every(({ healthyMs }) => healthyMs !== undefined));
    assert.equal(tested?.smokeTest?.checks.length, 25);
    for (const { task } of views) assert.ok(run.page().includes(`"task":"${task}"`), `the page has ${task}`);
    const answer = await fetch(address('/health_check'));
    assert.deepEqual(await answer.json(), { status: 'ok', chat: 'ok', db: 'ok' });
  });

  it('shows its run in the results tab', async () => {
    assert.ok(released, 'the release before this test');
    await showsRelease(released.folder);
  });

  it('shows no secret in anything that a run leaves', () => {
    const text = textOfFiles(path.join(repository.folder, 'runs'));
    for (const name of [
      'langflow-secret-key',
      'langflow-superuser-password',
      'postgresql-password',
      'redis-password',
    ]) {
      const value = readFileSync(path.join(environment.state, 'vault/secrets', name), 'utf8').trim();
      assert.ok(value.length > 8);
      for (const form of [value, Buffer.from(value).toString('base64')])
        assert.ok(!text.includes(form), `${name} is in the run folder`);
    }
  });

  it('with a changed line in the backend builds and rolls only the backend, and no request fails', async () => {
    const [worker, frontend, backend] = [pods('worker'), pods('frontend'), pods('backend')];
    // A line that no cache of an earlier run has seen.
    const line = 'description = "Counts the words of a text."';
    repository.edit(
      'samples/langflow/backend/components/text/word_count.py',
      line,
      `${line}  # ${randomUUID()}`,
    );
    repository.commit('Change the backend');
    repository.git('tag', '--force', 'released');
    const run = await underLoad(address('/health_check'), () => runs.run());
    assert.equal(run.exitCode, 0, run.log);
    const changed = run
      .release()
      .components.filter(({ name, digest }) => released?.digestOf(name) !== digest)
      .map(({ name }) => name);
    assert.deepEqual(changed, ['backend']);
    assert.deepEqual(run.executed(), ['[backend 1/2] COPY --link components /app/components']);
    assert.deepEqual([pods('worker'), pods('frontend')], [worker, frontend]);
    assert.notEqual(pods('backend'), backend);
    released = run;
  });

  it('of several agents makes and deploys the same images', async () => {
    const before = pods('backend');
    const run = await runs.run(repository.file('samples/multi-agent/azure-pipelines.yml'));
    assert.equal(run.exitCode, 0, run.log);
    for (const { name, digest } of run.release().components) assert.equal(digest, released?.digestOf(name));
    assert.equal(run.release().components.length, released?.release().components.length);
    assert.equal(run.release().smokeTest?.verdict, 'passed');
    assert.deepEqual(run.executed(), []);
    assert.equal(pods('backend'), before, 'what did not change is not rolled');
  });

  it('of a pull request pushes nothing, has no secrets, and fails only for what is new', async () => {
    const before = liveState();
    const flags = ['--reason', 'PullRequest', '--variable', `builder=${builder()}`];
    const database = ['--variable', `vulnerabilityDatabase=${group().vulnerabilityDatabase ?? ''}`];
    const run = await runs.run(undefined, ...flags, ...database);
    assert.equal(run.exitCode, 0, run.log);
    assert.deepEqual(
      run.stages.map(({ name }) => name),
      ['Build', 'Scan'],
    );
    assert.equal(run.step('Scan', 'Findings of main')?.result, 'Succeeded');
    assert.doesNotMatch(run.log, /pushing (manifest|layers)/);
    assert.deepEqual(liveState(), before);
  });

  it('ends with the line of a Dockerfile that fails', async () => {
    repository.edit(
      'samples/langflow/worker/Dockerfile',
      'ENV PYTHONPATH',
      'RUN cat /app/no-such-file\nENV PYTHONPATH',
    );
    const run = await failsIn('Build', 'Build, test and push', ['Scan', 'Deploy']);
    assert.match(run.table, /worker\/Dockerfile, line 3:/);
    assert.match(run.table, /no-such-file: No such file or directory/);
  });

  it('ends with the upgrade of a vulnerable package', async () => {
    const metadata = '/app/data/pyjwt-2.3.0.dist-info/METADATA';
    repository.edit(
      'samples/langflow/backend/Dockerfile',
      'EXPOSE',
      `RUN mkdir ${path.dirname(metadata)} && printf 'Name: pyjwt\\nVersion: 2.3.0\\n' >${metadata}\nEXPOSE`,
    );
    const run = await failsIn('Scan', 'Scan', ['Deploy']);
    assert.match(run.table, /- HIGH pyjwt 2\.3\.0 → 2\.4\.0 \(CVE-2022-29217\) in backend/);
  });

  it('ends before anything is applied when a secret is missing from the vault', async () => {
    repository.edit('samples/langflow/secrets.yml', 'redis-password', 'no-such-secret');
    const run = await failsIn('Deploy', 'Deploy', ['SmokeTest']);
    assert.match(run.table, /no-such-secret/);
    assert.match(run.table, /[Nn]othing was (applied|changed)/);
  });

  it('puts the former release back when the backend does not become ready', async () => {
    repository.edit(
      'samples/langflow/manifests/base/backend.yaml',
      'path: /health_check',
      'path: /no-such-path',
    );
    repository.edit(
      'samples/templates/deploy.yml',
      'keyVault: $(keyVault)',
      'keyVault: $(keyVault)\n      timeout: 1m',
    );
    const run = await failsIn('Deploy', 'Deploy');
    assert.match(run.table, /container 'backend': NotReady: it runs, but its readiness probe does not pass/);
    assert.match(run.table, /Restored release .* \(revision \d+\)/);
  });

  it('rolls back to the former release when a smoke check fails, and says what it expected and got', async () => {
    const line = 'description = "Counts the words of a text."';
    repository.edit(
      'samples/langflow/backend/components/text/word_count.py',
      line,
      `${line}  # ${randomUUID()}`,
    );
    repository.edit('samples/langflow/smoke-checks.yml', '$.version: 1.13.0', '$.version: 9.9.9');
    const run = await failsIn('SmokeTest', 'Smoke test');
    assert.match(run.table, /It is the wanted Langflow/);
    assert.match(run.table, /9\.9\.9/);
    assert.match(run.table, /Rolled back to release .* \(revision \d+\), which is healthy/);
  });
});
