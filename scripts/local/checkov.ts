import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, rm, symlink } from 'node:fs/promises';
import * as path from 'node:path';
import { CACHE, state } from './paths';
import { createPythonEnvironment } from './python';
import { run } from './command';

/** All packages with their versions: `pip freeze` of an environment in which `pip install checkov` ran. */
const REQUIREMENTS = path.join(import.meta.dirname, 'tools/checkov/requirements.txt');

/** Checkov judges samples/infra and the manifests; it is made once a machine and linked into the state's bin folder. */
export async function provideCheckov(): Promise<string> {
  const hash = createHash('sha256')
    .update(await readFile(REQUIREMENTS))
    .digest('hex');
  const folder = path.join(CACHE, `checkov-${hash.slice(0, 12)}`);
  // Its last file, so that an interrupted installation does not look finished.
  const finished = path.join(folder, 'installed');
  const cached = existsSync(finished);
  if (!cached) {
    await rm(folder, { recursive: true, force: true });
    await createPythonEnvironment(folder, ['--no-deps', '--requirement', REQUIREMENTS]);
    await run('touch', [finished]);
  }
  const link = state('bin/checkov');
  await rm(link, { force: true });
  await symlink(path.join(folder, 'bin/checkov'), link);
  return cached ? 'cached' : 'installed';
}
