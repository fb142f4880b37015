import type { KubernetesObject } from '../../../../tasks/common/kubernetes/object';
import type { RecordStatus, ReleaseRecord } from '../../../../tasks/common/rollout/record';

const API_VERSIONS: Record<string, string | undefined> = {
  Deployment: 'apps/v1',
  StatefulSet: 'apps/v1',
  DaemonSet: 'apps/v1',
  ReplicaSet: 'apps/v1',
  Job: 'batch/v1',
  CronJob: 'batch/v1',
  Ingress: 'networking.k8s.io/v1',
  PodDisruptionBudget: 'policy/v1',
  Gateway: 'gateway.networking.k8s.io/v1',
  HTTPRoute: 'gateway.networking.k8s.io/v1',
  CustomResourceDefinition: 'apiextensions.k8s.io/v1',
  ScaledObject: 'keda.sh/v1alpha1',
};

/** An object of generation 2. */
export function object(kind: string, name = 'x', more: object = {}): KubernetesObject {
  return {
    apiVersion: API_VERSIONS[kind] ?? 'v1',
    kind,
    metadata: { name, namespace: 'langflow', generation: 2 },
    ...more,
  };
}

export function record(
  revision: number,
  status: RecordStatus,
  objects: KubernetesObject[] = [],
): ReleaseRecord {
  return {
    revision,
    name: `r${revision}`,
    status,
    objects,
    digests: {},
    time: '2026-01-01T00:00:00.000Z',
    run: {},
  };
}
