import { readFileSync, statSync } from 'node:fs';
import * as path from 'node:path';
import * as tl from 'azure-pipelines-task-lib/task';
import { LineCounter, parseAllDocuments } from 'yaml';
import { workingDirectory } from '../common/agent/inputs';
import { InputError, UserError } from '../common/errors';
import type { KubernetesObject } from '../common/kubernetes/object';

/** An object as a manifest has it, and where it begins. */
export interface ManifestObject {
  object: KubernetesObject;
  /** `samples/langflow/manifests/backend.yaml, line 12`. */
  source: string;
}

/**
 * Reads all manifests that the globs find, in the order of their names.
 * @throws UserError for a glob that finds nothing and for anything that is not a named Kubernetes object
 */
export function readManifests(globs: readonly string[]): ManifestObject[] {
  const root = workingDirectory();
  if (globs.length === 0) throw new InputError('manifests', '', 'globs of Kubernetes manifests, one a line');
  const files = globs.flatMap((glob) => {
    const found = tl.findMatch(root, glob).filter((file) => statSync(file).isFile());
    if (found.length === 0) throw new InputError('manifests', glob, `a glob that finds files below ${root}`);
    return found;
  });
  const objects = [...new Set(files)]
    .sort()
    .flatMap((file) => parseManifest(readFileSync(file, 'utf8'), path.relative(root, file)));
  if (objects.length === 0)
    throw new InputError('manifests', globs.join(', '), 'files with at least one object');
  return objects;
}

/**
 * Parses a manifest of any number of documents; a `List` counts as its items.
 * @param file for the errors and `source`
 */
export function parseManifest(text: string, file: string): ManifestObject[] {
  const lineCounter = new LineCounter();
  // As kubectl reads it: `defaultMode: 0644` is octal, and `<<` merges.
  const documents = parseAllDocuments(text, { lineCounter, version: '1.1' });
  if ('empty' in documents) return [];
  return documents.flatMap((document) => {
    const [mistake] = document.errors;
    if (mistake) {
      const { line, col } = lineCounter.linePos(mistake.pos[0]);
      throw new UserError(`${file}, line ${line}, column ${col}: ${mistake.message.split('\n')[0] ?? ''}`);
    }
    const value: unknown = document.toJS();
    if (value === null || value === undefined) return [];
    const offset = document.contents?.range[0] ?? document.range[0];
    const source = `${file}, line ${lineCounter.linePos(offset).line}`;
    const items =
      isRecord(value) && value.kind === 'List' && Array.isArray(value.items) ? value.items : [value];
    return items.map((item: unknown) => ({ object: checked(item, source), source }));
  });
}

function checked(value: unknown, source: string): KubernetesObject {
  const { apiVersion, kind, metadata } = isRecord(value) ? value : {};
  const { name } = isRecord(metadata) ? metadata : {};
  if (typeof apiVersion !== 'string' || typeof kind !== 'string' || typeof name !== 'string') {
    throw new UserError(
      `${source}: this is not a Kubernetes object with apiVersion, kind and metadata.name. ` +
        'A generated name (generateName) would make another object each time and is not accepted.',
    );
  }
  return value as KubernetesObject;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
