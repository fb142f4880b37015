import { existsSync, readdirSync, readFileSync } from 'node:fs';
import * as path from 'node:path';

/** A package with its licence. */
export interface Package {
  name: string;
  version: string;
  license: string;
  text: string;
}

/**
 * The packages of the bundles, by name.
 * @param inputs paths of the bundled files (esbuild's metafile), relative to `root`
 * @throws Error for a package that does not say under which licence it stands
 */
export function packagesOf(inputs: Iterable<string>, root: string): Package[] {
  const packages = new Map<string, Package>();
  for (const input of inputs) {
    const folder = packageFolder(input);
    if (folder === undefined) continue;
    const found = readPackage(path.join(root, folder));
    packages.set(`${found.name}@${found.version}`, found);
  }
  return [...packages.values()].sort(
    (a, b) => a.name.localeCompare(b.name) || a.version.localeCompare(b.version),
  );
}

/** The licences of the packages as one text. */
export function licencesOf(packages: readonly Package[]): string {
  return packages
    .map(({ name, version, license, text }) => `${name} ${version} (${license})\n\n${text.trim()}\n`)
    .join(`\n${'-'.repeat(80)}\n\n`);
}

export interface CycloneDx {
  metadata: { component: { 'bom-ref': string } };
  components: { 'bom-ref': string; name: string; version: string }[];
  dependencies: { ref: string; dependsOn?: string[] }[];
}

/**
 * The part of an SBOM of all installed packages that is in the bundles. `npm sbom --omit dev` is no help: it leaves out what a
 * tool of ours needs as well.
 * @param bundled `name@version`
 * @throws Error for a bundled package that the SBOM does not have
 */
export function onlyBundled(sbom: CycloneDx, bundled: readonly string[]): CycloneDx {
  const components = sbom.components.filter(({ name, version }) => bundled.includes(`${name}@${version}`));
  const named = new Set(components.map(({ name, version }) => `${name}@${version}`));
  const missing = bundled.filter((one) => !named.has(one));
  if (missing.length > 0) throw new Error(`The SBOM lacks ${missing.join(', ')}; run npm ci.`);
  const kept = new Set([sbom.metadata.component['bom-ref'], ...components.map((one) => one['bom-ref'])]);
  const dependencies = sbom.dependencies
    .filter(({ ref }) => kept.has(ref))
    .map(({ ref, dependsOn = [] }) => ({ ref, dependsOn: dependsOn.filter((one) => kept.has(one)) }));
  return { ...sbom, components, dependencies };
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
