import { workingDirectory } from '../common/agent/inputs';
import { messageOf, UserError } from '../common/errors';
import { run } from '../common/process';
import type { Builder } from './builder';
import type { Component } from './components';
import { componentsOf, type PrintedBakeFile } from './userBakeFile';

/**
 * Has buildx read a bake file, HCL or JSON, with its variables and functions.
 * @throws UserError with buildx's own words
 */
export async function printedComponents(file: string, builder: Builder): Promise<Component[]> {
  const print = async (...groups: string[]): Promise<PrintedBakeFile> => {
    const lines: string[] = [];
    // Without another output, buildx makes the files of the one that the bake file names, even to print it.
    const args = ['--file', file, '--print', '--set', '*.output=type=cacheonly', ...groups];
    await run('docker', ['buildx', 'bake', ...args], {
      cwd: workingDirectory(),
      env: builder.env,
      signal: builder.signal,
      silent: true,
      onStdoutLine: (line) => {
        lines.push(line);
      },
    });
    return JSON.parse(lines.join('\n')) as PrintedBakeFile;
  };
  try {
    return componentsOf(await printWithTests(print), workingDirectory());
  } catch (error) {
    builder.signal.throwIfAborted();
    throw new UserError(`The bake file ${file} cannot be used: ${messageOf(error)}`);
  }
}

/** A group `test` is a matter of choice. */
async function printWithTests(
  print: (...groups: string[]) => Promise<PrintedBakeFile>,
): Promise<PrintedBakeFile> {
  try {
    return await print('default', 'test');
  } catch (error) {
    if (!messageOf(error).includes('failed to find target test')) throw error;
    return print('default');
  }
}
