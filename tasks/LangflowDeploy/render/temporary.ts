import { mkdtemp, rm } from 'node:fs/promises';
import * as path from 'node:path';
import { temporaryFolder } from '../../common/agent/results';

/** Runs `use` with a folder of its own that is gone afterwards. */
export async function inTemporaryFolder<T>(prefix: string, use: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(path.join(temporaryFolder(), prefix));
  try {
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
