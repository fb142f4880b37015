import { UserError } from '../common/errors';
import { nameOf, type KubernetesObject } from '../common/kubernetes/object';
import { podTemplateOf } from './podSpec';
import { rewriteReferences } from './references';

/** The fields that a store changes. */
interface Spec {
  containers?: Container[];
  initContainers?: Container[];
  volumes?: { name: string; [field: string]: unknown }[];
  imagePullSecrets?: { name: string }[];
}

interface Container {
  name: string;
  volumeMounts?: { name: string; mountPath: string; readOnly?: boolean }[];
  [field: string]: unknown;
}

/**
 * The object with the Secrets under their new names. Pods that use one get the driver's volume, mounted in the containers
 * that use it: the driver makes a Secret only while a pod has its class mounted.
 * @param names former name → name of the class and of the Secret that it makes
 * @param source of the object, for the error
 */
export function mountStores(
  original: KubernetesObject,
  names: ReadonlyMap<string, string>,
  source: string,
): KubernetesObject {
  const object = structuredClone(original);
  const spec = podTemplateOf(object)?.spec as Spec | undefined;
  if (spec) mountIn(spec, names, `${source}: ${nameOf(object)}`);
  rewriteReferences(object, { Secret: names, ConfigMap: new Map() });
  return object;
}

function mountIn(spec: Spec, names: ReadonlyMap<string, string>, where: string): void {
  const pulled = spec.imagePullSecrets?.find(({ name }) => names.has(name));
  if (pulled) {
    throw new UserError(
      `${where} pulls its images with the Secret '${pulled.name}', which the Secrets Store CSI driver ` +
        'would only make afterwards. Give the kubelet the right to pull, or use secretMode secret for this release.',
    );
  }
  const byVolume = new Map((spec.volumes ?? []).map((volume) => [volume.name, secretsOf(volume, names)]));
  const classes = new Set<string>();
  for (const container of [...(spec.initContainers ?? []), ...(spec.containers ?? [])]) {
    const mounted = (container.volumeMounts ?? []).flatMap(({ name }) => byVolume.get(name) ?? []);
    const used = new Set([...secretsOf(container, names), ...mounted]);
    for (const name of used) classes.add(name);
    const mounts = [...used].map((name) => ({
      name: volumeOf(name),
      mountPath: `/mnt/secrets-store/${name}`,
      readOnly: true,
    }));
    if (mounts.length > 0) container.volumeMounts = [...(container.volumeMounts ?? []), ...mounts];
  }
  const volumes = [...classes].map((secretProviderClass) => ({
    name: volumeOf(secretProviderClass),
    csi: {
      driver: 'secrets-store.csi.k8s.io',
      readOnly: true,
      volumeAttributes: { secretProviderClass },
    },
  }));
  if (volumes.length > 0) spec.volumes = [...(spec.volumes ?? []), ...volumes];
}

/** The hash is at the end of the name; a volume's name has at most 63 characters and no dots. */
function volumeOf(className: string): string {
  return `secrets-store-${className.slice(-10)}`;
}

/** Fields of containers and volumes that name a Secret: `secretKeyRef: { name }`, `secret: { secretName }` … */
const REFERENCES = ['secretKeyRef', 'secretRef', 'secret'];

/** The new names of the Secrets that a container or a volume uses. */
function secretsOf(value: unknown, names: ReadonlyMap<string, string>): string[] {
  if (typeof value !== 'object' || value === null) return [];
  if (Array.isArray(value)) return value.flatMap((item) => secretsOf(item, names));
  return Object.entries(value).flatMap(([key, inner]: [string, unknown]) => {
    const { name } = REFERENCES.includes(key) ? ((inner ?? {}) as { name?: unknown }) : {};
    const used = names.get(String(key === 'secretName' ? inner : name));
    return [...(used === undefined ? [] : [used]), ...secretsOf(inner, names)];
  });
}
