import { existsSync } from 'node:fs';
import { readdir, rename, rm } from 'node:fs/promises';
import * as path from 'node:path';
import type { CacheOptions } from './cache';

/** BuildKit adds to a local cache and never takes anything away, so each run writes a new one beside the old. */
const NEW = '.new';

/** Puts the caches that this run wrote in the place of those that it read. */
export async function keepLocalCaches({ kind, directory }: CacheOptions): Promise<void> {
  if (kind !== 'local' || !existsSync(directory)) return;
  for (const name of await readdir(directory)) {
    if (!name.endsWith(NEW)) continue;
    const target = path.join(directory, name.slice(0, -NEW.length));
    await rm(target, { recursive: true, force: true });
    await rename(path.join(directory, name), target);
  }
}
