import { readFile } from 'node:fs/promises';
import * as path from 'node:path';
import Ajv from 'ajv';
import schema from './task.schema.json' with { type: 'json' };

/**
 * The gate of the task definitions. tfx merely warns about a broken task.json and stops at the first one
 * (`tfx extension create`, merger.ts), and nobody else compares a definition with the code behind it.
 */

interface TaskDefinition {
  id: string;
  name: string;
  inputs: { name: string; type: string; defaultValue: string; options?: Record<string, string> }[];
  dataSourceBindings?: DataSourceBinding[];
  outputVariables: { name: string }[];
  restrictions: { settableVariables: { allowed: string[] } };
}

interface DataSourceBinding {
  target: string;
  endpointId: string;
  endpointUrl: string;
}

/** A task's folder as the gate looks at it. */
export interface TaskSources {
  /** Name of the folder. */
  folder: string;
  /** Parsed task.json. */
  definition: unknown;
  /** Text of inputs.ts. */
  inputsSource: string;
  /** Width and height of icon.png in pixels. */
  iconSize: [number, number];
}

/** Every problem of the tasks, one sentence each that begins with the folder; none when all is well. */
export function problemsOf(tasks: readonly TaskSources[]): string[] {
  const validate = new Ajv({ allErrors: true, allowUnionTypes: true }).compile<TaskDefinition>(schema);
  const valid: TaskDefinition[] = [];
  const problems = tasks.flatMap((task) => {
    const found = validate(task.definition)
      ? (valid.push(task.definition), mismatches(task, task.definition))
      : (validate.errors ?? []).map(
          ({ instancePath, message, params }) =>
            `task.json ${instancePath || '/'} ${message ?? ''} ${JSON.stringify(params)}`,
        );
    return found.map((problem) => `${task.folder}: ${problem}`);
  });
  const ids = valid.map(({ id }) => id);
  const shared = valid.filter(({ id }, index) => ids.indexOf(id) !== index);
  return [...problems, ...shared.map(({ name, id }) => `${name}: another task has the id ${id}`)];
}

function mismatches(task: TaskSources, definition: TaskDefinition): string[] {
  const declared = definition.inputs.map(({ name }) => name);
  const read = [...task.inputsSource.matchAll(/\binputs\s*\.\s*\w+(?:<[^>]*>)?\(\s*'(\w+)'/g)].map(
    ([, name]) => name ?? '',
  );
  const bindings = definition.dataSourceBindings ?? [];
  const bound = bindings.flatMap(({ target, endpointId, endpointUrl }) => [
    target,
    ...[...`${endpointId} ${endpointUrl}`.matchAll(/\$\((\w+)\)/g)].map(([, name]) => name ?? ''),
  ]);
  const allowed = definition.restrictions.settableVariables.allowed;
  return [
    ...(definition.name === task.folder ? [] : [`task.json has the name '${definition.name}'`]),
    ...(task.iconSize.join() === '32,32'
      ? []
      : [`icon.png is ${task.iconSize.join(' x ')} pixels, not 32 x 32`]),
    ...declared
      .filter((name) => !read.includes(name))
      .map((name) => `task.json declares the input '${name}', which inputs.ts does not read`),
    ...read
      .filter((name) => !declared.includes(name))
      .map((name) => `inputs.ts reads '${name}', which task.json does not declare`),
    ...definition.inputs
      .filter(({ name, type }) => type === 'pickList' && !bindings.some(({ target }) => target === name))
      .filter(({ options, defaultValue }) => !(defaultValue in (options ?? {})))
      .map(
        ({ name, defaultValue }) => `the default '${defaultValue}' of '${name}' is not one of its options`,
      ),
    ...bound
      .filter((name) => !declared.includes(name))
      .map((name) => `dataSourceBindings speak of the input '${name}', which is not declared`),
    ...definition.outputVariables
      .filter(({ name }) => !allowed.includes(name))
      .map(({ name }) => `output variable '${name}' is not in restrictions.settableVariables.allowed`),
  ];
}

/** Reads the folders below `tasks` and throws an error that lists every problem. */
export async function checkTasks(tasksFolder: string, names: readonly string[]): Promise<void> {
  const problems = problemsOf(await Promise.all(names.map((name) => readSources(tasksFolder, name))));
  if (problems.length > 0) throw new Error(`The task definitions are wrong:\n${problems.join('\n')}`);
}

async function readSources(tasksFolder: string, folder: string): Promise<TaskSources> {
  const file = (name: string): string => path.join(tasksFolder, folder, name);
  const icon = await readFile(file('icon.png'));
  return {
    folder,
    definition: JSON.parse(await readFile(file('task.json'), 'utf8')) as unknown,
    inputsSource: await readFile(file('inputs.ts'), 'utf8'),
    // PNG (ISO 15948): the header chunk follows the 8-byte signature; width and height start at byte 16.
    iconSize: [icon.readUInt32BE(16), icon.readUInt32BE(20)],
  };
}
