import { createHash } from 'node:crypto';
import { UserError } from '../common/errors';
import { keyOf, MANAGED_BY_LABEL, MANAGER, nameOf, type KubernetesObject } from '../common/kubernetes/object';
import { imageByDigest, type Component } from '../common/release/release';
import type { ManifestObject } from './manifests';
import { containersOf, podTemplateOf, type PodSpec } from './podSpec';
import type { SecretValues } from './vault';

/**
 * The objects of a release, ready to be applied: the manifests with images by digest, and Secrets, ConfigMaps and Jobs
 * under names that change with their content. What did not change is the same object, byte for byte, so that applying it
 * rolls nothing; a changed Secret gives its workloads a new pod template, and the former one is still there to go back to.
 * @throws UserError that lists every image that is neither a component nor pinned by a digest, and every duplicate
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

/** A container's image is a component's name or its repository; any other must already carry a digest. */
function pinImages(objects: readonly ManifestObject[], components: readonly Component[]): void {
  const byName = new Map(
    components.flatMap((component) => [
      [component.name, component],
      [component.image, component],
    ]),
  );
  const wrong: string[] = [];
  for (const { object, source } of objects) {
    for (const container of containersOf(podTemplateOf(object) ?? {})) {
      const { image = '' } = container;
      const component = byName.get(image);
      if (component) container.image = imageByDigest(component);
      else if (!/@sha256:[0-9a-f]{64}$/.test(image))
        wrong.push(`- ${source}: ${nameOf(object)}, container '${container.name}': ${image || '(no image)'}`);
    }
  }
  if (wrong.length > 0) {
    throw new UserError(
      `These images are neither components of the release (${components.map(({ name }) => name).join(', ')}) ` +
        `nor pinned by a digest; nothing was applied.\n${wrong.join('\n')}`,
    );
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

/** Former name → name with a hash of the content, by kind. */
type Names = Record<'Secret' | 'ConfigMap', Map<string, string>>;

function versionContent(objects: readonly ManifestObject[]): Names {
  const names: Names = { Secret: new Map(), ConfigMap: new Map() };
  for (const { object } of objects) {
    if (object.apiVersion !== 'v1' || (object.kind !== 'Secret' && object.kind !== 'ConfigMap')) continue;
    const { name } = object.metadata;
    const { data, stringData, binaryData, type } = object;
    object.metadata.name = `${name}-${hashOf({ data, stringData, binaryData, type })}`;
    object.immutable = true;
    names[object.kind].set(name, object.metadata.name);
  }
  return names;
}

function rewriteReferences(object: KubernetesObject, { Secret, ConfigMap }: Names): void {
  const rename = (names: Map<string, string>, reference: { name: string } | undefined): void => {
    if (reference) reference.name = names.get(reference.name) ?? reference.name;
  };
  const inPod = (spec: PodSpec): void => {
    for (const { env = [], envFrom = [] } of containersOf({ spec })) {
      for (const { valueFrom } of env) {
        rename(Secret, valueFrom?.secretKeyRef);
        rename(ConfigMap, valueFrom?.configMapKeyRef);
      }
      for (const { secretRef, configMapRef } of envFrom) {
        rename(Secret, secretRef);
        rename(ConfigMap, configMapRef);
      }
    }
    for (const secret of spec.imagePullSecrets ?? []) rename(Secret, secret);
    for (const { secret, configMap, projected } of spec.volumes ?? []) {
      if (secret) secret.secretName = Secret.get(secret.secretName) ?? secret.secretName;
      rename(ConfigMap, configMap);
      for (const source of projected?.sources ?? []) {
        rename(Secret, source.secret);
        rename(ConfigMap, source.configMap);
      }
    }
  };
  const spec = podTemplateOf(object)?.spec;
  if (spec) inPod(spec);
  if (object.kind === 'ServiceAccount')
    for (const secret of (object.imagePullSecrets ?? []) as { name: string }[]) rename(Secret, secret);
  if (object.kind === 'Ingress') {
    const { tls = [] } = object.spec as { tls?: { secretName?: string }[] };
    for (const entry of tls) entry.secretName = Secret.get(entry.secretName ?? '') ?? entry.secretName;
  }
}

/** A Job's template cannot change; one with other content is another Job, one with the same content has run already. */
function versionJobs(objects: readonly ManifestObject[]): void {
  for (const { object } of objects) {
    if (object.kind === 'Job') object.metadata.name = `${object.metadata.name}-${hashOf(object.spec)}`;
  }
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
