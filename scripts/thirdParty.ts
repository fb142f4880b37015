import { existsSync, readdirSync, readFileSync } from 'node:fs';
import * as path from 'node:path';

interface Package {
  name: string;
  version: string;
  license: string;
  text: string;
}

/**
 * The licences of what the bundles hold, as one text.
 * @param inputs paths of the bundled files (esbuild's metafile), relative to `root`
 * @throws Error for a package that does not say under which licence it stands
 */
export function licencesOf(inputs: Iterable<string>, root: string): string {
  const packages = new Map<string, Package>();
  for (const input of inputs) {
    const folder = packageFolder(input);
    if (folder !== undefined && !packages.has(folder))
      packages.set(folder, readPackage(path.join(root, folder)));
  }
  return [...packages.values()]
    .sort((a, b) => a.name.localeCompare(b.name) || a.version.localeCompare(b.version))
    .map(({ name, version, license, text }) => `${name} ${version} (${license})\n\n${text.trim()}\n`)
    .join(`\n${'-'.repeat(80)}\n\n`);
}

/** `node_modules/a/node_modules/@b/c/lib/d.js` → `node_modules/a/node_modules/@b/c`. */
export function packageFolder(file: string): string | undefined {
  return /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(file.replaceAll('\\', '/'))?.[1];
}

function readPackage(folder: string): Package {
  const { name, version, license } = JSON.parse(
    readFileSync(path.join(folder, 'package.json'), 'utf8'),
  ) as Partial<Record<string, string>>;
  if (name === undefined || version === undefined || typeof license !== 'string')
    throw new Error(`${folder}/package.json does not name its licence; look into it before it is shipped.`);
  const file = readdirSync(folder).find((entry) => /^(licen[cs]e|copying)/i.test(entry));
  const text =
    file && existsSync(path.join(folder, file)) ? readFileSync(path.join(folder, file), 'utf8') : '';
  return { name, version, license, text };
}
