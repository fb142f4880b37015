import assert from 'node:assert/strict';
import * as path from 'node:path';
import { localEnvironment } from '../environment';
import { kubectl } from '../integration/support/cluster';
import { LANGFLOW_PIPELINE, PipelineRuns } from './support/pipelineRuns';
import { SampleRepository } from '../integration/support/sampleRepository';

const PREFIX = 'langflow-promotion';
const ENVIRONMENTS = ['dev', 'staging', 'production'];

describe('The sample pipeline of several environments', function () {
  this.timeout(1_800_000);

  let repository: SampleRepository;
  before(() => {
    repository = new SampleRepository();
    repository.commit('First');
    remove('--wait');
  });
  after(() => {
    repository.remove();
    remove('--wait=false');
  });

  function remove(flag: string): void {
    for (const name of ENVIRONMENTS)
      kubectl(['delete', 'namespace', `${PREFIX}-${name}`, '--ignore-not-found', flag]);
  }

  it('builds once and brings the same digests into each, one after the other', async () => {
    const runs = new PipelineRuns({
      program: LANGFLOW_PIPELINE,
      pipeline: repository.file('samples/environments/azure-pipelines.yml'),
      resources: path.join(localEnvironment().state, 'resources.yml'),
      output: path.join(repository.folder, 'runs'),
      variables: { namespace: PREFIX },
      parameters: {},
    });
    const run = await runs.run();
    assert.equal(run.exitCode, 0, run.log);
    assert.deepEqual(
      run.stages.map(({ name, result }) => [name, result]),
      ['Build', ...ENVIRONMENTS].map((name) => [name, 'Succeeded']),
    );
    const built = run.release('langflow-release-scanned').components;
    for (const name of ENVIRONMENTS) {
      const { components, deployment, smokeTest } = run.release(`langflow-release-${name}-tested`);
      assert.deepEqual(components, built);
      assert.equal(deployment?.namespace, `${PREFIX}-${name}`);
      assert.equal(smokeTest?.verdict, 'passed');
      const output = 'jsonpath={range .items[*]}{.spec.template.spec.containers[*].image}{"\\n"}{end}';
      const workloads = ['get', 'deployments,statefulsets', '--namespace', `${PREFIX}-${name}`];
      const running = kubectl([...workloads, '--output', output])
        .trim()
        .split('\n')
        .sort();
      assert.deepEqual(running, built.map(({ image, digest }) => `${image}@${digest}`).sort());
    }
  });
});
