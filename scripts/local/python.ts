import * as path from 'node:path';
import { run } from './command';

/** A virtual environment of Debian's Python with packages of PyPI; `packages` are arguments of `pip install`. */
export async function createPythonEnvironment(folder: string, packages: string[]): Promise<void> {
  await run('/usr/bin/python3', ['-m', 'venv', folder]);
  await run(path.join(folder, 'bin/pip'), ['install', '--quiet', ...packages]);
}
