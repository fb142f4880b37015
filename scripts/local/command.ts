import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import * as path from 'node:path';
import { text } from 'node:stream/consumers';
import { logFile } from './paths';
import { lastLines } from './tail';

export interface CommandOptions {
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  /** Written to its standard input; the place for secrets, for the arguments are logged. */
  input?: string;
  /** What it prints is not logged. */
  secret?: boolean;
}

/**
 * Runs a program to its end; both of its streams are kept in log/<program>.log.
 * @returns its standard output, trimmed
 * @throws when it ends with another code than 0, with the end of the log
 */
export async function run(program: string, args: string[], options: CommandOptions = {}): Promise<string> {
  const log = logFile(path.basename(program));
  await mkdir(path.dirname(log), { recursive: true });
  const sink = createWriteStream(log, { flags: 'a' });
  sink.write(`$ ${program} ${args.join(' ')}\n`);
  const child = spawn(program, args, { cwd: options.cwd, env: { ...process.env, ...options.env } });
  // A program that does not read its input must not end us with EPIPE.
  child.stdin.on('error', () => undefined).end(options.input ?? '');
  if (!options.secret) child.stdout.pipe(sink, { end: false });
  child.stderr.pipe(sink, { end: false });
  const ended = new Promise<number | string>((resolve) => {
    child.once('error', (error) => {
      resolve(error.message);
    });
    child.once('close', (code, signal) => {
      resolve(code ?? signal ?? 'no exit code');
    });
  });
  const [output, code] = await Promise.all([text(child.stdout), ended]);
  await new Promise((resolve) => sink.end(resolve));
  if (code !== 0) throw new Error(`${program} ${args[0] ?? ''} failed (${code}).\n${await lastLines(log)}`);
  return output.trim();
}

/** Whether a program can be run and ends well. */
export async function succeeds(
  program: string,
  args: string[],
  options: CommandOptions = {},
): Promise<boolean> {
  return run(program, args, options).then(
    () => true,
    () => false,
  );
}
