import { createHash } from 'node:crypto';
import { UserError } from '../common/errors';
import { keyOf, MANAGED_BY_LABEL, MANAGER, nameOf, type KubernetesObject } from '../common/kubernetes/object';
import type { Component } from '../common/release/release';
import { isFields } from './fields';
import { pinImages } from './images';
import { KEEP_NAME_ANNOTATION, NAME_ANNOTATION } from './names';
import { podTemplateOf, qualifiedKind } from './podSpec';
import { rewriteReferences } from './references';
import type { ManifestObject } from './render/manifest';
import type { SecretValues } from './vault';

/**
 * The objects of a release, ready to be applied: the manifests with images by digest, and Secrets, ConfigMaps and Jobs
 * under names that change with their content. What did not change is the same object, byte for byte, so that applying it
 * rolls nothing; a changed Secret gives its workloads a new pod template, and the former one is still there to go back to.
 * @throws UserError for a duplicate and for an object of another namespace
 */
export function releaseObjects(
  manifests: readonly ManifestObject[],
  secrets: SecretValues,
  components: readonly Component[],
  namespace: string,
): ManifestObject[] {
  const all = [...secretObjects(secrets), ...structuredClone(manifests as ManifestObject[])];
  refuseDuplicates(all, namespace);
  pinImages(all, components);
  for (const { object } of all) label(object);
  const names = versionContent(all);
  for (const { object } of all) rewriteReferences(object, names);
  versionJobs(all);
  return all;
}

function secretObjects(secrets: SecretValues): ManifestObject[] {
  return Object.entries(secrets).map(([name, { type, data }]) => ({
    source: `input 'secrets', ${name}`,
    object: {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name },
      type,
      data: Object.fromEntries(Object.entries(data).map(([key, value]) => [key, value.toString('base64')])),
    },
  }));
}

function refuseDuplicates(objects: readonly ManifestObject[], namespace: string): void {
  const seen = new Map<string, string>();
  for (const { object, source } of objects) {
    const foreign = object.metadata.namespace;
    if (foreign !== undefined && foreign !== namespace) {
      throw new UserError(
        `${source}: ${nameOf(object)} is for the namespace '${foreign}', and the input 'namespace' says '${namespace}'. ` +
          'Leave the namespace out of the manifest.',
      );
    }
    const key = keyOf({ ...object, metadata: { name: object.metadata.name } });
    const former = seen.get(key);
    if (former !== undefined)
      throw new UserError(`${source}: ${nameOf(object)} is there already (${former}).`);
    seen.set(key, source);
  }
}

function label(object: KubernetesObject): void {
  object.metadata.labels = { ...object.metadata.labels, [MANAGED_BY_LABEL]: MANAGER };
  const template = podTemplateOf(object);
  if (template && object.kind !== 'Pod') {
    template.metadata = {
      ...template.metadata,
      labels: { ...template.metadata?.labels, [MANAGED_BY_LABEL]: MANAGER },
    };
  }
}

/** Gives Secrets and ConfigMaps names with a hash of their content, and makes them immutable. */
function versionContent(
  objects: readonly ManifestObject[],
): Record<'Secret' | 'ConfigMap', Map<string, string>> {
  const names = { Secret: new Map<string, string>(), ConfigMap: new Map<string, string>() };
  for (const { object } of objects) {
    const kind = qualifiedKind(object);
    if ((kind !== 'Secret' && kind !== 'ConfigMap') || keepsName(object)) continue;
    const { name } = object.metadata;
    encodeStringData(object);
    const { data, binaryData, type } = object;
    rename(object, hashOf({ data, binaryData, type }));
    object.immutable = true;
    names[kind].set(name, object.metadata.name);
  }
  return names;
}

/** As the API server does, which never gives `stringData` back: what is compared must have one form. */
function encodeStringData(object: KubernetesObject): void {
  const { stringData, data } = object;
  if (!isFields(stringData) || !Object.values(stringData).every((value) => typeof value === 'string')) return;
  const encoded = Object.entries(stringData as Record<string, string>).map(
    ([key, value]) => [key, Buffer.from(value).toString('base64')] as const,
  );
  object.data = { ...(isFields(data) ? data : {}), ...Object.fromEntries(encoded) };
  delete object.stringData;
}

/** A Job's template cannot change; one with other content is another Job, one with the same content has run already. */
function versionJobs(objects: readonly ManifestObject[]): void {
  for (const { object } of objects) {
    if (qualifiedKind(object) === 'Job.batch' && !keepsName(object)) rename(object, hashOf(object.spec));
  }
}

function rename({ metadata }: KubernetesObject, hash: string): void {
  metadata.annotations = { ...metadata.annotations, [NAME_ANNOTATION]: metadata.name };
  metadata.name = `${metadata.name}-${hash}`;
}

/** The token of a service account is filled in by a controller, which could not do so in an immutable Secret. */
function keepsName({ metadata, type }: KubernetesObject): boolean {
  return (
    metadata.annotations?.[KEEP_NAME_ANNOTATION] === 'true' || type === 'kubernetes.io/service-account-token'
  );
}

/** Ten hexadecimal digits that depend on the content and not on the order of its keys. */
export function hashOf(content: unknown): string {
  return createHash('sha256')
    .update(JSON.stringify(sorted(content)))
    .digest('hex')
    .slice(0, 10);
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  );
}
