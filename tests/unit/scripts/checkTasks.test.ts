import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { checkTasks, problemsOf } from '../../../scripts/checkTasks';
import type { TaskSources } from '../../../scripts/taskRules/task';

const task = JSON.parse(
  readFileSync(path.resolve(import.meta.dirname, '../../../tasks/LangflowScan/task.json'), 'utf8'),
) as {
  name: string;
  inputs: { name: string; defaultValue: unknown; type: string }[];
  outputVariables: { name: string }[];
  groups: { name: string }[];
  messages: Record<string, string>;
  [key: string]: unknown;
};

describe('checkTasks', () => {
  it('accepts a task whose definition and inputs.ts agree', () => {
    assert.deepEqual(problemsOf([sources()]), []);
  });

  const cases: [string, Partial<TaskSources>, RegExp][] = [
    ['a key that tfx and the agent do not know', { definition: { ...task, colour: 'blue' } }, /colour/],
    [
      'a default that is a number',
      { definition: withInput({ defaultValue: 4 }) },
      /defaultValue must be string/,
    ],
    ['an id that is no GUID', { definition: { ...task, id: 'scan' } }, /\/id must match pattern/],
    [
      'only the handler that old agents lack',
      { definition: { ...task, execution: { Node24: { target: 'index.js' } } } },
      /required property 'Node20_1'/,
    ],
    [
      'a friendly name that tfx refuses',
      { definition: { ...task, friendlyName: 'x'.repeat(41) } },
      /friendlyName/,
    ],
    ['an input that nothing reads', { sources: code({ inputs: '' }) }, /declares the input 'severity'/],
    [
      'an input that is not declared',
      { sources: code({ inputs: `${readsAll()} inputs.required('colour', 'a colour')` }) },
      /inputs.ts reads 'colour'/,
    ],
    [
      'a list that is filled for no input',
      {
        definition: {
          ...task,
          dataSourceBindings: [
            {
              target: 'colour',
              endpointId: '$(severity)',
              endpointUrl: '{{{endpoint.url}}}/colours',
              resultSelector: 'jsonpath:$.value[*]',
              resultTemplate: '{{{name}}}',
            },
          ],
        },
      },
      /dataSourceBindings speak of the input 'colour'/,
    ],
    [
      'a default that is not one of the options',
      {
        definition: withInput({
          name: 'severity',
          type: 'pickList',
          defaultValue: 'WORST',
          options: { LOW: 'Low' },
        }),
      },
      /default 'WORST' of 'severity'/,
    ],
    [
      'an output variable that the agent would refuse to set',
      { definition: { ...task, outputVariables: [{ name: 'colour', description: 'Colour.' }] } },
      /output variable 'colour'/,
    ],
    [
      'an output variable that no code sets',
      { sources: code({ outputs: '' }) },
      /'verdict' is declared, and no code sets it/,
    ],
    [
      'an output variable that is set and not declared',
      { sources: code({ more: "setOutput('colour', 'blue')" }) },
      /code sets the output variable 'colour'/,
    ],
    [
      'outputs of many names that the agent would refuse to set',
      { sources: code({ more: 'setOutput(`digest_${name}`, digest)' }) },
      /'digest_\*' is not in restrictions/,
    ],
    [
      'a handler without its program',
      {
        definition: {
          ...task,
          execution: { Node20_1: { target: 'index.js' }, Node24: { target: 'start.js' } },
        },
      },
      /execution.Node24 runs start.js/,
    ],
    [
      'an agent that is too old for the handler',
      { definition: { ...task, minimumAgentVersion: '2.144.0' } },
      /minimumAgentVersion is 2.144.0/,
    ],
    [
      'help without an example',
      { definition: withInput({ helpMarkDown: 'A path.' }) },
      /help of 'releaseManifest' has no example/,
    ],
    [
      'an input in a group that is not there',
      { definition: withInput({ groupName: 'colours' }) },
      /group 'colours', which is not declared/,
    ],
    [
      'a group without inputs',
      { definition: { ...task, groups: [...task.groups, { name: 'colours', displayName: 'Colours' }] } },
      /group 'colours' is empty/,
    ],
    [
      'a visibleRule of no input',
      { definition: withInput({ visibleRule: 'severity = HIGH && colour != blue' }) },
      /visibleRule of 'releaseManifest' speaks of 'colour'/,
    ],
    [
      'more inputs at first sight than anyone reads',
      { definition: { ...task, inputs: task.inputs.map((input) => ({ ...input, groupName: undefined })) } },
      /inputs are visible at first/,
    ],
    [
      'a message that is not declared',
      { sources: code({ more: "localized('Painted')" }) },
      /uses the message 'Painted'/,
    ],
    [
      'a message that nothing uses',
      { definition: { ...task, messages: { ...task.messages, Painted: 'It is painted.' } } },
      /message 'Painted', which no code uses/,
    ],
    ['a folder of another name', { folder: 'LangflowPaint' }, /has the name 'LangflowScan'/],
    ['an icon of the wrong size', { iconSize: [128, 128] }, /128 x 128/],
  ];
  for (const [what, change, expected] of cases) {
    it(`refuses ${what}`, () => {
      const problems = problemsOf([{ ...sources(), ...change }]);
      assert.equal(problems.length > 0, true);
      assert.match(problems.join('\n'), expected);
    });
  }

  it('refuses two tasks of one id, of which the server drops the second without a word', () => {
    assert.match(problemsOf([sources(), sources()]).join(), /another task has the id .* and this major/);
  });

  it('reports the problems of every task, not just of the first', () => {
    const problems = problemsOf([
      { ...sources(), definition: {} },
      { ...sources(), sources: code({ inputs: '' }) },
    ]);
    assert.match(problems.join('\n'), /required property 'id'[^]*declares the input/);
  });
});

