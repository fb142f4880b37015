import { readFileSync, statSync } from 'node:fs';
import * as path from 'node:path';
import Ajv, { type ErrorObject } from 'ajv';
import { isNode, LineCounter, parseDocument } from 'yaml';
import { parseYaml, workingDirectory } from '../common/agent/inputs';
import { UserError } from '../common/errors';
import schema from './components.schema.json';

/** One image and how it is built, with all paths absolute and all defaults filled in. */
export interface Component {
  name: string;
  context: string;
  dockerfile: string;
  target: string | undefined;
  args: Record<string, string>;
  /** Named contexts: `target:<component>`, a URL, or the absolute path of a folder. */
  contexts: Record<string, string>;
  publish: boolean;
}

/** The components file as it is written; `components.schema.json` describes it. */
interface ComponentsFile {
  components: (Pick<Component, 'name'> & Partial<Omit<Component, 'name'>>)[];
}

/** Where a mistake is: keys and indices from the root of the YAML. */
type YamlPath = (string | number)[];

const TARGET = 'target:';

/**
 * Reads the input `components`, YAML or the path of a YAML file, and checks it and the folders that it names.
 * @throws UserError that says where the mistake is, what was found and what is accepted
 */
export function readComponents(input: string): Component[] {
  if (/\n|^components\s*:/.test(input))
    return parseComponents(input, "Input 'components'", workingDirectory());
  const file = path.resolve(workingDirectory(), input);
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new UserError(
      `Input 'components': ${file} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown'}); accepted is ` +
        'YAML that begins with "components:", or the path of such a file, relative to the sources.',
    );
  }
  return parseComponents(text, path.relative(workingDirectory(), file), path.dirname(file));
}

/**
 * @param where names the text in messages
 * @param folder where relative contexts start
 * @throws UserError as `readComponents`
 */
export function parseComponents(text: string, where: string, folder: string): Component[] {
  const value = parseYaml(where, text);
  const mistake = (at: YamlPath, what: string): UserError =>
    new UserError(`${where}, line ${lineOf(text, at)}: ${what}`);

  const validate = new Ajv().compile<ComponentsFile>(schema);
  if (!validate(value)) {
    const [error] = validate.errors ?? [];
    throw error ? mistake(pathOf(error), describe(error)) : mistake([], 'it does not match the schema.');
  }
  const components = value.components.map((component) => withDefaults(component, folder));
  components.forEach((component, index) => {
    const found = mistakeOf(component, index, components);
    if (found)
      throw mistake(['components', index, found.field], `component '${component.name}': ${found.what}`);
  });
  if (!components.some(({ publish }) => publish)) {
    throw mistake(['components'], 'every component has publish: false, so there is nothing to release.');
  }
  return components;
}

/** The first mistake that the schema cannot see: names, files and the graph. */
function mistakeOf(
  component: Component,
  index: number,
  components: readonly Component[],
): { field: keyof Component; what: string } | undefined {
  const names = components.map(({ name }) => name);
  if (names.indexOf(component.name) !== index) {
    return { field: 'name', what: 'an earlier component has this name, too. Give each its own.' };
  }
  if (!isFolder(component.context)) {
    return {
      field: 'context',
      what: `the context folder ${component.context} does not exist. It is relative to this file.`,
    };
  }
  if (!isFile(component.dockerfile)) {
    return {
      field: 'dockerfile',
      what: `the Dockerfile ${component.dockerfile} does not exist. It is relative to the context.`,
    };
  }
  const unknown = basesOf(component).find((base) => !names.includes(base));
  if (unknown !== undefined) {
    return { field: 'contexts', what: `there is no component '${unknown}'; there are ${names.join(', ')}.` };
  }
  const missing = Object.values(component.contexts).find(
    (value) => isFolderContext(value) && !isFolder(value),
  );
  if (missing !== undefined) {
    return {
      field: 'contexts',
      what: `the folder ${missing} does not exist. Accepted are target:<component>, docker-image://<image>, another URL, or a folder relative to this file.`,
    };
  }
  const cycle = cycleFrom(component.name, components);
  return (
    cycle && { field: 'contexts', what: `the components need each other in a circle: ${cycle.join(' → ')}.` }
  );
}

