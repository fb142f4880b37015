import * as tl from 'azure-pipelines-task-lib/task';
import { messageOf, UserError } from './errors';
import { harmless } from './agent/log';

/** The agent gives a cancelled step 7.5 s from SIGINT to SIGTERM; a child that ignores SIGINT must be gone by then. */
const STOP: readonly Stop[] = [
  { signal: 'SIGINT', afterMs: 0 },
  { signal: 'SIGTERM', afterMs: 4_000 },
  { signal: 'SIGKILL', afterMs: 6_500 },
];
/** Windows has no signals: Node's kill ends a child at once, and the agent's Ctrl+C has asked it already. */
const STOP_ON_WINDOWS: readonly Stop[] = [{ signal: 'SIGKILL', afterMs: 6_500 }];
/** Lines kept of each stream, for the message when the program fails. */
const TAIL_LINES = 40;

interface Stop {
  signal: NodeJS.Signals;
  afterMs: number;
}

export interface RunOptions {
  cwd?: string;
  /** Added to the step's environment. Secrets belong here or in a file, never in the arguments. */
  env?: Record<string, string>;
  signal?: AbortSignal;
  /** Print nothing of the child; its lines still reach the callbacks and the tail. */
  silent?: boolean;
  onStdoutLine?: (line: string) => void;
  onStderrLine?: (line: string) => void;
}

/** Exit code and the last lines of both streams, in the order in which they came. */
export interface RunResult {
  exitCode: number;
  tail: string[];
}

/** A program that ended with an exit code other than 0; the message has its last words. */
export class ProcessError extends UserError {
  override name = 'ProcessError';

  constructor(
    readonly program: string,
    readonly result: RunResult,
  ) {
    super(`${program} ended with exit code ${result.exitCode}.${lastWords(result.tail)}`);
  }
}

/**
 * Starts a program and waits for it: the only place where a task starts one. What it prints is stripped of logging
 * commands; when the step is cancelled it gets SIGINT, then SIGTERM, then SIGKILL, and on Windows just the last.
 * @throws ProcessError when the exit code is not 0; the signal's reason when cancelled
 */
export async function run(
  program: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<RunResult> {
  const result = await runUnchecked(program, args, options);
  if (result.exitCode !== 0) throw new ProcessError(program, result);
  return result;
}

/** As `run`, for programs whose exit code is an answer. */
export async function runUnchecked(
  program: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<RunResult> {
  options.signal?.throwIfAborted();
  const tool = findTool(program).arg([...args]);
  const tail: string[] = [];
  const keep = (line: string): void => {
    tail.push(harmless(line));
    if (tail.length > TAIL_LINES) tail.shift();
  };
  tool.on('stdline', (line: string) => {
    keep(line);
    options.onStdoutLine?.(line);
  });
  tool.on('errline', (line: string) => {
    keep(line);
    options.onStderrLine?.(line);
  });

  const timers: NodeJS.Timeout[] = [];
  const stop = (): void => {
    for (const { signal, afterMs } of stopsOn(process.platform))
      timers.push(
        setTimeout(() => {
          tool.killChildProcess(signal);
        }, afterMs),
      );
  };
  options.signal?.addEventListener('abort', stop, { once: true });
  try {
    const exitCode = await tool.execAsync({
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
      silent: options.silent ?? false,
      ignoreReturnCode: true,
      externalOutput: { source: 'childProcess' },
    });
    options.signal?.throwIfAborted();
    return { exitCode, tail };
  } catch (thrown) {
    options.signal?.throwIfAborted();
    throw new UserError(`${program} could not be run: ${harmless(messageOf(thrown))}`);
  } finally {
    options.signal?.removeEventListener('abort', stop);
    timers.forEach(clearTimeout);
  }
}

/** What a child gets once the step is cancelled, and when. */
export function stopsOn(platform: NodeJS.Platform): readonly Stop[] {
  return platform === 'win32' ? STOP_ON_WINDOWS : STOP;
}

function findTool(program: string): ReturnType<typeof tl.tool> {
  try {
    return tl.tool(program);
  } catch (thrown) {
    throw new UserError(`${program} could not be run: ${messageOf(thrown)}`);
  }
}

function lastWords(tail: string[]): string {
  const words = tail.filter((line) => line.trim() !== '');
  return words.length === 0 ? ' It printed nothing.' : ` Its last words:\n${words.join('\n')}`;
}
