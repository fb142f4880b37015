import { readFileSync, statSync } from 'node:fs';
import * as path from 'node:path';
import * as tl from 'azure-pipelines-task-lib/task';
import { workingDirectory } from '../../common/agent/inputs';
import { InputError } from '../../common/errors';
import { isWithin, relativePath } from '../../common/paths';
import { buildOverlay, isKustomization, isOverlay } from './kustomize';
import { parseManifest, type ManifestObject } from './manifest';

/**
 * Reads all manifests that the globs find, in the order of their names. A folder with a kustomization among them is built;
 * all below it is the overlay's own business and not read as manifests.
 * @throws UserError for a glob that finds nothing and for anything that is not a named Kubernetes object
 */
export async function readFiles(globs: readonly string[], signal: AbortSignal): Promise<ManifestObject[]> {
  const root = workingDirectory();
  const found = [...new Set(globs.flatMap((glob) => matches(root, glob)))].sort();
  const overlays = outermost(found.filter((file) => isFolder(file)));
  const files = found.filter(
    (file) => !isFolder(file) && !overlays.some((overlay) => isBelow(file, overlay)),
  );
  const kustomization = files.find((file) => isKustomization(path.basename(file)));
  if (kustomization !== undefined) {
    throw new InputError(
      'manifests',
      relativePath(root, kustomization),
      'manifests and folders of overlays',
      `This is a kustomization; write its folder, '${relativePath(root, path.dirname(kustomization))}', to have it built.`,
    );
  }
  const objects = [
    ...files.flatMap((file) => parseManifest(readFileSync(file, 'utf8'), relativePath(root, file))),
    ...(await Promise.all(overlays.map((overlay) => buildOverlay(overlay, signal)))).flat(),
  ];
  if (globs.length > 0 && objects.length === 0)
    throw new InputError('manifests', globs.join(', '), 'files or overlays with at least one object');
  return objects;
}

/** Files and overlays. */
function matches(root: string, glob: string): string[] {
  const pattern = glob.length > 1 ? glob.replace(/[\\/]+$/, '') : glob;
  const found = tl.findMatch(root, pattern).map((file) => path.resolve(file));
  const useful = found.filter((file) => !isFolder(file) || isOverlay(file));
  if (useful.length > 0) return useful;
  throw new InputError(
    'manifests',
    glob,
    `a glob that finds files below ${root}, or a folder with a kustomization.yaml`,
    found.length > 0
      ? `This folder has no kustomization.yaml; write '${glob}/*.yaml' for the files in it.`
      : undefined,
  );
}

function outermost(folders: readonly string[]): string[] {
  return folders.filter((folder) => !folders.some((other) => isBelow(folder, other)));
}

function isBelow(file: string, folder: string): boolean {
  return file !== folder && isWithin(folder, file);
}

function isFolder(file: string): boolean {
  return statSync(file).isDirectory();
}