/** Names of the components whose result this one builds upon. */
export function basesOf(component: Component): string[] {
  return Object.values(component.contexts).flatMap((value) => baseOf(value) ?? []);
}

/** This component and all that its image is built upon, itself first. */
export function withBases(component: Component, components: readonly Component[]): Component[] {
  const found = new Set([component]);
  for (const one of found) {
    for (const name of basesOf(one)) {
      const base = components.find((other) => other.name === name);
      if (base) found.add(base);
    }
  }
  return [...found];
}

/** A named context that is a folder, in contrast to another component or a URL. */
export function isFolderContext(value: string): boolean {
  return baseOf(value) === undefined && !isUrl(value);
}

function withDefaults(component: ComponentsFile['components'][number], folder: string): Component {
  const context = path.resolve(folder, component.context ?? '.');
  const absolute = (value: string): string => (isFolderContext(value) ? path.resolve(folder, value) : value);
  return {
    name: component.name,
    context,
    dockerfile: path.resolve(context, component.dockerfile ?? 'Dockerfile'),
    target: component.target,
    args: component.args ?? {},
    contexts: Object.fromEntries(
      Object.entries(component.contexts ?? {}).map(([name, value]) => [name, absolute(value)]),
    ),
    publish: component.publish ?? true,
  };
}

function cycleFrom(
  start: string,
  components: readonly Component[],
  way: readonly string[] = [start],
): string[] | undefined {
  const current = components.find(({ name }) => name === way.at(-1));
  for (const base of current ? basesOf(current) : []) {
    if (base === start) return [...way, base];
    if (!way.includes(base)) {
      const cycle = cycleFrom(start, components, [...way, base]);
      if (cycle) return cycle;
    }
  }
  return undefined;
}

function baseOf(context: string): string | undefined {
  return context.startsWith(TARGET) ? context.slice(TARGET.length) : undefined;
}

function isUrl(context: string): boolean {
  return context.includes('://');
}

function isFolder(file: string): boolean {
  return statSync(file, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

function isFile(file: string): boolean {
  return statSync(file, { throwIfNoEntry: false })?.isFile() ?? false;
}

function pathOf({ instancePath, params }: ErrorObject): YamlPath {
  const parts = instancePath
    .split('/')
    .slice(1)
    .map((part) => part.replace(/~1/g, '/').replace(/~0/g, '~'));
  const unknown = (params as { additionalProperty?: string }).additionalProperty;
  return unknown === undefined ? parts : [...parts, unknown];
}

function describe(error: ErrorObject): string {
  const field =
    error.instancePath
      .slice(1)
      .replace(/\/(\d+)/g, '[$1]')
      .replace(/\//g, '.') || 'the file';
  switch (error.keyword) {
    case 'additionalProperties': {
      const { additionalProperty } = error.params as { additionalProperty: string };
      const { properties } = error.instancePath === '' ? schema : schema.definitions.Component;
      return `${field} has the unknown key '${additionalProperty}'; accepted are ${Object.keys(properties).join(', ')}.`;
    }
    case 'type':
      return /\/args\/[^/]+$/.test(error.instancePath)
        ? `${field} must be a string. Put the value in quotes.`
        : `${field} ${error.message ?? ''}.`;
    default:
      return `${field} ${error.message ?? ''}.`;
  }
}

/** The line of the deepest part of the path that exists; a missing key is reported where its parent begins. */
function lineOf(text: string, at: YamlPath): number {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter });
  for (let length = at.length; length > 0; length--) {
    const node = document.getIn(at.slice(0, length), true);
    if (isNode(node) && node.range) return lineCounter.linePos(node.range[0]).line;
  }
  return 1;
}
