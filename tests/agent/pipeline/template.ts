import * as path from 'node:path';
import { evaluate, textOf, truthy, type Value } from './expressions';
import { asText, get, PipelineError, readYaml, type Entry, type Located, type Place } from './located';

/** What `${{ }}` can speak of, and where the file stands. */
export interface TemplateScope {
  parameters: Record<string, Value>;
  variables: Record<string, Value>;
}

/**
 * Fills in a file: `${{ expression }}`, `${{ if }}`, `${{ elseif }}`, `${{ else }}`, and `template:` in stages, jobs,
 * steps and variables, whose path starts at the file that names it, or with `/` at the root.
 * @param root folder that the names of files are relative to
 */
export function expand(node: Located, scope: TemplateScope, root: string): Located {
  switch (node.type) {
    case 'scalar':
      return typeof node.value === 'string' ? expandScalar(node, node.value, scope, root) : node;
    case 'list':
      return { ...node, items: expandItems(node.items, scope, root) };
    case 'map':
      return { ...node, entries: expandEntries(node.entries, scope, root) };
  }
}

const WHOLE = /^\$\{\{((?:(?!\}\}).)*)\}\}$/s;

function expandScalar(place: Place, text: string, scope: TemplateScope, root: string): Located {
  const whole = WHOLE.exec(text.trim())?.[1];
  // A parameter may be a list of steps.
  if (whole !== undefined) return located(place, evaluated(place, whole, scope), scope, root);
  const value = text.replace(/\$\{\{(.*?)\}\}/gs, (_, expression: string) =>
    textOf(evaluated(place, expression, scope)),
  );
  return { file: place.file, line: place.line, type: 'scalar', value };
}

function evaluated(place: Place, expression: string, scope: TemplateScope): Value {
  try {
    return evaluate(expression, { values: { ...scope } });
  } catch (error) {
    throw new PipelineError(place, (error as Error).message);
  }
}

function located(place: Place, value: Value, scope: TemplateScope, root: string): Located {
  const { file, line } = place;
  if (Array.isArray(value))
    return { file, line, type: 'list', items: value.map((item) => located(place, item, scope, root)) };
  if (typeof value === 'object' && value !== null)
    return {
      file,
      line,
      type: 'map',
      entries: Object.entries(value).map(([key, inner]) => ({
        file,
        line,
        key,
        value: located(place, inner, scope, root),
      })),
    };
  return { file, line, type: 'scalar', value: typeof value === 'boolean' ? textOf(value) : value };
}

const DIRECTIVE = /^\$\{\{\s*(if|elseif|else|each|insert)\b(.*)\}\}$/s;

/** The entries of a map with its `${{ if }}` blocks decided. */
function decided(entries: readonly Entry[], scope: TemplateScope): (Entry | { block: Located })[] {
  let open = false;
  return entries.flatMap((entry): (Entry | { block: Located })[] => {
    const [, directive, rest = ''] = DIRECTIVE.exec(entry.key.trim()) ?? [];
    if (directive === undefined) return [entry];
    if (directive === 'each' || directive === 'insert')
      throw new PipelineError(entry, `'\${{ ${directive} }}' is not supported`);
    const holds =
      directive === 'if'
        ? truthy(evaluated(entry, rest, scope))
        : open && (directive === 'else' || truthy(evaluated(entry, rest, scope)));
    open = directive === 'if' ? !holds : open && !holds;
    return holds ? [{ block: entry.value }] : [];
  });
}

function expandEntries(entries: readonly Entry[], scope: TemplateScope, root: string): Entry[] {
  return decided(entries, scope).flatMap((entry) => {
    if (!('block' in entry)) {
      const key = expandScalar(entry, entry.key, scope, root);
      return [{ ...entry, key: asText(key, 'a key') ?? '', value: expand(entry.value, scope, root) }];
    }
    if (entry.block.type !== 'map')
      throw new PipelineError(entry.block, 'keys are expected below this condition');
    return expandEntries(entry.block.entries, scope, root);
  });
}

