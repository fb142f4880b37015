import { existsSync, readFileSync } from 'node:fs';
import * as path from 'node:path';
import { isShown } from '../../scripts/taskRules/visibleRule';
import type { Variables } from './variables';

/** What the agent takes from a task.json. */
export interface TaskDefinition {
  id: string;
  name: string;
  version: { Major: number; Minor: number; Patch: number };
  inputs: TaskInput[];
  restrictions?: { settableVariables?: { allowed: string[] } };
  prejobexecution?: Handlers;
  execution: Handlers;
  postjobexecution?: Handlers;
}

interface TaskInput {
  name: string;
  /** Names under which YAML may give the input, too. */
  aliases?: string[];
  type: string;
  defaultValue: string;
  /** Whether it must be given while it is visible. */
  required: boolean;
  visibleRule?: string;
}

type Handlers = Partial<Record<'Node20_1' | 'Node24', { target: string }>>;

export type Phase = 'prejobexecution' | 'execution' | 'postjobexecution';

/** @throws Error when the folder holds no task */
export function readTaskDefinition(folder: string): TaskDefinition {
  const file = path.join(folder, 'task.json');
  if (!existsSync(file)) throw new Error(`There is no ${file}: run \`npm run build\` first.`);
  return JSON.parse(readFileSync(file, 'utf8')) as TaskDefinition;
}

/** Which task a record of the timeline is about. */
export interface TaskReference {
  id: string;
  name: string;
  version: string;
}

export function referenceTo({ id, name, version: { Major, Minor, Patch } }: TaskDefinition): TaskReference {
  return { id, name, version: `${Major}.${Minor}.${Patch}` };
}

/** The program of a phase: the newest handler wins, whichever Node then runs it; undefined when the task has none. */
export function targetOf(definition: TaskDefinition, phase: Phase): string | undefined {
  const handlers = definition[phase];
  return (handlers?.Node24 ?? handlers?.Node20_1)?.target;
}

/**
 * Defaults, the step's inputs over them, `$(variable)` expanded, in the definition's spelling. An input that the task
 * does not declare is passed on (Agent.Worker/TaskRunner.cs), one that it requires is asked for, as by the server. A
 * `filePath` is rooted in the working directory, an empty one too.
 */
export function resolveInputs(
  definition: TaskDefinition,
  given: Record<string, string>,
  variables: Variables,
): Record<string, string> {
  const resolved: Record<string, string> = {};
  for (const { name, defaultValue } of definition.inputs) resolved[name] = defaultValue;
  for (const [name, value] of Object.entries(given)) {
    const declared = definition.inputs.find((input) =>
      [input.name, ...(input.aliases ?? [])].some((known) => known.toLowerCase() === name.toLowerCase()),
    );
    resolved[declared?.name ?? name] = value.trim();
  }
  for (const { name, required, visibleRule } of definition.inputs) {
    if (required && !resolved[name] && isShown(visibleRule, (other) => resolved[other] ?? ''))
      throw new Error(`${definition.name}: the required input '${name}' is missing.`);
  }
  const root = variables.get('System.DefaultWorkingDirectory')?.value ?? '';
  const files = new Set(definition.inputs.filter(({ type }) => type === 'filePath').map(({ name }) => name));
  return Object.fromEntries(
    Object.entries(resolved).map(([name, value]) => {
      const expanded = variables.expand(value);
      return [name, files.has(name) ? path.resolve(root, expanded) : expanded];
    }),
  );
}
