import { LineCounter, parseAllDocuments } from 'yaml';
import { UserError } from '../../common/errors';
import type { KubernetesObject } from '../../common/kubernetes/object';
import { isFields } from '../fields';

/** An object as a manifest has it, and where it begins. */
export interface ManifestObject {
  object: KubernetesObject;
  /** `samples/langflow/manifests/backend.yaml, line 12`. */
  source: string;
}

/**
 * Parses a manifest of any number of documents; a `List`, or a typed one such as `ConfigMapList`, counts as its items.
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
    return itemsOf(value).map((item) => ({ object: checked(item, source), source }));
  });
}

/** The objects in a list and in the lists in it. Items of a typed list may leave out what the list says once. */
function itemsOf(value: unknown): unknown[] {
  if (!isFields(value) || typeof value.kind !== 'string' || !value.kind.endsWith('List')) return [value];
  if (!Array.isArray(value.items)) return [value];
  const { apiVersion, kind } = value;
  const typed = kind === 'List' ? {} : { apiVersion, kind: kind.slice(0, -'List'.length) };
  return value.items.flatMap((item: unknown) => itemsOf(isFields(item) ? { ...typed, ...item } : item));
}

function checked(value: unknown, source: string): KubernetesObject {
  const { apiVersion, kind, metadata } = isFields(value) ? value : {};
  const { name } = isFields(metadata) ? metadata : {};
  if (typeof apiVersion !== 'string' || typeof kind !== 'string' || typeof name !== 'string') {
    throw new UserError(
      `${source}: this is not a Kubernetes object with apiVersion, kind and metadata.name. ` +
        'A generated name (generateName) would make another object each time and is not accepted.',
    );
  }
  return value as KubernetesObject;
}
