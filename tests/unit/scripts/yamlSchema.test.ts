import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import * as path from 'node:path';
import Ajv from 'ajv';
import { completionHelper, getLanguageService, parse } from 'azure-pipelines-language-service';
import * as sinon from 'sinon';
import { TextDocument } from 'vscode-languageserver-textdocument';
import type { TaskDefinition } from '../../../scripts/taskRules/task';
import { yamlSchema } from '../../../scripts/yamlSchema/tasks';

const root = path.resolve(import.meta.dirname, '../../..');
const shipped = JSON.parse(read('schemas/azure-pipelines.schema.json')) as object;

describe('the schema for the editor', () => {
  // The service tells on the console which schema it loads.
  beforeEach(() => sinon.stub(console, 'log'));
  afterEach(() => {
    sinon.restore();
  });

  it('is a JSON schema', () => {
    // The words that only the service reads are unknown to ajv.
    assert.doesNotThrow(() => new Ajv({ strict: false }).compile(shipped));
  });

  for (const file of list('samples', /(^|\/)(azure-pipelines|templates\/[^/]+)\.yml$/)) {
    it(`finds nothing wrong in ${file}`, async () => {
      assert.deepEqual(await problemsOf(read(file)), []);
    });
  }

  for (const file of ['README.md', 'overview.md', ...list('docs', /\.md$/)]) {
    it(`finds nothing wrong in the examples of ${file}`, async () => {
      for (const example of examplesOf(read(file))) assert.deepEqual(await problemsOf(example), [], example);
    });
  }

  const build = ['task: LangflowBuild@1', 'inputs:', '  containerRegistry: langflow-acr'];
  const mistakes: [string, string[], string][] = [
    ['an input that there is not', [...build, '  chache: none'], '5: Unexpected property chache'],
    [
      'a value that is not in the list',
      [...build, '  cache: some'],
      '5: Value is not accepted. Valid values: "registry", "inline", "local", "none".',
    ],
    [
      'what is neither true nor false',
      [...build, '  push: maybe'],
      '5: Value is not accepted. Valid values: "true", "false".',
    ],
    [
      'a required input that is missing',
      ['task: LangflowBuild@1', 'inputs:', '  cache: none'],
      '3: Missing property "containerRegistry".',
    ],
    [
      'a required input that is missing with another value of another input',
      ['task: LangflowBuild@1', 'inputs:', '  action: Join'],
      '3: Missing property "releaseManifests".',
    ],
    ['a step without its inputs', ['task: LangflowBuild@1'], '2: Missing property "inputs".'],
    ...['LangflowBiuld@1', 'LangflowBuild@2', 'LangflowBuild'].map((name): [string, string[], string] => [
      `the task ${name}`,
      [`task: ${name}`],
      '2: There is no such task. Tasks of Langflow Delivery: LangflowBuild@1, LangflowDeploy@1, LangflowScan@1, LangflowSmokeTest@1.',
    ]),
    ['a misspelt keyword of a step', [...build, 'conditon: always()'], '5: Unexpected property conditon'],
  ];
  for (const [what, lines, problem] of mistakes) {
    it(`finds ${what}`, async () => {
      assert.deepEqual(await problemsOf(step(lines)), [problem]);
    });
  }

  it('accepts what only the run knows, any case, and the tasks of others', async () => {
    const accepted = [
      [...build, '  cache: $(cache)', '  push: ${{ parameters.push }}', '  driver: $[variables.driver]'],
      ['task: langflowbuild@1', 'inputs:', '  ContainerRegistry: langflow-acr', '  CACHE: None'],
      ['task: Docker@2', 'inputs:', '  command: login'],
      ['task: langflow-delivery.langflow-delivery.build-task.LangflowBuild@1', 'inputs:', '  cache: none'],
    ];
    for (const lines of accepted) assert.deepEqual(await problemsOf(step(lines)), [], lines.join('\n'));
  });

  it('proposes our tasks, the inputs of one and the values of a list', async () => {
    assert.deepEqual(await proposalsAfter(step(['task: Langflow'])), [
      'LangflowBuild@1',
      'LangflowDeploy@1',
      'LangflowScan@1',
      'LangflowSmokeTest@1',
    ]);
    const inputs = await proposalsAfter(step([...build, '  ']));
    assert.equal(inputs.includes('buildSecrets'), true);
    assert.equal(inputs.includes('containerRegistry'), false);
    const values = await proposalsAfter(step([...build, '  cache: ']));
    assert.deepEqual(values, ['inline', 'local', 'none', 'registry']);
  });

  it('shows the help of an input', async () => {
    const text = step([...build]);
    const hover = await service(shipped).doHover(document(text), { line: 3, character: 10 }, parse(text));
    assert.match(JSON.stringify(hover.contents), /Docker registry service connection to push to/);
  });

  it('knows an input by its aliases, proposes the first, and marks a deprecated task', async () => {
    const definition = JSON.parse(read('tasks/LangflowScan/task.json')) as TaskDefinition;
    const renamed: TaskDefinition = {
      ...definition,
      deprecated: true,
      deprecationMessage: 'Use LangflowScan@2.',
      inputs: definition.inputs.map((input) =>
        input.name === 'severity'
          ? { ...input, aliases: ['threshold'], required: true, defaultValue: '' }
          : input,
      ),
    };
    const schema = yamlSchema([renamed]);
    const message = '2: Use LangflowScan@2.';
    for (const name of ['severity', 'threshold', 'Severity']) {
      const text = step(['task: LangflowScan@1', 'inputs:', `  ${name}: LOW`]);
      assert.deepEqual(await problemsOf(text, schema), [message], name);
    }
    assert.deepEqual(await problemsOf(step(['task: LangflowScan@1', 'inputs:', '  source: .']), schema), [
      message,
      '3: Missing property "threshold".',
    ]);
  });

  it('is not made of a rule that it cannot express', () => {
    const definition = JSON.parse(read('tasks/LangflowBuild/task.json')) as TaskDefinition;
    const inputs = definition.inputs.map((input) =>
      input.name === 'containerRegistry' ? { ...input, visibleRule: 'action != join' } : input,
    );
    assert.throws(
      () => yamlSchema([{ ...definition, inputs }]),
      /'containerRegistry' has the visibleRule 'action != join'/,
    );
  });
});

