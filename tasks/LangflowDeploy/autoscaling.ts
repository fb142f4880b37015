import type { KubernetesObject } from '../common/kubernetes/object';
import { MANAGER } from '../common/kubernetes/object';
import { fieldsAt, textOf } from './fields';
import { qualifiedKind } from './podSpec';

/** Fields that a handover makes its own, so that a workload does not fall to one replica between two owners. */
export const HANDOVER_MANAGER = `${MANAGER}-replicas`;

/** `Deployment.apps/web` → the fewest replicas that its autoscaler allows. */
export type Scaled = ReadonlyMap<string, number>;

/**
 * The workloads that autoscalers scale.
 * @param objects of any kind; HorizontalPodAutoscalers, and the ScaledObjects from which KEDA makes some, count
 */
export function scaledBy(objects: readonly KubernetesObject[]): Scaled {
  return new Map(
    objects.flatMap((object) => {
      const kind = qualifiedKind(object);
      const isKeda = kind === 'ScaledObject.keda.sh';
      if (!isKeda && kind !== 'HorizontalPodAutoscaler.autoscaling') return [];
      const [spec] = fieldsAt(object, 'spec');
      const [target] = fieldsAt(spec, 'scaleTargetRef');
      const fewest = isKeda ? spec?.minReplicaCount : spec?.minReplicas;
      const workload = {
        apiVersion: textOf(target?.apiVersion, 'apps/v1'),
        kind: textOf(target?.kind, 'Deployment'),
      };
      const key = `${qualifiedKind(workload)}/${textOf(target?.name)}`;
      return [[key, typeof fewest === 'number' ? fewest : 1] as const];
    }),
  );
}

export function scaledKey(object: KubernetesObject): string {
  return `${qualifiedKind(object)}/${object.metadata.name}`;
}

/**
 * The workload without `spec.replicas` when an autoscaler decides on it: what is not applied is not ours to reset.
 * https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/#migrating-deployments-and-statefulsets-to-horizontal-autoscaling
 */
export function withoutScaledReplicas<T extends KubernetesObject>(object: T, scaled: Scaled): T {
  const [spec] = fieldsAt(object, 'spec');
  if (!scaled.has(scaledKey(object)) || spec?.replicas === undefined) return object;
  const rest = { ...spec };
  delete rest.replicas;
  return { ...object, spec: rest };
}

/**
 * What another manager must apply first, so that the workload keeps its replicas when we stop applying them: a field that
 * its only owner leaves out goes back to its default, which is one replica. Undefined when nothing would change.
 * https://kubernetes.io/docs/reference/using-api/server-side-apply/#transferring-ownership
 */
export function handoverOf(
  wanted: KubernetesObject,
  live: KubernetesObject | undefined,
): KubernetesObject | undefined {
  if (live === undefined || !ownsReplicas(live)) return undefined;
  const [spec] = fieldsAt(wanted, 'spec');
  const replicas = fieldsAt(live, 'spec')[0]?.replicas;
  if (spec === undefined || spec.replicas !== undefined || typeof replicas !== 'number') return undefined;
  const { apiVersion, kind, metadata } = wanted;
  const { name, namespace } = metadata;
  return { apiVersion, kind, metadata: { name, ...(namespace && { namespace }) }, spec: { replicas } };
}

/** Who owns the replicas that an autoscaler decided on: its controller, and until its first decision the handover. */
const SCALERS = [HANDOVER_MANAGER, 'kube-controller-manager'];

/**
 * Whether a conflict is only about replicas that an autoscaler has left behind: a manifest that states them has them back
 * without being asked, for one that an autoscaler still scales is applied without.
 * @param message of the API server, which names the managers (apimachinery, managedfields/internal/conflict.go)
 */
export function isHandBack(message: string): boolean {
  const managers = [...message.matchAll(/conflicts? with "([^"]+)"/g)].map(([, manager = '']) => manager);
  const [, count = ''] = /Apply failed with (\d+) conflict/.exec(message) ?? [];
  return (
    managers.length > 0 &&
    managers.every((manager) => SCALERS.includes(manager)) &&
    message.match(/[ :]\.spec\.replicas$/gm)?.length === Number(count)
  );
}

function ownsReplicas(live: KubernetesObject): boolean {
  return fieldsAt(live, 'metadata/managedFields').some(
    (entry) =>
      entry.manager === MANAGER &&
      entry.operation === 'Apply' &&
      fieldsAt(entry, 'fieldsV1/f:spec').some((fields) => fields['f:replicas'] !== undefined),
  );
}
