import type { KubernetesObject } from '../kubernetes/object';

/** Kinds that others need, in the order in which they are applied; every kind that is not named comes with the last. */
const WAVES: readonly (readonly string[])[] = [
  ['Namespace', 'CustomResourceDefinition'],
  [
    'ServiceAccount',
    'Role',
    'RoleBinding',
    'ClusterRole',
    'ClusterRoleBinding',
    'ResourceQuota',
    'LimitRange',
  ],
  [
    'ConfigMap',
    'Secret',
    'PersistentVolumeClaim',
    'Service',
    'PodDisruptionBudget',
    'NetworkPolicy',
    'PriorityClass',
  ],
  // Data services before what connects to them at its start.
  ['StatefulSet'],
  // Migrations before the code that expects them.
  ['Job'],
];

/** The objects in waves: a wave is applied at once, and the next one when every workload of it is healthy. */
export function wavesOf<T extends { object: KubernetesObject }>(objects: readonly T[]): T[][] {
  const waveOf = (kind: string): number => {
    const index = WAVES.findIndex((kinds) => kinds.includes(kind));
    return index < 0 ? WAVES.length : index;
  };
  return [...WAVES, []]
    .map((_, index) => objects.filter(({ object }) => waveOf(object.kind) === index))
    .filter((wave) => wave.length > 0);
}
