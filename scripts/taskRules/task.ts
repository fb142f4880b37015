/** A task.json that has passed our schema (scripts/task.schema.json). */
export interface TaskDefinition {
  id: string;
  name: string;
  friendlyName: string;
  description: string;
  helpMarkDown: string;
  instanceNameFormat: string;
  /** Set in a major that is still shipped beside a newer one. */
  deprecated?: boolean;
  deprecationMessage?: string;
  version: { Major: number; Minor: number; Patch: number };
  minimumAgentVersion: string;
  groups?: { name: string; displayName: string; isExpanded?: boolean }[];
  inputs: TaskInput[];
  dataSourceBindings?: DataSourceBinding[];
  outputVariables: { name: string }[];
  restrictions: { settableVariables: { allowed: string[] } };
  messages?: Record<string, string>;
  prejobexecution?: Handlers;
  execution: Handlers;
  postjobexecution?: Handlers;
}

export interface TaskInput {
  name: string;
  /** Other names of the input in YAML; the agent knows the input by its name alone. */
  aliases?: string[];
  type: string;
  label: string;
  defaultValue: string;
  /** Whether it must be given while it is visible. */
  required: boolean;
  helpMarkDown: string;
  groupName?: string;
  visibleRule?: string;
  options?: Record<string, string>;
  properties?: Record<string, string | boolean>;
}

export interface DataSourceBinding {
  target: string;
  endpointId: string;
  endpointUrl: string;
  /** JSONPath to the items of an answer, after `jsonpath:`. */
  resultSelector: string;
  /** What an item shows, or `{"Value": …, "DisplayValue": …}`. */
  resultTemplate: string;
  /** Values of the templates, for the first page and, from an answer, for the next one; whether there is a next one. */
  initialContextTemplate?: string;
  callbackContextTemplate?: string;
  callbackRequiredTemplate?: string;
}

type Handlers = Record<'Node20_1' | 'Node24', { target: string }>;

/** A task's folder as the gate looks at it. */
export interface TaskSources {
  /** Name of the folder. */
  folder: string;
  /** Parsed task.json. */
  definition: unknown;
  /** Text of each TypeScript file of the programs, also of what tasks share, by its path from the folder. */
  sources: Readonly<Record<string, string>>;
  /** Width and height of icon.png in pixels. */
  iconSize: [number, number];
}

/** What is wrong with one task in one respect, a sentence for each problem. */
export type TaskRule = (definition: TaskDefinition, task: TaskSources) => string[];

/** Names in `text` by the first group of `pattern`, each once. */
export function namesIn(text: string, pattern: RegExp): string[] {
  return [...new Set([...text.matchAll(pattern)].map(([, name]) => name ?? ''))];
}