describe('checkTasks on disk', () => {
  let tasks: string;
  before(() => {
    tasks = mkdtempSync(path.join(tmpdir(), 'tasks-'));
    cpSync(path.resolve(import.meta.dirname, '../../../tasks'), tasks, { recursive: true });
  });
  after(() => {
    rmSync(tasks, { recursive: true });
  });

  it('asks for the messages of what tasks share, of the tasks that have it in their programs', async () => {
    await checkTasks(tasks, ['LangflowDeploy', 'LangflowScan']);
    for (const name of ['LangflowDeploy', 'LangflowScan']) {
      const file = path.join(tasks, name, 'task.json');
      const definition = JSON.parse(readFileSync(file, 'utf8')) as { messages: Record<string, string> };
      delete definition.messages.LoginNotRenewed;
      delete definition.messages.Restored;
      writeFileSync(file, JSON.stringify(definition));
    }
    await assert.rejects(checkTasks(tasks, ['LangflowDeploy', 'LangflowScan']), ({ message }: Error) => {
      assert.deepEqual(message.split('\n').slice(1), [
        "LangflowDeploy: the code uses the message 'Restored', which task.json does not have",
        "LangflowScan: the code uses the message 'LoginNotRenewed', which task.json does not have",
      ]);
      return true;
    });
  });
});

function sources(): TaskSources {
  return { folder: 'LangflowScan', definition: task, sources: code({}), iconSize: [32, 32] };
}

function code({ inputs = readsAll(), outputs = setsAll(), more = '' }): Record<string, string> {
  return { 'index.ts': saysAll(), 'inputs.ts': inputs, 'reports.ts': outputs, 'more.ts': more };
}

function saysAll(): string {
  return Object.keys(task.messages)
    .map((key) => `localized('${key}')`)
    .join('\n');
}

function setsAll(): string {
  return task.outputVariables.map(({ name }) => `setOutput('${name}', '')`).join('\n');
}

function readsAll(): string {
  return task.inputs.map(({ name }) => `inputs.optional('${name}')`).join('\n');
}

function withInput(change: Record<string, unknown>): unknown {
  const [first, ...rest] = task.inputs;
  const name = change.name ?? first?.name;
  return { ...task, inputs: [{ ...first, ...change }, ...rest.filter((input) => input.name !== name)] };
}
