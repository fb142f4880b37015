import { readdir } from 'node:fs/promises';
import * as path from 'node:path';
import { minimatch } from 'minimatch';

/** Folders of tools, not of sources. */
const NOT_SOURCES = new Set(['.git', 'node_modules']);
const NAMED = 5;

/**
 * Trivy reads ARM templates but not Bicep (https://trivy.dev, coverage of IaC). One compiled template, main.json beside
 * main.bicep, has all modules in it.
 * @returns a sentence when there are Bicep files and none was compiled: nobody would have looked at them
 */
export async function bicepDoubt(folder: string, skipPaths: readonly string[]): Promise<string | undefined> {
  const files = await filesBelow(folder, '');
  const isSkipped = (file: string): boolean => skipPaths.some((glob) => minimatch(file, glob, { dot: true }));
  const left = files.filter((file) => !isSkipped(file));
  const bicep = left.filter((file) => file.endsWith('.bicep'));
  const all = new Set(files);
  if (bicep.length === 0 || bicep.some((file) => all.has(file.replace(/\.bicep$/, '.json'))))
    return undefined;
  const named = bicep.slice(0, NAMED).join(', ');
  const more = bicep.length > NAMED ? ` and ${bicep.length - NAMED} more` : '';
  return (
    `Bicep files of the source were not scanned: ${named}${more}. Trivy reads ARM templates: run ` +
    `'az bicep build --file ${bicep[0] ?? ''}' in a step before, or name them in the input skipPaths.`
  );
}

/** Paths with slashes, relative to the folder. */
async function filesBelow(root: string, folder: string): Promise<string[]> {
  const entries = await readdir(path.join(root, folder), { withFileTypes: true });
  const parts = await Promise.all(
    entries
      .filter((entry) => !NOT_SOURCES.has(entry.name))
      .map((entry) => {
        const name = folder === '' ? entry.name : `${folder}/${entry.name}`;
        // A link to a folder may lead around in a circle.
        return entry.isDirectory() ? filesBelow(root, name) : Promise.resolve([name]);
      }),
  );
  return parts.flat();
}