function read(file: string): string {
  return readFileSync(path.join(root, file), 'utf8');
}

function list(folder: string, pattern: RegExp): string[] {
  return readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
    .map((name) => `${folder}/${name.replaceAll('\\', '/')}`)
    .filter((name) => pattern.test(name))
    .sort();
}

/** Pipelines in fences; lists of steps or of stages become pipelines. */
function examplesOf(markdown: string): string[] {
  const fences = [...markdown.matchAll(/^( *)```yaml\n([^]*?)^ *```/gm)].map(([, indent = '', text = '']) =>
    text.replaceAll(new RegExp(`^${indent}`, 'gm'), '').replaceAll(/,? … /g, ' '),
  );
  return fences
    .filter((text) => text.includes('task: Langflow'))
    .map((text) =>
      text.replace(
        /^- (stage|task):/,
        (item, kind: string) => `${kind === 'task' ? 'step' : kind}s:\n${item}`,
      ),
    );
}

/** A pipeline of one step. */
function step([first = '', ...more]: string[]): string {
  return ['steps:', `- ${first}`, ...more.map((line) => `  ${line}`)].join('\n');
}

/** The engine of the Azure Pipelines extension of VS Code. */
function service(schema: object): ReturnType<typeof getLanguageService> {
  return getLanguageService(
    () => Promise.resolve(schema),
    [],
    () => Promise.resolve('schema://azure-pipelines'),
  );
}

function document(text: string): TextDocument {
  return TextDocument.create('file:///azure-pipelines.yml', 'azure-pipelines', 1, text);
}

/** What is underlined, with its line. */
async function problemsOf(text: string, schema: object = shipped): Promise<string[]> {
  const found = await service(schema).doValidation(document(text), parse(text));
  return found
    .map(
      ({ message, range }) =>
        `${range.start.line + 1}: ${typeof message === 'string' ? message : message.value}`,
    )
    .sort();
}

/** What is proposed at the end of the text. */
async function proposalsAfter(text: string): Promise<string[]> {
  const opened = document(text);
  const position = opened.positionAt(text.length);
  const { items } = await service(shipped).doComplete(
    opened,
    position,
    parse(completionHelper(opened, position).newText),
  );
  return items.map(({ label }) => label).sort();
}
