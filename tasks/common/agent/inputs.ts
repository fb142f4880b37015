import * as path from 'node:path';
import * as tl from 'azure-pipelines-task-lib/task';
import { parseDuration } from '../duration';
import { InputError } from '../errors';
import { relativePath } from '../paths';

/**
 * Reads a task's inputs; each method throws an InputError that says what is accepted. A value such as `$(name)` that the
 * agent left as it was, because no such variable exists, counts as a mistake of the pipeline and is refused.
 */
export const inputs = {
  /** The trimmed text of an input, or undefined when it is empty. */
  optional(name: string): string | undefined {
    const text = tl.getInput(name, false)?.trim();
    if (text === undefined || text === '') return undefined;
    const unresolved = /^\$\(([^()]+)\)$/.exec(text)?.[1];
    if (unresolved !== undefined) {
      throw new InputError(
        name,
        text,
        'a value',
        `Define the pipeline variable '${unresolved}' or leave the input out.`,
      );
    }
    return text;
  },

  /** @param accepted what the input takes, for the error: "a file path such as …" */
  required(name: string, accepted: string): string {
    const text = inputs.optional(name);
    if (text === undefined) throw new InputError(name, '', accepted);
    return text;
  },

  boolean(name: string): boolean {
    const text = inputs.required(name, "'true' or 'false'").toLowerCase();
    if (text !== 'true' && text !== 'false') throw new InputError(name, text, "'true' or 'false'");
    return text === 'true';
  },

  integer(name: string, range: { min: number; max: number }): number {
    const accepted = `a whole number from ${range.min} to ${range.max}`;
    const text = inputs.required(name, accepted);
    const value = Number(text);
    if (!Number.isInteger(value) || value < range.min || value > range.max) {
      throw new InputError(name, text, accepted);
    }
    return value;
  },

  /** One of a fixed list, whatever the case in which it was written. */
  pick<const T extends string>(name: string, options: readonly T[]): T {
    const accepted = `one of ${options.join(', ')}`;
    const text = inputs.required(name, accepted);
    const match = options.find((option) => option.toLowerCase() === text.toLowerCase());
    if (match === undefined) throw new InputError(name, text, accepted);
    return match;
  },

  /** Milliseconds of an input such as `10m`; `0s` only passes when `shortestMs` is 0. */
  duration(name: string, shortestMs = 1): number {
    return parseDuration(name, inputs.required(name, 'a duration such as 90s, 10m or 1h30m'), shortestMs);
  },

  /** A DNS label, what namespaces are named by (kubernetes.io/docs/concepts/overview/working-with-objects/names). */
  dnsLabel(name: string, accepted: string): string {
    const text = inputs.required(name, accepted);
    if (!/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(text)) {
      throw new InputError(name, text, `${accepted}: lower case letters, digits and dashes, at most 63`);
    }
    return text;
  },

  /** An absolute path; relative ones start at the working directory of the job. */
  path(name: string, accepted: string): string {
    return path.resolve(workingDirectory(), inputs.required(name, accepted));
  },

  /** What commas or line breaks separate. */
  list(name: string): string[] {
    return inputs
      .lines(name)
      .flatMap((line) => line.split(','))
      .map((part) => part.trim())
      .filter((part) => part !== '');
  },

  /** Lines that are neither empty nor comments. */
  lines(name: string): string[] {
    return (inputs.optional(name) ?? '')
      .split(/\r?\n/)
      .map((line) => line.trim())
      .filter((line) => line !== '' && !line.startsWith('#'));
  },
};

/** The folder in which relative paths of inputs start: the sources of the job. */
export function workingDirectory(): string {
  return tl.getVariable('System.DefaultWorkingDirectory') ?? process.cwd();
}

/** A file as issues on the run page name it: from the root of the repository. */
export function sourcePath(file: string): string {
  const sources = tl.getVariable('Build.SourcesDirectory') ?? workingDirectory();
  return relativePath(sources, path.resolve(workingDirectory(), file));
}
