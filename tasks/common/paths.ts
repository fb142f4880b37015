import * as path from 'node:path';

/**
 * A file as seen from a folder, with slashes on every platform: what reports and messages name is read on other machines,
 * and the run page links it to the repository. A file on another drive of Windows keeps its whole path.
 * @param rules those of this platform, or `path.win32` and `path.posix`
 */
export function relativePath(folder: string, file: string, rules: path.PlatformPath = path): string {
  return rules.relative(folder, file).replaceAll(rules.sep, '/');
}

/** Whether a file is the folder or lies somewhere in it. */
export function isWithin(folder: string, file: string, rules: path.PlatformPath = path): boolean {
  const way = rules.relative(folder, file);
  return !rules.isAbsolute(way) && way.split(rules.sep)[0] !== '..';
}
