import { readFileSync } from 'node:fs';
import * as path from 'node:path';
import Ajv from 'ajv';
import { workingDirectory } from '../common/agent/inputs';
import { parseDuration } from '../common/duration';
import { messageOf, UserError } from '../common/errors';
import { YamlFile, type YamlPath } from '../common/yaml';
import { parseJsonPath } from './capture';
import type * as written from './checks.generated';
import schema from './checks.schema.json';
import { parseTarget, type Target } from './target';
import { referencesIn, Values, type Json } from './values';

interface CommonCheck {
  name: string;
  /** Of the file, from 1. */
  line: number;
  /** Names of captured values without which it cannot run. */
  needs: string[];
  attempts: number;
  intervalMs: number;
  /** Of one attempt. */
  timeoutMs: number;
}

export interface Capture {
  name: string;
  path: string[];
  secret: boolean;
}

/** Texts of request and expectation may still have references. */
export interface HttpCheck extends CommonCheck {
  kind: 'http';
  target: Target;
  request: {
    path: string;
    method: string;
    headers: Record<string, string>;
    body?: Json;
    form?: Record<string, string>;
  };
  expect: { status?: number; body?: Json; contains?: string };
  captures: Capture[];
}

export interface JobCheck extends CommonCheck {
  kind: 'job';
  workload: { kind: 'Deployment' | 'StatefulSet' | 'DaemonSet'; name: string };
  /** Undefined: the first. */
  container: string | undefined;
  command: string[];
  expect: { exitCode: number; contains?: string };
}

export type Check = HttpCheck | JobCheck;

const HTTP_TIMEOUT_MS = 30_000;
const JOB_TIMEOUT_MS = 120_000;
const INTERVAL_MS = 2_000;

const KINDS = { deployment: 'Deployment', statefulset: 'StatefulSet', daemonset: 'DaemonSet' } as const;

/**
 * Reads the file of checks.
 * @param file absolute path
 * @param variables what the input `variables` gives
 * @throws UserError when it cannot be read; YamlMistake with file and line of the first mistake
 */
export function readChecks(file: string, variables: Readonly<Record<string, string>>): Check[] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new UserError(
      `Input 'checks': ${file} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown'}); accepted is the ` +
        'path of a YAML file with checks, relative to the sources.',
    );
  }
  return parseChecks(text, path.relative(workingDirectory(), file), variables);
}

/** As `readChecks`; `file` names the text in messages. */
export function parseChecks(
  text: string,
  file: string,
  variables: Readonly<Record<string, string>>,
): Check[] {
  const yaml = new YamlFile(file, text);
  // `tsType` is for the generated types.
  const ajv = new Ajv({ allErrors: true, verbose: true, allowUnionTypes: true, keywords: ['tsType'] });
  const { checks } = yaml.as(ajv.compile<written.ChecksFile>(schema));
  const captured = new Map<string, string>();
  return checks.map((check, index) => {
    const at = ['checks', index];
    if (checks.findIndex(({ name }) => name === check.name) !== index) {
      throw yaml.mistake(
        [...at, 'name'],
        `an earlier check is named '${check.name}', too. Give each its own.`,
      );
    }
    const needs = neededBy(yaml, at, check, variables, captured);
    const parsed = 'http' in check ? httpCheck(yaml, at, check, variables) : jobCheck(check);
    for (const { name } of parsed.kind === 'http' ? parsed.captures : []) {
      const earlier =
        captured.get(name) ?? (Object.hasOwn(variables, name) ? "the input 'variables'" : undefined);
      if (earlier !== undefined) {
        throw yaml.mistake([...at, 'capture', name], `${earlier} gives ${name} already. Take another name.`);
      }
      captured.set(name, `check '${check.name}'`);
    }
    return {
      ...parsed,
      name: check.name,
      line: yaml.positionOf(at).line,
      needs,
      attempts: check.retry?.attempts ?? 1,
      intervalMs: durationOf(yaml, [...at, 'retry', 'interval'], check.retry?.interval) ?? INTERVAL_MS,
      timeoutMs:
        durationOf(yaml, [...at, 'timeout'], check.timeout) ??
        (parsed.kind === 'http' ? HTTP_TIMEOUT_MS : JOB_TIMEOUT_MS),
    };
  });
}

function httpCheck(
  yaml: YamlFile,
  at: YamlPath,
  { http, expect = {}, capture = {} }: written.HttpCheck,
  variables: Readonly<Record<string, string>>,
): Omit<HttpCheck, keyof CommonCheck> {
  const where = [...at, 'http', 'target'];
  const later = referencesIn(http.target).find((name) => !Object.hasOwn(variables, name));
  if (later !== undefined) {
    throw yaml.mistake(
      where,
      `the target has a captured value, ${later}; accepted are variables of the step only.`,
    );
  }
  const target = parseTarget(new Values(variables).text(http.target));
  if (typeof target === 'string') throw yaml.mistake(where, target);
  if (target.kind === 'url' && target.url.search !== '' && http.path !== undefined) {
    throw yaml.mistake(
      where,
      'the target has a query although there is a path; the query belongs to the path.',
    );
  }
  return {
    kind: 'http',
    target,
    request: {
      path: http.path ?? '',
      method: http.method ?? (http.body === undefined && http.form === undefined ? 'GET' : 'POST'),
      headers: http.headers ?? {},
      body: http.body as Json | undefined,
      form: http.form,
    },
    expect: { ...expect, body: expect.body as Json | undefined },
    captures: Object.entries(capture).map(([name, { json, secret = false }]) => ({
      name,
      path: parseJsonPath(json),
      secret,
    })),
  };
}

function jobCheck({ job, expect = {} }: written.JobCheck): Omit<JobCheck, keyof CommonCheck> {
  const [kind, name] = job.like.split('/') as [keyof typeof KINDS, string];
  return {
    kind: 'job',
    workload: { kind: KINDS[kind], name },
    container: job.container,
    command: job.command,
    expect: { ...expect, exitCode: expect.exitCode ?? 0 },
  };
}

/** The captured values that a check refers to; a reference to what nobody gives is a mistake. */
function neededBy(
  yaml: YamlFile,
  at: YamlPath,
  check: written.HttpCheck | written.JobCheck,
  variables: Readonly<Record<string, string>>,
  captured: ReadonlyMap<string, string>,
): string[] {
  return referencesWithPlace(check, at).flatMap(({ name, place }) => {
    if (Object.hasOwn(variables, name)) return [];
    if (captured.has(name)) return [name];
    const known = [...Object.keys(variables), ...captured.keys()].join(', ') || 'there is none';
    throw yaml.mistake(
      place,
      `nothing gives \${${name}}. Known here, from the input 'variables' and the captures of earlier checks: ${known}. ` +
        `For the text itself, write $\${${name}}.`,
    );
  });
}

function referencesWithPlace(value: unknown, place: YamlPath): { name: string; place: YamlPath }[] {
  if (typeof value !== 'object' || value === null)
    return referencesIn(value).map((name) => ({ name, place }));
  return Object.entries(value).flatMap(([key, inner]) =>
    referencesWithPlace(inner, [...place, Array.isArray(value) ? Number(key) : key]),
  );
}

function durationOf(yaml: YamlFile, at: YamlPath, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  try {
    return parseDuration(`${at.at(-1) ?? ''}`, text);
  } catch (error) {
    throw yaml.mistake(at, messageOf(error));
  }
}
