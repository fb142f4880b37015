import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';

const ROOT = path.resolve(import.meta.dirname, '../../..');
export const VSIX = path.join(ROOT, 'dist/langflow-delivery.vsix');
/** What the package is made of. */
const SOURCES = ['tasks', 'tab', 'scripts', 'docs/images', 'overview.md', 'vss-extension.json'];
const VERSIONS = ['package.json', 'package-lock.json'];

/** Unpacks the vsix into a new folder; it is made before, unless it is newer than all that it is made of. */
export function unpackVsix(): string {
  const made = statSync(VSIX, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const stale = [...SOURCES, ...VERSIONS].some((name) => changedAt(path.join(ROOT, name)) > made);
  if (stale) execFileSync('npm', ['run', '--silent', 'package'], { cwd: ROOT, stdio: 'inherit' });
  const folder = mkdtempSync(path.join(tmpdir(), 'langflow-vsix-'));
  execFileSync('python3', ['-m', 'zipfile', '-e', VSIX, folder]);
  return folder;
}

/** Folders in which Node would look for modules that the files of `folder` ask for. */
export function modulesInReach(folder: string): string[] {
  const parent = path.dirname(folder);
  const own = path.join(folder, 'node_modules');
  return [...(existsSync(own) ? [own] : []), ...(parent === folder ? [] : modulesInReach(parent))];
}

/** When anything of it was last written, in milliseconds since the epoch. */
function changedAt(file: string): number {
  const { mtimeMs } = statSync(file);
  if (!statSync(file).isDirectory()) return mtimeMs;
  return Math.max(mtimeMs, ...readdirSync(file).map((name) => changedAt(path.join(file, name))));
}
