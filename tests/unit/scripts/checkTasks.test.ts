import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import * as path from 'node:path';
import { problemsOf, type TaskSources } from '../../../scripts/checkTasks';

const task = JSON.parse(
  readFileSync(path.resolve(import.meta.dirname, '../../../tasks/LangflowScan/task.json'), 'utf8'),
) as {
  name: string;
  inputs: { name: string; defaultValue: unknown; type: string }[];
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
    ['an input that nothing reads', { inputsSource: '' }, /declares the input 'severity'/],
    [
      'an input that is not declared',
      { inputsSource: `${readsAll()} inputs.required('colour', 'a colour')` },
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
    assert.match(problemsOf([sources(), sources()]).join(), /another task has the id/);
  });

  it('reports the problems of every task, not just of the first', () => {
    const problems = problemsOf([
      { ...sources(), definition: {} },
      { ...sources(), inputsSource: '' },
    ]);
    assert.match(problems.join('\n'), /required property 'id'[^]*declares the input/);
  });
});

function sources(): TaskSources {
  return { folder: 'LangflowScan', definition: task, inputsSource: readsAll(), iconSize: [32, 32] };
}

function readsAll(): string {
  return task.inputs.map(({ name }) => `inputs.optional('${name}')`).join('\n');
}

function withInput(change: Record<string, unknown>): unknown {
  const [first, ...rest] = task.inputs;
  const name = change.name ?? first?.name;
  return { ...task, inputs: [{ ...first, ...change }, ...rest.filter((input) => input.name !== name)] };
}
