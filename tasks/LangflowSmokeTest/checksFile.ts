import { readFileSync } from 'node:fs';
import * as path from 'node:path';
import Ajv, { type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import { workingDirectory } from '../common/agent/inputs';
import { UserError } from '../common/errors';
import { didYouMean } from '../common/nearest';
import { relativePath } from '../common/paths';
import { YamlFile, type YamlPath } from '../common/yaml';
import { allChecks, type Check, type Cleanup, type Plan } from './checks';
import type * as written from './checks.generated';
import schema from './checks.schema.json';
import { capturesOf, commonFields, ownFields, targetOf, type Source } from './parseCheck';
import { referencesIn } from './values';

/**
 * Reads the file of checks.
 * @param file absolute path
 * @param variables what the input `variables` gives, and RUN_ID and the like
 * @throws UserError when it cannot be read; YamlMistake with file and line of the first mistake
 */
export function readChecks(file: string, variables: Readonly<Record<string, string>>): Plan {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new UserError(
      `Input 'checks': ${file} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown'}); accepted is the ` +
        'path of a YAML file with checks, relative to the sources.',
    );
  }
  return parseChecks(text, relativePath(workingDirectory(), file), variables, path.dirname(file));
}

/**
 * As `readChecks`; `file` names the text in messages.
 * @param folder in which commands run
 */
export function parseChecks(
  text: string,
  file: string,
  variables: Readonly<Record<string, string>>,
  folder = '.',
): Plan {
  const yaml = new YamlFile(file, text);
  const content = yaml.as(validator());
  if (content.checks === undefined && content.groups === undefined) {
    throw yaml.mistake([], "the file has neither 'checks' nor 'groups'; it needs one of them.");
  }
  const source: Source = { yaml, variables, folder };
  const names = new Set<string>();
  // What `checks` captures is there for all; what a group captures is there for the rest of that group.
  const global = new Map<string, string>();
  const everywhere = new Map<string, string>();
  const parseAll = (checks: readonly written.Check[], at: YamlPath, known: Map<string, string>): Check[] =>
    checks.map((check, index) => parseOne(source, [...at, index], check, { known, everywhere, names }));
  const first = parseAll(content.checks ?? [], ['checks'], global);
  const groups = (content.groups ?? []).map(({ name, checks }, index) => ({
    name,
    checks: parseAll(checks, ['groups', index, 'checks'], new Map(global)),
  }));
  const twice = groups.findIndex(({ name }, index) => groups.findIndex((one) => one.name === name) !== index);
  if (twice >= 0)
    throw yaml.mistake(['groups', twice, 'name'], 'an earlier group has this name, too. Give each its own.');
  return { first, groups };
}

interface Scope {
  /** Captured values that the check may use → the check that gives them. */
  known: Map<string, string>;
  /** Captured values of the whole file. */
  everywhere: Map<string, string>;
  names: Set<string>;
}

function parseOne(source: Source, at: YamlPath, check: written.Check, scope: Scope): Check {
  const { yaml, variables } = source;
  if (scope.names.has(check.name)) {
    throw yaml.mistake([...at, 'name'], `an earlier check is named '${check.name}', too. Give each its own.`);
  }
  scope.names.add(check.name);
  const { cleanup, ...rest } = check;
  const needs = neededBy(source, at, rest, scope);
  const own = ownFields(source, at, check);
  const captures = capturesOf(source, at, check);
  for (const { name } of captures) {
    const earlier =
      scope.everywhere.get(name) ?? (Object.hasOwn(variables, name) ? "the input 'variables'" : undefined);
    if (earlier !== undefined) {
      throw yaml.mistake([...at, 'capture', name], `${earlier} gives ${name} already. Take another name.`);
    }
    scope.everywhere.set(name, `check '${check.name}'`);
    scope.known.set(name, `check '${check.name}'`);
  }
  return {
    ...own,
    ...commonFields(source, at, check),
    needs,
    captures,
    cleanup: cleanup && cleanupOf(source, [...at, 'cleanup'], cleanup, own, scope),
  };
}

function cleanupOf(
  source: Source,
  at: YamlPath,
  { target, path: wanted, method = 'DELETE', headers }: written.Cleanup,
  own: ReturnType<typeof ownFields>,
  scope: Scope,
): Cleanup {
  const of =
    target === undefined
      ? 'target' in own
        ? own.target
        : undefined
      : targetOf(source, [...at, 'target'], target);
  if (of === undefined)
    throw source.yaml.mistake(at, 'the cleanup has no target, and neither has the check.');
  const request = {
    path: wanted,
    method,
    headers: headers ?? ('request' in own ? own.request.headers : {}),
  };
  return { target: of, request, needs: neededBy(source, at, request, scope) };
}

/** The captured values that a check refers to; a reference to what nobody gives is a mistake. */
function neededBy({ yaml, variables }: Source, at: YamlPath, check: unknown, scope: Scope): string[] {
  const needed = referencesWithPlace(check, at).flatMap(({ name, place }) => {
    if (Object.hasOwn(variables, name)) return [];
    if (scope.known.has(name)) return [name];
    const elsewhere = scope.everywhere.get(name);
    if (elsewhere !== undefined) {
      throw yaml.mistake(
        place,
        `\${${name}} is captured by ${elsewhere} of another group, which is made at the same time. Move that check into 'checks', or into this group.`,
      );
    }
    const known = [...Object.keys(variables), ...scope.known.keys()];
    throw yaml.mistake(
      place,
      `nothing gives \${${name}}. Known here, from the input 'variables' and the captures of earlier checks: ` +
        `${known.join(', ') || 'there is none'}.${didYouMean(name, known)} For the text itself, write $\${${name}}.`,
    );
  });
  return [...new Set(needed)];
}

function referencesWithPlace(value: unknown, place: YamlPath): { name: string; place: YamlPath }[] {
  if (typeof value !== 'object' || value === null)
    return referencesIn(value).map((name) => ({ name, place }));
  return Object.entries(value).flatMap(([key, inner]) =>
    referencesWithPlace(inner, [...place, Array.isArray(value) ? Number(key) : key]),
  );
}

/** Which check gives a captured value, for people. */
export function giverOf(plan: Plan, name: string): string {
  return allChecks(plan).find(({ captures }) => captures.some((one) => one.name === name))?.name ?? '';
}

let compiled: ValidateFunction<written.ChecksFile> | undefined;

function validator(): ValidateFunction<written.ChecksFile> {
  if (!compiled) {
    const ajv = new Ajv({ allErrors: true, verbose: true, allowUnionTypes: true, keywords: ['tsType'] });
    addFormats(ajv, ['regex']);
    compiled = ajv.compile<written.ChecksFile>(schema);
  }
  return compiled;
}
