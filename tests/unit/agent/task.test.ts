import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import type { Resources } from '../../agent/connections';
import { connectionId } from '../../agent/endpoints';
import { runStep, type StepOptions, type StepOutcome } from '../../agent/step';

const CONNECTION = {
  type: 'dockerregistry',
  url: 'https://registry.example',
  scheme: 'UsernamePassword',
  parameters: { username: 'robot', password: 'pass-of-registry' },
  data: { registrytype: 'Others' },
};
const OTHER = { ...CONNECTION, parameters: { username: 'robot', password: 'pass-of-other' } };
const RESOURCES: Resources = { serviceConnections: { registry: CONNECTION, other: OTHER } };

/** The rules are those of azure-pipelines-agent, Agent.Worker; each test names what a task may rely on. */
describe('runTask', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'task-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  /** Runs a task whose phases are the given programs. */
  async function run(
    programs: string | { pre?: string; main: string; post?: string },
    { inputs = {}, definition = {}, ...options }: Partial<StepOptions> & { definition?: object } = {},
  ): Promise<StepOutcome> {
    const task = path.join(folder, 'tasks/Sample');
    mkdirSync(task, { recursive: true });
    const { pre, main, post } = typeof programs === 'string' ? { main: programs } : programs;
    const handlers = (name: string, text: string | undefined): object | undefined => {
      if (text === undefined) return undefined;
      writeFileSync(path.join(task, `${name}.js`), text);
      return { Node20_1: { target: 'wrong.js' }, Node24: { target: `${name}.js` } };
    };
    writeFileSync(
      path.join(task, 'task.json'),
      JSON.stringify({
        name: 'Sample',
        version: { Major: 1 },
        inputs: [],
        prejobexecution: handlers('pre', pre),
        execution: handlers('main', main),
        postjobexecution: handlers('post', post),
        ...definition,
      }),
    );
    return runStep({
      task: 'Sample',
      tasks: path.join(folder, 'tasks'),
      folder: path.join(folder, 'run'),
      resources: RESOURCES,
      ...options,
      inputs,
    });
  }

  const print = (...lines: string[]): string =>
    lines.map((line) => `console.log(${JSON.stringify(line)})`).join(';');
  /** A program that prints a variable of its environment as JSON. */
  const show = (...names: string[]): string =>
    names
      .map((name) => `console.log(${JSON.stringify(name)}, process.env[${JSON.stringify(name)}])`)
      .join(';');

  it('hands over defaults, inputs and expanded variables, trimmed, also those that the task does not declare', async () => {
    const { log } = await run(show('INPUT_ONE', 'INPUT_TWO', 'INPUT_THREE', 'INPUT_EMPTY', 'INPUT_A_FILE'), {
      inputs: { ONE: ' $(greeting) $(unknown) ', three: 'undeclared', 'a file': 'x.yml' },
      variables: { Greeting: '$(two)', two: 'not expanded twice' },
      definition: {
        inputs: [
          { name: 'one', type: 'string', defaultValue: '1' },
          { name: 'two', type: 'string', defaultValue: '2' },
          { name: 'empty', type: 'string', defaultValue: '' },
          { name: 'a file', type: 'filePath', defaultValue: '' },
        ],
      },
    });
    assert.deepEqual(log.trim().split('\n'), [
      'INPUT_ONE $(two) $(unknown)',
      'INPUT_TWO 2',
      'INPUT_THREE undeclared',
      'INPUT_EMPTY ',
      `INPUT_A_FILE ${path.join(folder, 'run/s/x.yml')}`,
    ]);
  });

  it('asks for an input that the task requires', async () => {
    const definition = { inputs: [{ name: 'one', type: 'string', defaultValue: '', required: true }] };
    await assert.rejects(run('', { definition }), /Sample: the required input 'one' is missing/);
  });

  it('asks for a required input only while its rule shows it', async () => {
    const text = (name: string, defaultValue: string) => ({ name, type: 'string', defaultValue });
    const definition = {
      inputs: [
        text('action', 'build'),
        { ...text('parts', ''), required: true, visibleRule: 'action = join' },
      ],
    };
    assert.equal((await run('', { definition })).result, 'Succeeded');
    await assert.rejects(run('', { definition, inputs: { action: 'join' } }), /required input 'parts'/);
  });

  it('takes an input by its alias', async () => {
    const definition = { inputs: [{ name: 'one', aliases: ['uno'], type: 'string', defaultValue: '' }] };
    const { log } = await run(show('INPUT_ONE', 'INPUT_UNO'), { definition, inputs: { Uno: '1' } });
    assert.match(log, /^INPUT_ONE 1\nINPUT_UNO undefined$/m);
  });

  it('hands over plain variables by name, secret ones by SECRET_ alone, and the names of both', async () => {
    const { log } = await run(
      show('BUILD_SOME_NAME', 'PASS_WORD', 'VSTS_SECRET_VARIABLES') +
        ';console.log([...process.env.SECRET_PASS_WORD].join(" "))',
      { variables: { 'Build.Some Name': 'plain' }, secrets: { 'pass.word': 's3cret' } },
    );
    assert.match(
      log,
      /^BUILD_SOME_NAME plain\nPASS_WORD undefined\nVSTS_SECRET_VARIABLES \["pass\.word"\]\ns 3 c r e t$/m,
    );
  });

  it('exposes the connection that an input names, and no other, and masks what is confidential in it', async () => {
    const id = connectionId('registry', CONNECTION);
    const definition = {
      inputs: [{ name: 'to', type: 'connectedService:dockerregistry', defaultValue: '' }],
    };
    const { log } = await run(
      show(
        'INPUT_TO',
        `ENDPOINT_URL_${id}`,
        `ENDPOINT_AUTH_SCHEME_${id}`,
        `ENDPOINT_AUTH_PARAMETER_${id}_USERNAME`,
      ) +
        `;${show(`ENDPOINT_AUTH_PARAMETER_${id}_PASSWORD`, `ENDPOINT_AUTH_${id}`, `ENDPOINT_DATA_${id}_REGISTRYTYPE`)}` +
        `;${show(`ENDPOINT_URL_${connectionId('other', OTHER)}`)}`,
      { definition, inputs: { to: 'registry' } },
    );
    assert.deepEqual(log.trim().split('\n'), [
      `INPUT_TO ${id}`,
      `ENDPOINT_URL_${id} https://registry.example`,
      `ENDPOINT_AUTH_SCHEME_${id} UsernamePassword`,
      `ENDPOINT_AUTH_PARAMETER_${id}_USERNAME robot`,
      `ENDPOINT_AUTH_PARAMETER_${id}_PASSWORD ***`,
      `ENDPOINT_AUTH_${id} {"parameters":{"username":"robot","password":"***"},"scheme":"UsernamePassword"}`,
      `ENDPOINT_DATA_${id}_REGISTRYTYPE Others`,
      `ENDPOINT_URL_${connectionId('other', OTHER)} undefined`,
    ]);
    await assert.rejects(
      run('', { definition, inputs: { to: 'nothing' } }),
      /no service connection 'nothing' for the input 'to'; the resources file has: registry, other/,
    );
  });

  it('gives each run a temporary folder of its own, in the working directory of the job', async () => {
    const { log } = await run('console.log(process.env.AGENT_TEMPDIRECTORY);console.log(process.cwd())');
    const [temporary = '', cwd] = log.split('\n');
    assert.match(temporary, /run\/_temp$/);
    assert.equal(existsSync(temporary), false, 'it is removed afterwards');
    assert.equal(cwd, path.join(folder, 'run/s'));
  });

  it('obeys commands of both streams, anywhere in a line', async () => {
    const { outputs, log } = await run(
      `${print('text ##vso[task.setvariable variable=a;isOutput=true]1')};console.error("##vso[task.setvariable variable=b;isOutput=true]2")`,
    );
    assert.deepEqual(outputs, { a: '1', b: '2' });
    assert.equal(log, '');
  });

  it('takes the worst result, and the exit code for one', async () => {
    const worst = await run(
      print('##vso[task.complete result=Failed]no', '##vso[task.complete result=Succeeded]'),
    );
    assert.deepEqual([worst.result, worst.message], ['Failed', 'no']);
    const exit = await run('process.exit(3)');
    assert.equal(exit.result, 'Failed');
    assert.match(exit.message, /^Exit code 3 returned from process/);
    const errors = await run('console.error("only words")');
    assert.equal(errors.result, 'Succeeded');
  });

  for (const [what, command, message] of [
    ['an event that the area does not have', '##vso[task.nothing]', /is not a recognized command/],
    ["task-lib's TaskResult.Cancelled", '##vso[task.complete result=Cancelled]', /'Cancelled' is no result/],
    [
      'an attachment that is not there',
      '##vso[task.addattachment type=a;name=b]/no/file',
      /Cannot find file/,
    ],
    [
      'an attachment of a name that is no file name',
      '##vso[task.addattachment type=a/b;name=c]/etc/hosts',
      /'a\/b' is not valid/,
    ],
    ['a summary that is not there', '##vso[task.uploadsummary]/no/file.md', /Cannot find file/],
    ['an artifact that is not there', '##vso[artifact.upload artifactname=a]/no/folder', /Cannot find file/],
    [
      'test results that are not there',
      '##vso[results.publish type=JUnit;resultFiles=/no.xml]',
      /Cannot find file/,
    ],
    ['an issue of another type', '##vso[task.logissue type=note]x', /neither error nor warning/],
    [
      'a secret of several lines',
      '##vso[task.setvariable variable=a;issecret=true]x%0Ay',
      /has several lines/,
    ],
  ] as const) {
    it(`fails the step on ${what}`, async () => {
      const step = await run(print(command));
      assert.equal(step.result, 'Failed');
      assert.match(step.message, message);
    });
  }

  it('warns about what is no command, and about an area that it does not know', async () => {
    const { result, log } = await run(
      print('##vso[task]x', '##vso[nothing.at]x', '##vso[telemetry.publish]x'),
    );
    assert.equal(result, 'Succeeded');
    assert.equal(log.match(/##\[warning\]/g)?.length, 2);
  });

  it("keeps the first ten issues of a type, and the position of each in its file's line", async () => {
    const lines = Array.from({ length: 12 }, (_, index) => `##vso[task.logissue type=warning]${index}`);
    const issue = '##vso[task.logissue type=error;sourcepath=a.yml;linenumber=3;columnnumber=5]wrong';
    const { issues, log } = await run(print(...lines, issue));
    assert.equal(issues.length, 11);
    assert.deepEqual(issues.at(-1), { type: 'error', message: 'wrong', path: 'a.yml', line: 3, column: 5 });
    assert.match(log, /##\[error\]a\.yml\(3,5\): wrong/);
  });

  it('lets a task set only the variables that its restrictions allow', async () => {
    const definition = { restrictions: { settableVariables: { allowed: ['digest_*'] } } };
    const lines = ['digest_a', 'path'].map(
      (name) => `##vso[task.setvariable variable=${name};isOutput=true]x`,
    );
    const { outputs, log } = await run(print(...lines), { definition });
    assert.deepEqual(outputs, { digest_a: 'x' });
    assert.match(log, /'SetVariable' of 'path' is not allowed/);
  });

  it('keeps what a step publishes: attachments, summaries of one name, artifacts, test results', async () => {
    const file = path.join(folder, 'report.md');
    writeFileSync(file, 'report');
    const { attachments, artifacts, testResults } = await run(
      print(
        `##vso[task.uploadsummary]${file}`,
        `##vso[task.uploadsummary]${file}`,
        `##vso[artifact.upload artifactname=all]${file}`,
        `##vso[results.publish type=JUnit;resultFiles=${file};runTitle=Tests]`,
      ),
    );
    assert.deepEqual(new Set(attachments.map((one) => one.file)).size, 2);
    assert.deepEqual(
      [
        ...attachments.map((one) => one.file),
        path.join(artifacts[0]?.file ?? '', 'report.md'),
        testResults[0]?.file ?? '',
      ].map((one) => readFileSync(one, 'utf8')),
      Array<string>(4).fill('report'),
    );
    assert.equal(testResults[0]?.runTitle, 'Tests');
  });

  it('hands task variables from phase to phase, and finishes after a failure', async () => {
    const { log, result, post } = await run({
      pre: print('##vso[task.settaskvariable variable=lease]held'),
      main: `${show('VSTS_TASKVARIABLE_LEASE')};process.exit(1)`,
      post: show('VSTS_TASKVARIABLE_LEASE', 'agent.jobstatus'),
    });
    assert.equal(log, 'VSTS_TASKVARIABLE_LEASE held\n');
    assert.equal(result, 'Failed');
    assert.equal(post?.log, 'VSTS_TASKVARIABLE_LEASE held\nagent.jobstatus Failed\n');
  });

  it('runs the newest handler on the chosen Node', async () => {
    for (const node of [20, 24] as const) {
      const { log } = await run('console.log(process.version)', { node });
      assert.match(log, new RegExp(`^v${node}\\.`));
    }
  });

  it('cancels with SIGINT, then SIGTERM, then kills everything, and finishes all the same', async () => {
    const deaf = `require("child_process").spawn("sleep", ["30"], { stdio: "inherit" });
for (const name of ["SIGINT", "SIGTERM"]) process.on(name, () => console.log(name));
setInterval(() => {}, 1000);console.log("ready")`;
    const started = Date.now();
    const step = await run(
      { main: deaf, post: 'console.log("finished")' },
      {
        variables: { PROCESS_SIGINT_TIMEOUT: '200', PROCESS_SIGTERM_TIMEOUT: '200' },
        cancelAfter: (log) => log.includes('ready'),
      },
    );
    assert.equal(step.log, 'ready\nSIGINT\nSIGTERM\n');
    assert.equal(step.result, 'Canceled');
    assert.equal(step.post?.log, 'finished\n');
    assert.ok(Date.now() - started < 10_000, 'the child is killed, too');
  });
});
