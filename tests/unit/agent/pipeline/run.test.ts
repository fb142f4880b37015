import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { readPipeline } from '../../../agent/pipeline/parse';
import { runPipeline, type StageReport } from '../../../agent/pipeline/run';
import { attachmentsOf, timelineOf } from '../../../agent/pipeline/timeline';

describe('runPipeline', () => {
  let root: string;
  let log: string[];
  beforeEach(() => {
    root = mkdtempSync(path.join(tmpdir(), 'run-'));
    execFileSync('git', ['init', '--quiet', root]);
    log = [];
  });
  afterEach(() => {
    rmSync(root, { recursive: true });
  });

  async function run(text: string, cancelAt?: string): Promise<StageReport[]> {
    writeFileSync(path.join(root, 'p.yml'), text);
    const cancel = new AbortController();
    return runPipeline({
      pipeline: readPipeline(path.join(root, 'p.yml'), root),
      repository: root,
      resources: {
        variableGroups: {
          group: { secret: { value: 'a-secret-value', isSecret: true }, plain: 'plain-value' },
        },
        environments: { production: {} },
      },
      tasks: root,
      node: process.execPath,
      folder: path.join(root, '7'),
      variables: {},
      signal: cancel.signal,
      onLine: (job, line) => {
        log.push(`${job}: ${line}`);
        if (cancelAt !== undefined && line === cancelAt) cancel.abort();
      },
      clock: () => 0,
    });
  }
  const results = (stages: StageReport[]): Record<string, string> =>
    Object.fromEntries<string>(
      stages.flatMap(({ name, result, jobs }): [string, string][] => [
        [name, result],
        ...jobs.map((job): [string, string] => [`${name}.${job.name}`, job.result]),
      ]),
    );
  const stepResults = (stages: StageReport[]): string[] =>
    stages.flatMap(({ jobs }) => jobs.flatMap(({ steps }) => steps.map(({ result }) => result)));

  /** A task that says which phase of which step it is. */
  function writeTask(name: string): void {
    const folder = path.join(root, name);
    mkdirSync(folder);
    const handlers = (phase: string) => ({
      Node20_1: { target: `${phase}.js` },
      Node24: { target: `${phase}.js` },
    });
    const definition = {
      name,
      version: { Major: 1 },
      inputs: [{ name: 'exit', type: 'string', defaultValue: '0', required: false }],
      execution: handlers('main'),
      postjobexecution: handlers('post'),
    };
    writeFileSync(path.join(folder, 'task.json'), JSON.stringify(definition));
    for (const phase of ['main', 'post'])
      writeFileSync(
        path.join(folder, `${phase}.js`),
        `console.log('${name} ${phase}');process.exit('${phase}' === 'main' ? Number(process.env.INPUT_EXIT) : 0)`,
      );
  }

  it('ends tasks at the end of the job, the last begun first, whatever has failed', async () => {
    for (const name of ['First', 'Second', 'Never']) writeTask(name);
    const stages = await run(`
steps:
  - checkout: none
  - task: First@1
  - { task: Second@1, inputs: { exit: 3 } }
  - task: Never@1
  - script: echo always
    condition: always()
`);
    const said = log
      .map((line) => line.split(': ')[1] ?? '')
      .filter((line) => /^\w+ (main|post)$|^always$/.test(line));
    assert.deepEqual(said, ['First main', 'Second main', 'always', 'Second post', 'First post']);
    assert.equal(stages[0]?.result, 'Failed');
  });

  it('skips what depends on a failure, and runs what waits for one', async () => {
    const stages = await run(`
stages:
  - stage: A
    jobs:
      - job: Fails
        steps: [{ checkout: none }, { script: exit 3 }, { script: echo after }, { script: echo always, condition: always() }]
      - { job: After, dependsOn: Fails, steps: [{ script: echo }] }
      - { job: Repairs, dependsOn: Fails, condition: failed(), steps: [{ checkout: none }, { script: echo }] }
  - { stage: B, jobs: [{ job: J, steps: [{ script: echo }] }] }
  - { stage: C, condition: "failed('A')", dependsOn: [A], jobs: [{ job: J, steps: [{ checkout: none }] }] }
`);
    assert.deepEqual(results(stages), {
      A: 'Failed',
      'A.Fails': 'Failed',
      'A.After': 'Skipped',
      'A.Repairs': 'Succeeded',
      B: 'Skipped',
      C: 'Succeeded',
      'C.J': 'Succeeded',
    });
    assert.deepEqual(
      stages[0]?.jobs[0]?.steps.map(({ result }) => result),
      ['Succeeded', 'Failed', 'Skipped', 'Succeeded'],
    );
  });

  it('hands outputs to steps, jobs and stages', async () => {
    await run(`
stages:
  - stage: A
    jobs:
      - job: One
        steps:
          - checkout: none
          - { script: 'echo "##vso[task.setvariable variable=x;isOutput=true]value"', name: s }
          - script: echo step $(s.x)
      - job: Two
        dependsOn: One
        variables: { x: "$[ dependencies.One.outputs['s.x'] ]" }
        steps: [{ checkout: none }, { script: echo job $(x) }]
  - stage: B
    condition: eq(dependencies.A.outputs['One.s.x'], 'value')
    jobs:
      - job: J
        variables: { x: "$[ stageDependencies.A.One.outputs['s.x'] ]" }
        steps: [{ checkout: none }, { script: echo stage $(x) }]
`);
    for (const line of ['A.One: step value', 'A.Two: job value', 'B.J: stage value'])
      assert.ok(log.includes(line), `${line} in\n${log.join('\n')}`);
  });

  it('masks secrets of a group and keeps them from scripts that are not given them', async () => {
    await run(`
variables: [{ group: group }]
steps:
  - script: echo "[$SECRET] [$SECRET_SECRET] $(plain) $(secret)"
  - script: echo "given $MINE" | sed s/given/was/
    env: { MINE: $(secret) }
`);
    assert.ok(log.includes('__default.Job: [] [] plain-value ***'), log.join('\n'));
    assert.ok(log.includes('__default.Job: was ***'));
  });

  it('takes artifacts from job to job, into a deployment without being asked, and checks the tree out', async () => {
    const stages = await run(`
stages:
  - stage: A
    jobs: [{ job: J, steps: [{ publish: p.yml, artifact: file }, { publish: p.yml, artifact: file }] }]
  - stage: B
    dependsOn: []
    condition: always()
    jobs: [{ job: J, steps: [{ script: echo }] }]
  - stage: C
    dependsOn: A
    condition: always()
    jobs:
      - deployment: D
        environment: production
        strategy:
          runOnce:
            deploy: { steps: [{ script: ls $(Pipeline.Workspace)/file; exit 1 }] }
            on:
              failure: { steps: [{ script: echo put back }] }
              success: { steps: [{ script: echo good }] }
`);
    assert.match(stages[0]?.jobs[0]?.steps.at(-1)?.message ?? '', /Artifact file already exists/);
    assert.ok(existsSync(path.join(root, '7/jobs/B.J/s/p.yml')));
    assert.ok(log.includes('C.D: p.yml'));
    assert.ok(log.includes('C.D: put back'));
    assert.equal(log.includes('C.D: good'), false);
    assert.equal(results(stages)['C.D'], 'Failed');
  });

  it('runs a failing step again as often as it says, and goes on after one that may fail', async () => {
    const stages = await run(`
steps:
  - script: test -f ../again || { touch ../again; exit 1; }
    retryCountOnTaskFailure: 1
  - { script: exit 1, continueOnError: true }
  - script: echo on
`);
    assert.deepEqual(stepResults(stages).slice(1), ['Succeeded', 'SucceededWithIssues', 'Succeeded']);
    assert.equal(stages[0]?.result, 'SucceededWithIssues');
  });

  it('keeps a timeline as the REST API has it, and attachments by the record that made them', async () => {
    const attach =
      'echo \'{}\' >data.json; echo "##vso[task.addattachment type=view;name=data.json]$PWD/data.json"';
    await run(`
stages:
  - stage: A
    displayName: First
    jobs:
      - job: B
        steps:
          - { script: '${attach.replaceAll("'", "''")}', displayName: One }
          - { script: '${attach.replaceAll("'", "''")}; echo "##vso[task.logissue type=error]no"; exit 1', displayName: Two }
          - { script: echo never, displayName: Three }
  - stage: C
    jobs: [{ job: D, steps: [{ script: echo never }] }]
`);
    const { records } = timelineOf(path.join(root, '7'));
    const named = (name: string) => records.find((record) => record.name === name);
    assert.deepEqual(
      records.map(({ type, name, state, result }) => [type, name, state, result]),
      [
        ['Stage', 'First', 'completed', 'failed'],
        ['Phase', 'B', 'completed', 'failed'],
        ['Job', 'B', 'completed', 'failed'],
        ['Task', 'checkout self', 'completed', 'succeeded'],
        ['Task', 'One', 'completed', 'succeeded'],
        ['Task', 'Two', 'completed', 'failed'],
        ['Task', 'Three', 'completed', 'skipped'],
        ['Stage', 'C', 'completed', 'skipped'],
      ],
    );
    assert.equal(named('One')?.parentId, records.find(({ type }) => type === 'Job')?.id);
    assert.deepEqual([named('Two')?.errorCount, named('Two')?.startTime], [1, '1970-01-01T00:00:00.000Z']);
    const attachments = attachmentsOf(path.join(root, '7'), 'view');
    assert.deepEqual(
      attachments.map(({ recordId, name }) => [recordId, name]),
      [
        [named('One')?.id, 'data.json'],
        [named('Two')?.id, 'data.json'],
      ],
    );
    for (const { file } of attachments) assert.equal(readFileSync(file, 'utf8'), '{}\n');
    assert.deepEqual(attachmentsOf(path.join(root, '7'), 'other'), []);
  });

  it('cancels the running step, and then runs only what always runs', async () => {
    const stages = await run(
      `
steps:
  - checkout: none
  - script: trap 'echo told; exit 130' INT; echo waiting; while true; do sleep 0.1; done
  - script: echo next
  - { script: echo cleaned, condition: always() }
`,
      'waiting',
    );
    assert.deepEqual(stepResults(stages).slice(1, 3), ['Canceled', 'Skipped']);
    assert.ok(log.includes('__default.Job: told'));
    assert.equal(stages[0]?.result, 'Canceled');
  });

  for (const [what, text, message] of [
    [
      'group',
      'variables: [{ group: nothing }]\nsteps: []\n',
      /p\.yml:1: there is no variable group 'nothing'/,
    ],
    [
      'environment',
      'jobs:\n  - { deployment: D, environment: nowhere, strategy: { runOnce: { deploy: { steps: [] } } } }\n',
      /p\.yml:2: there is no environment 'nowhere'/,
    ],
  ] as const) {
    it(`refuses a ${what} that the resources do not have`, async () => {
      await assert.rejects(run(text), message);
    });
  }

  describe('with an artifact of a former run', () => {
    const text = `
steps:
  - checkout: none
  - task: DownloadPipelineArtifact@2
    inputs:
      buildType: specific
      buildVersionToDownload: latestFromBranch
      artifactName: findings
      targetPath: $(Pipeline.Workspace)/former
  - bash: cat ../former/of
`;
    function formerRun(number: string, result: string): void {
      mkdirSync(path.join(root, number, 'artifacts/findings'), { recursive: true });
      writeFileSync(path.join(root, number, 'artifacts/findings/of'), `run ${number}\n`);
      writeFileSync(path.join(root, number, 'result.json'), JSON.stringify([{ result }]));
    }

    it('takes the newest that has succeeded', async () => {
      formerRun('5', 'SucceededWithIssues');
      formerRun('6', 'Failed');
      formerRun('8', 'Succeeded');
      assert.equal(results(await run(text)).__default, 'Succeeded');
      assert.ok(
        log.some((line) => line.endsWith('run 5')),
        log.join('\n'),
      );
    });

    it('fails when there is none', async () => {
      formerRun('6', 'Failed');
      assert.equal(results(await run(text)).__default, 'Failed');
      assert.ok(log.some((line) => /No former run that succeeded has the artifact findings/.test(line)));
    });
  });
});