/** In a list, a condition is an item of its own whose value is a list; `else` is the item after it. */
function expandItems(items: readonly Located[], scope: TemplateScope, root: string): Located[] {
  const asEntries = items.map((item): Entry => {
    const [first, ...more] = item.type === 'map' ? item.entries : [];
    const directive = first !== undefined && more.length === 0 && DIRECTIVE.test(first.key.trim());
    return directive ? first : { file: item.file, line: item.line, key: '', value: item };
  });
  return decided(asEntries, scope).flatMap((entry) => {
    if ('block' in entry) {
      if (entry.block.type !== 'list')
        throw new PipelineError(entry.block, 'a list is expected below this condition');
      return expandItems(entry.block.items, scope, root);
    }
    const item = expand(entry.value, scope, root);
    const template = asText(get(item, 'template'), 'template');
    if (template === undefined) return item.type === 'list' ? item.items : [item];
    return instantiate(item, template, scope, root);
  });
}

const LISTS = ['stages', 'jobs', 'steps', 'variables'];

function instantiate(item: Located, template: string, scope: TemplateScope, root: string): Located[] {
  if (template.includes('@'))
    throw new PipelineError(item, `templates of other repositories (${template}) are not supported`);
  const file = template.startsWith('/') ? template.slice(1) : path.join(path.dirname(item.file), template);
  const content = readYaml(path.join(root, file), file);
  const parameters = parametersOf(content, get(item, 'parameters'));
  const list = LISTS.map((key) => get(content, key)).find((value) => value !== undefined);
  if (!list) throw new PipelineError({ file, line: 1 }, `a template has one of ${LISTS.join(', ')}`);
  const filled = expand(list, { ...scope, parameters }, root);
  if (filled.type === 'list') return filled.items;
  if (filled.type !== 'map') throw new PipelineError(filled, 'a list is expected');
  return filled.entries.map(({ key, value, file: of, line }) => ({
    file: of,
    line,
    type: 'map',
    entries: [
      { file: of, line, key: 'name', value: { file: of, line, type: 'scalar', value: key } },
      { file: of, line, key: 'value', value },
    ],
  }));
}

/** The parameters of a file with what was passed; both forms of a declaration. */
export function parametersOf(content: Located, given: Located | undefined): Record<string, Value> {
  const declaration = get(content, 'parameters');
  const passed = given?.type === 'map' ? given.entries : [];
  const result: Record<string, Value> = {};
  if (declaration?.type === 'map') {
    for (const { key, value } of declaration.entries) result[key] = plain(value);
  } else if (declaration?.type === 'list') {
    for (const item of declaration.items) {
      const name = asText(get(item, 'name'), "a parameter's name") ?? '';
      const standard = get(item, 'default');
      const own = passed.find(({ key }) => key === name);
      if (!own && !standard)
        throw new PipelineError(given ?? item, `the parameter '${name}' is not given and has no default`);
      const value = plain(own?.value ?? (standard as Located));
      result[name] =
        get(item, 'type') && asText(get(item, 'type'), 'type') === 'boolean' ? truthyText(value) : value;
      const allowed = get(item, 'values');
      if (allowed?.type === 'list' && !allowed.items.some((option) => plain(option) === value))
        throw new PipelineError(own ?? item, `the parameter '${name}' must not be '${textOf(value)}'`);
    }
  }
  for (const { key, value, file, line } of passed) {
    if (declaration?.type !== 'list') result[key] = plain(value);
    else if (!(key in result)) throw new PipelineError({ file, line }, `there is no parameter '${key}'`);
  }
  return result;
}

function truthyText(value: Value): boolean {
  return typeof value === 'string' ? value.toLowerCase() === 'true' : truthy(value);
}

function plain(node: Located): Value {
  if (node.type === 'scalar') return node.value;
  if (node.type === 'list') return node.items.map(plain);
  return Object.fromEntries(node.entries.map(({ key, value }) => [key, plain(value)]));
}
