import { UserError } from '../errors';
import { nameOf, type KubernetesObject } from '../kubernetes/object';

/** The waves of a release, in order: what is in one is applied at once, the next one when all of it is healthy. */
export const WAVES = [
  'policy',
  'configuration',
  'data',
  'migration',
  'backend',
  'workers',
  'frontend',
] as const;
export type Wave = (typeof WAVES)[number];

/** Puts an object into another wave than its kind and name would. */
export const WAVE_ANNOTATION = 'langflow-delivery/wave';

const WAVE_OF_KIND: Record<string, Wave | undefined> = {
  Namespace: 'policy',
  CustomResourceDefinition: 'policy',
  ServiceAccount: 'policy',
  Role: 'policy',
  RoleBinding: 'policy',
  ClusterRole: 'policy',
  ClusterRoleBinding: 'policy',
  ResourceQuota: 'policy',
  LimitRange: 'policy',
  NetworkPolicy: 'policy',
  PriorityClass: 'policy',
  ConfigMap: 'configuration',
  Secret: 'configuration',
  SecretProviderClass: 'configuration',
  PersistentVolumeClaim: 'configuration',
  PodDisruptionBudget: 'configuration',
  Service: 'configuration',
  // Data services before what connects to them at its start, and migrations before the code that expects them.
  StatefulSet: 'data',
  Job: 'migration',
};

/**
 * The wave of an object: by its annotation, by its kind, and for what is left by what its label
 * `app.kubernetes.io/component`, or its name, says that it is. Whatever says nothing comes with the backend when it makes
 * pods, and else last: an Ingress leads to what must be there.
 * @throws UserError for an annotation that names no wave
 */
export function waveOf(object: KubernetesObject): Wave {
  const { annotations, labels, name } = object.metadata;
  const asked = annotations?.[WAVE_ANNOTATION];
  if (asked !== undefined) {
    const wave = WAVES.find((known) => known === asked);
    if (wave !== undefined) return wave;
    throw new UserError(
      `${nameOf(object)} has the annotation ${WAVE_ANNOTATION}: '${asked}'; accepted are ${WAVES.join(', ')}. Nothing was applied.`,
    );
  }
  const byKind = WAVE_OF_KIND[object.kind];
  if (byKind !== undefined) return byKind;
  const role = labels?.['app.kubernetes.io/component'] ?? name;
  if (/worker|celery|beat|queue/i.test(role)) return 'workers';
  if (/front|\bui\b|\bweb\b/i.test(role)) return 'frontend';
  return ['Deployment', 'DaemonSet', 'ReplicaSet', 'CronJob', 'Pod'].includes(object.kind)
    ? 'backend'
    : 'frontend';
}

/** The objects by wave, in order; no wave is empty. */
export function wavesOf(objects: readonly KubernetesObject[]): KubernetesObject[][] {
  return WAVES.map((wave) => objects.filter((object) => waveOf(object) === wave)).filter(
    (wave) => wave.length > 0,
  );
}
