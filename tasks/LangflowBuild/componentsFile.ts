import { readFileSync, statSync } from 'node:fs';
import * as path from 'node:path';
import Ajv from 'ajv';
import { workingDirectory } from '../common/agent/inputs';
import { UserError } from '../common/errors';
import { relativePath } from '../common/paths';
import { YamlFile, type YamlMistake } from '../common/yaml';
import { basesOf, isFolderContext, type Component } from './components';
import type { ComponentEntry, ComponentsFile, TestEntry } from './components.generated';
import schema from './components.schema.json';

/** Where a mistake is: keys and indices from the root of the YAML. */
type At = (string | number)[];

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
        'YAML that begins with "components:", or the path of such a file or of a bake file, relative to the sources.',
    );
  }
  return parseComponents(text, relativePath(workingDirectory(), file), path.dirname(file));
}

/**
 * @param where names the text in messages
 * @param folder where relative contexts start
 * @throws UserError as `readComponents`
 */
export function parseComponents(text: string, where: string, folder: string): Component[] {
  const file = new YamlFile(where, text);
  const ajv = new Ajv({ verbose: true, allErrors: true });
  const { components: entries } = file.as(ajv.compile<ComponentsFile>(schema));
  const components = entries.flatMap((entry) => withTests(entry, folder));
  entries.forEach((entry, index) => {
    const found = mistakeOf(entry, index, entries, components);
    if (found) throw mistakeAt(file, ['components', index, ...found.at], entry.name, found.what);
  });
  if (!components.some(({ publish }) => publish)) {
    throw file.mistake(['components'], 'every component has publish: false, so there is nothing to release.');
  }
  return components;
}

function mistakeAt(file: YamlFile, at: At, name: string, what: string): YamlMistake {
  return file.mistake(at, `component '${name}': ${what}`);
}

/** The first mistake that the schema cannot see: names, files and the graph. */
function mistakeOf(
  entry: ComponentEntry,
  index: number,
  entries: readonly ComponentEntry[],
  components: readonly Component[],
): { at: At; what: string } | undefined {
  const names = entries.map(({ name }) => name);
  if (names.indexOf(entry.name) !== index) {
    return { at: ['name'], what: 'an earlier component has this name, too. Give each its own.' };
  }
  const component = components.find(({ name }) => name === entry.name);
  if (!component) return undefined;
  if (!isFolder(component.context)) {
    return {
      at: ['context'],
      what: `the context folder ${component.context} does not exist. It is relative to this file.`,
    };
  }
  if (!isFile(component.dockerfile)) {
    return {
      at: ['dockerfile'],
      what: `the Dockerfile ${component.dockerfile} does not exist. It is relative to the context.`,
    };
  }
  const tests = components.filter(({ testOf }) => testOf === entry.name).map(({ name }) => name);
  const twice = tests.findIndex((name, position) => tests.indexOf(name) !== position || names.includes(name));
  if (twice >= 0) {
    return { at: ['tests', twice], what: `another test or component is called ${tests[twice] ?? ''}, too.` };
  }
  return mistakeInContexts(component, names, components);
}

function mistakeInContexts(
  component: Component,
  names: readonly string[],
  components: readonly Component[],
): { at: At; what: string } | undefined {
  const at = ['contexts'];
  const unknown = basesOf(component).find((base) => !names.includes(base));
  if (unknown !== undefined)
    return { at, what: `there is no component '${unknown}'; there are ${names.join(', ')}.` };
  const missing = Object.values(component.contexts).find(
    (value) => isFolderContext(value) && !isFolder(value),
  );
  if (missing !== undefined) {
    return {
      at,
      what: `the folder ${missing} does not exist. Accepted are target:<component>, docker-image://<image>, another URL, or a folder relative to this file.`,
    };
  }
  const cycle = cycleFrom(component.name, components);
  return cycle && { at, what: `the components need each other in a circle: ${cycle.join(' → ')}.` };
}

/** A component and a target for each of its tests, which are built in the same way up to their own stage. */
function withTests(entry: ComponentEntry, folder: string): Component[] {
  const component = withDefaults(entry, folder);
  const test = ({ target, name = slug(target) }: TestEntry): Component => ({
    ...component,
    name: `${component.name}-${name}`,
    target,
    publish: false,
    testOf: component.name,
  });
  return [component, ...(entry.tests ?? []).map(test)];
}

function withDefaults(entry: ComponentEntry, folder: string): Component {
  const context = path.resolve(folder, entry.context ?? '.');
  const absolute = (value: string): string => (isFolderContext(value) ? path.resolve(folder, value) : value);
  return {
    name: entry.name,
    context,
    dockerfile: path.resolve(context, entry.dockerfile ?? 'Dockerfile'),
    target: entry.target,
    args: entry.args ?? {},
    contexts: Object.fromEntries(
      Object.entries(entry.contexts ?? {}).map(([name, value]) => [name, absolute(value)]),
    ),
    platforms: entry.platforms ?? [],
    labels: entry.labels ?? {},
    secrets: entry.secrets ?? [],
    ssh: entry.ssh ?? false,
    publish: entry.publish ?? true,
    testOf: undefined,
    bake: {},
  };
}

function slug(text: string): string {
  return text.toLowerCase().replace(/[^a-z0-9]+/g, '-');
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

function isFolder(file: string): boolean {
  return statSync(file, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

function isFile(file: string): boolean {
  return statSync(file, { throwIfNoEntry: false })?.isFile() ?? false;
}
