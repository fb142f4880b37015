import * as path from 'node:path';
import { runUnchecked } from '../../common/process';
import { capture, withoutBody } from '../capture';
import type { CommandCheck, CommandExpectation } from '../checks';
import { contentMismatches } from '../expectations';
import type { ProbeContext, ProbeResult } from '../probe';
import { resolveContent } from '../request';
import type { Json, Values } from '../values';

/** Lines of the output that are kept, from its end. */
const KEPT_LINES = 500;

/**
 * Runs a program on the agent and judges how it ended.
 * @throws UserError when it cannot be started
 */
export async function probeCommand(
  { run, env, folder, expect, captures }: CommandCheck,
  { values }: ProbeContext,
  signal: AbortSignal,
): Promise<ProbeResult> {
  const [program = '', ...args] = run.map((part) => values.text(part));
  const lines: string[] = [];
  const keep = (line: string): void => {
    lines.push(line);
    if (lines.length > KEPT_LINES) lines.shift();
  };
  const { exitCode } = await runUnchecked(
    program.startsWith('.') ? path.resolve(folder, program) : program,
    args,
    {
      cwd: folder,
      env: values.texts(env),
      signal,
      silent: true,
      onStdoutLine: keep,
      onStderrLine: keep,
    },
  );
  const output = lines.join('\n');
  const mismatches = judgeOutput(expect, { exitCode }, output, values);
  const captured = capture(captures, { json: lastJson(output) }, values);
  if (!captured.mayShow) return { failures: withoutBody(mismatches, captured.failures, '') };
  return { failures: [...mismatches, ...captured.failures], output };
}

/** Why the end of a command is not what was expected; its JSON is its last line. */
export function judgeOutput(
  expect: CommandExpectation,
  { exitCode, killed }: { exitCode: number; killed?: string },
  output: string,
  values: Values,
): string[] {
  const { json, ...text } = resolveContent(expect, values);
  const last = lastJson(output);
  return [
    ...(exitCode === expect.exitCode
      ? []
      : [
          `Expected exit code ${expect.exitCode}, found ${exitCode}${killed === undefined ? '' : ` (${killed})`}.`,
        ]),
    ...contentMismatches(output, { ...text, json: {} }),
    ...contentMismatches(last === undefined ? output : JSON.stringify(last), {
      contains: [],
      excludes: [],
      json,
    }),
  ];
}

/** The last line that is not empty, as JSON; undefined when it is none. */
export function lastJson(output: string): Json | undefined {
  const line = output.trimEnd().split('\n').pop() ?? '';
  try {
    return JSON.parse(line) as Json;
  } catch {
    return undefined;
  }
}
