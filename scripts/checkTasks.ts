import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import * as path from 'node:path';
import { build } from 'esbuild';
import { agent } from './taskRules/agent';
import { identity } from './taskRules/identity';
import { inputs } from './taskRules/inputs';
import { layout } from './taskRules/layout';
import { lists } from './taskRules/lists';
import { messages } from './taskRules/messages';
import { outputs } from './taskRules/outputs';
import { checkSchema } from './taskRules/schema';
import type { TaskDefinition, TaskSources } from './taskRules/task';

/**
 * The gate of the task definitions. tfx merely warns about a broken task.json and stops at the first one
 * (`tfx extension create`, merger.ts), and nobody else compares a definition with the code behind it.
 */
const RULES = [identity, agent, inputs, lists, layout, outputs, messages];

/** Every problem of the tasks, one sentence each that begins with the folder; none when all is well. */
export function problemsOf(tasks: readonly TaskSources[]): string[] {
  const valid: TaskDefinition[] = [];
  const problems = tasks.flatMap((task) => {
    const checked = checkSchema(task.definition);
    if ('valid' in checked) valid.push(checked.valid);
    const found = 'valid' in checked ? RULES.flatMap((rule) => rule(checked.valid, task)) : checked.problems;
    return found.map((problem) => `${task.folder}: ${problem}`);
  });
  // Majors of one task share its id and its name; the server tells them apart by the major.
  const keys = valid.map(({ id, version }) => `${id} ${version.Major}`);
  const shared = valid.filter((_, index) => keys.indexOf(keys[index] ?? '') !== index);
  const renamed = valid.filter(({ id, name }) =>
    valid.some((other) => other.id === id && other.name !== name),
  );
  return [
    ...problems,
    ...shared.map(({ name, id }) => `${name}: another task has the id ${id} and this major`),
    ...renamed.map(({ name, id }) => `${name}: a task of another name has the id ${id}`),
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
  const names = await bundledFiles(path.join(tasksFolder, folder));
  const sources = await Promise.all(
    names.map(async (name) => [name, await readFile(file(name), 'utf8')] as const),
  );
  return {
    folder,
    definition: JSON.parse(await readFile(file('task.json'), 'utf8')) as unknown,
    sources: Object.fromEntries(sources),
    // PNG (ISO 15948): the header chunk follows the 8-byte signature; width and height start at byte 16.
    iconSize: [icon.readUInt32BE(16), icon.readUInt32BE(20)],
  };
}

/** The TypeScript files that become the task's programs, by their paths from its folder; packages are left out. */
async function bundledFiles(folder: string): Promise<string[]> {
  const { metafile } = await build({
    entryPoints: ['index.ts', 'post.ts'].map((name) => path.join(folder, name)).filter(existsSync),
    absWorkingDir: folder,
    outdir: folder,
    bundle: true,
    platform: 'node',
    packages: 'external',
    metafile: true,
    write: false,
  });
  return Object.keys(metafile.inputs).filter((name) => name.endsWith('.ts'));
}
