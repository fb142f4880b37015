import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { PipelineError } from '../../../agent/pipeline/located';
import type { Pipeline } from '../../../agent/pipeline/model';
import { readPipeline } from '../../../agent/pipeline/parse';

describe('readPipeline', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(path.join(tmpdir(), 'pipeline-'));
  });
  afterEach(() => {
    rmSync(root, { recursive: true });
  });

  function read(files: Record<string, string>, parameters: Record<string, string> = {}): Pipeline {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
      writeFileSync(path.join(root, name), text);
    }
    return readPipeline(path.join(root, 'p.yml'), root, parameters);
  }
  const steps = (text: string): string => `steps:\n${text}`;

  const refused: [string, string, RegExp][] = [
    [
      'a key that is not supported',
      'steps:\n  - script: a\n    target: host\n',
      /^p\.yml:3: 'target' of the step 'script' is not supported/,
    ],
    [
      'a matrix',
      'jobs:\n  - job: A\n    strategy: { matrix: {} }\n',
      /^p\.yml:3: 'strategy' of a job is not supported/,
    ],
    [
      'canary',
      'jobs:\n  - deployment: A\n    strategy:\n      canary: {}\n',
      /^p\.yml:4: 'canary' of strategy/,
    ],
    ['another sort of step', steps('  - pwsh: a\n'), /^p\.yml:2: a step that begins with 'pwsh'/],
    [
      'a task without version',
      steps('  - task: LangflowBuild\n'),
      /^p\.yml:2: 'LangflowBuild' is no task with its major version/,
    ],
    ['a key that is there twice', steps('  - script: a\n    script: b\n'), /^p\.yml:3: /],
    [
      'an unknown dependency',
      'jobs:\n  - job: A\n    dependsOn: B\n    steps: []\n',
      /^p\.yml:2: 'A' depends on 'B', and there is no such job/,
    ],
    [
      'a circle',
      'jobs:\n  - { job: A, dependsOn: B, steps: [] }\n  - { job: B, dependsOn: A, steps: [] }\n',
      /'A' depends on itself/,
    ],
    [
      'two stages of a name',
      'stages:\n  - { stage: A, jobs: [] }\n  - { stage: A, jobs: [] }\n',
      /there are two stages 'A'/,
    ],
    ['an artifact of another run', steps('  - download: other\n'), /^p\.yml:2: download of 'other'/],
    ['jobs beside steps', 'jobs: []\nsteps: []\n', /one of 'stages', 'jobs' and 'steps'/],
    [
      'a wrong expression',
      steps("  - script: ${{ nope('a') }}\n"),
      /^p\.yml:2: .*function 'nope' is not supported/,
    ],
    ['a loop', steps('  - ${{ each x in parameters.l }}:\n      - script: a\n'), /^p\.yml:2: .*each/],
    ['broken YAML', 'steps: [', /^p\.yml:1: /],
  ];
  for (const [what, text, message] of refused) {
    it(`refuses ${what} by file and line`, () => {
      assert.throws(
        () => read({ 'p.yml': text }),
        (error) => error instanceof PipelineError && message.test(error.message),
      );
    });
  }

  it('lets a stage depend on the one before, unless it says otherwise', () => {
    const { stages } = read({
      'p.yml':
        'stages:\n  - { stage: A, jobs: [] }\n  - { stage: B, jobs: [] }\n  - { stage: C, dependsOn: [], jobs: [] }\n',
    });
    assert.deepEqual(
      stages.map(({ dependsOn }) => dependsOn),
      [[], ['A'], []],
    );
  });

  it('fills in templates with parameters, from the folder of the file that names them', () => {
    const pipeline = read({
      'p.yml': "stages:\n  - template: ci/stage.yml\n    parameters: { name: A, strict: 'true' }\n",
      'ci/stage.yml':
        'parameters:\n  - name: name\n    type: string\n  - name: strict\n    type: boolean\n    default: false\n' +
        'stages:\n  - stage: ${{ parameters.name }}\n    jobs:\n      - job: J\n        steps:\n          - template: steps.yml\n            parameters:\n              strict: ${{ parameters.strict }}\n',
      'ci/steps.yml':
        "parameters:\n  strict: 'False'\nsteps:\n  - ${{ if eq(parameters.strict, true) }}:\n      - script: strict\n  - ${{ else }}:\n      - script: lax\n  - script: last\n",
    });
    const [stage] = pipeline.stages;
    assert.equal(stage?.name, 'A');
    assert.deepEqual(
      stage.jobs[0]?.phases[0]?.steps.map(({ action }) => (action.type === 'script' ? action.script : '')),
      ['strict', 'last'],
    );
  });

  it('says which parameter is missing, unknown or of a value that is not allowed', () => {
    const file = 'parameters:\n  - name: size\n    values: [small, large]\nsteps: []\n';
    assert.throws(() => read({ 'p.yml': file }), /'size' is not given and has no default/);
    assert.throws(() => read({ 'p.yml': file }, { size: 'huge' }), /'size' must not be 'huge'/);
    assert.throws(
      () => read({ 'p.yml': file }, { size: 'small', other: 'x' }),
      /there is no parameter 'other'/,
    );
  });

  it('keeps texts as they are written', () => {
    const { variables } = read({ 'p.yml': 'variables: { a: 1.10, b: yes, c: true }\nsteps: []\n' });
    assert.deepEqual(
      variables.map((variable) => ('value' in variable ? variable.value : '')),
      ['1.10', 'yes', 'true'],
    );
  });

  it('lets a template ask for the reason of the run', () => {
    const text = `steps:
  - \${{ if eq(variables['Build.Reason'], 'PullRequest') }}:
      - script: of a pull request
  - \${{ else }}:
      - script: of a branch
`;
    const scriptOf = (pipeline: Pipeline): unknown => {
      const [step] = pipeline.stages[0]?.jobs[0]?.phases[0]?.steps ?? [];
      return step?.action.type === 'script' && step.action.script;
    };
    assert.equal(scriptOf(read({ 'p.yml': text })), 'of a branch');
    const asked = readPipeline(path.join(root, 'p.yml'), root, {}, 'PullRequest');
    assert.equal(scriptOf(asked), 'of a pull request');
    assert.equal(asked.reason, 'PullRequest');
  });

  it('refuses artifacts of other runs than the latest of a branch', () => {
    const inputs = 'inputs: { buildType: specific, buildVersionToDownload: specific, artifactName: a }';
    assert.throws(
      () => read({ 'p.yml': steps(`  - task: DownloadPipelineArtifact@2\n    ${inputs}\n`) }),
      /p\.yml:2: artifacts of the current run, or one of the latest run from a branch, can be downloaded/,
    );
  });
});
