import { existsSync, readFileSync } from 'node:fs';
import * as path from 'node:path';
import Ajv, { type ValidateFunction } from 'ajv';
import { workingDirectory } from '../common/agent/inputs';
import { UserError } from '../common/errors';
import { relativePath } from '../common/paths';
import { YamlFile } from '../common/yaml';
import { KINDS } from './findings';
import type * as written from './policy.generated';
import type { Exception, Policy } from './policy';
import schema from './policy.schema.json';
import { shortPolicy, type ShortPolicy } from './shortPolicy';

export interface PolicyAndVex {
  policy: Policy;
  /** Absolute paths. */
  vex: string[];
}

/**
 * Reads the policy file.
 * @param file absolute path
 * @throws UserError when it cannot be read; YamlMistake with file, line and column of the first mistake
 */
export function readPolicy(file: string, short: ShortPolicy): PolicyAndVex {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new UserError(
      `Input 'policy': ${file} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown'}); accepted is the ` +
        'path of a YAML file, relative to the sources.',
    );
  }
  return parsePolicy(text, relativePath(workingDirectory(), file), short, path.dirname(file));
}

/** As `readPolicy`; `name` names the text in messages, and paths of VEX files start at `folder`. */
export function parsePolicy(text: string, name: string, short: ShortPolicy, folder: string): PolicyAndVex {
  const yaml = new YamlFile(name, text);
  // A file whose every line is a comment.
  const content = yaml.value === null ? {} : yaml.as(validator());
  const base = shortPolicy(short);
  const exceptions = (content.exceptions ?? []).map((one, index) => {
    if (Number.isNaN(endOf(one.expires)))
      throw yaml.mistake(
        ['exceptions', index, 'expires'],
        `exceptions[${index}].expires is "${one.expires}", which is no day of the calendar.`,
      );
    return exception(one, yaml.positionOf(['exceptions', index]).line, name);
  });
  const vex = (content.vex ?? []).map((one, index) => {
    const file = path.resolve(folder, one);
    if (!existsSync(file)) {
      throw yaml.mistake(
        ['vex', index],
        `vex[${index}]: there is no file ${file}; accepted are paths relative to the policy file.`,
      );
    }
    return file;
  });
  return {
    policy: {
      thresholds: Object.fromEntries(
        KINDS.map((kind) => [kind, content.thresholds?.[kind] ?? base.thresholds[kind]]),
      ) as Policy['thresholds'],
      ignoreUnfixed: content.ignoreUnfixed ?? base.ignoreUnfixed,
      exceptions,
    },
    vex,
  };
}

function exception({ expires, ...written }: written.Exception, line: number, file: string): Exception {
  return { ...written, expires, expiresAt: endOf(expires), line, file };
}

/** The end of a day, in milliseconds since the epoch; NaN for a day that no calendar has. */
function endOf(day: string): number {
  const start = new Date(`${day}T00:00:00Z`);
  // JavaScript takes February 30 for March 1 or 2.
  if (Number.isNaN(start.getTime()) || start.toISOString().slice(0, 10) !== day) return NaN;
  return start.getTime() + 24 * 60 * 60 * 1_000;
}

let compiled: ValidateFunction<written.PolicyFile> | undefined;

function validator(): ValidateFunction<written.PolicyFile> {
  return (compiled ??= new Ajv({
    allErrors: true,
    verbose: true,
    allowUnionTypes: true,
  }).compile<written.PolicyFile>(schema));
}
