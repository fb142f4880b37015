import type { KubernetesObject } from '../kubernetes/object';
import type { Condition } from '../kubernetes/pods';

/** Whether a workload has become what its object asks for. */
export type Health =
  | { state: 'healthy' }
  /** `detail` such as `2 of 3 pods updated`. */
  | { state: 'progressing'; detail: string }
  | { state: 'failed'; detail: string };

interface WorkloadStatus {
  observedGeneration?: number;
  replicas?: number;
  updatedReplicas?: number;
  readyReplicas?: number;
  availableReplicas?: number;
  currentRevision?: string;
  updateRevision?: string;
  desiredNumberScheduled?: number;
  updatedNumberScheduled?: number;
  numberAvailable?: number;
  conditions?: Condition[];
}

interface WorkloadSpec {
  replicas?: number;
  paused?: boolean;
  updateStrategy?: { type?: string };
}

export const WORKLOAD_KINDS = ['Deployment', 'StatefulSet', 'DaemonSet', 'Job'] as const;
export type WorkloadKind = (typeof WORKLOAD_KINDS)[number];

export function isWorkload(object: KubernetesObject): boolean {
  return (WORKLOAD_KINDS as readonly string[]).includes(object.kind);
}

const healthy: Health = { state: 'healthy' };
const progressing = (detail: string): Health => ({ state: 'progressing', detail });
const failed = (detail: string): Health => ({ state: 'failed', detail });

/**
 * Judges a workload as the API server has it, by the rules of `kubectl rollout status`
 * (kubectl/pkg/polymorphichelpers/rollout_status.go) and, for a Job, by its conditions. Other kinds are healthy.
 */
export function healthOf(object: KubernetesObject): Health {
  const status = (object.status ?? {}) as WorkloadStatus;
  const spec = (object.spec ?? {}) as WorkloadSpec;
  if (!isWorkload(object)) return healthy;
  if (object.kind === 'Job') return jobHealth(status);
  if ((status.observedGeneration ?? 0) < (object.metadata.generation ?? 0))
    return progressing('waiting for its controller to see the change');
  switch (object.kind) {
    case 'Deployment':
      return deploymentHealth(spec, status);
    case 'StatefulSet':
      return statefulSetHealth(spec, status);
    default:
      return daemonSetHealth(spec, status);
  }
}

function jobHealth({ conditions = [] }: WorkloadStatus): Health {
  const holds = (type: string): Condition | undefined =>
    conditions.find((condition) => condition.type === type && condition.status === 'True');
  const failure = holds('Failed');
  if (failure) return failed(`${failure.reason ?? 'Failed'}: ${failure.message ?? 'the Job failed'}`);
  return holds('Complete') ? healthy : progressing('running');
}

function deploymentHealth({ replicas = 1, paused = false }: WorkloadSpec, status: WorkloadStatus): Health {
  const { replicas: all = 0, updatedReplicas = 0, availableReplicas = 0, conditions = [] } = status;
  const stuck = conditions.find(({ reason }) => reason === 'ProgressDeadlineExceeded');
  if (stuck) return failed(stuck.message ?? 'it exceeded its progress deadline');
  if (paused) return failed('it is paused (spec.paused), so that no pod is made');
  if (updatedReplicas < replicas) return progressing(`${updatedReplicas} of ${replicas} pods updated`);
  if (all > updatedReplicas) return progressing(`old pods still to end: ${all - updatedReplicas}`);
  if (availableReplicas < updatedReplicas)
    return progressing(`${availableReplicas} of ${updatedReplicas} pods available`);
  return healthy;
}

function statefulSetHealth({ replicas = 1, updateStrategy }: WorkloadSpec, status: WorkloadStatus): Health {
  const { readyReplicas = 0, updatedReplicas = 0, currentRevision, updateRevision } = status;
  if (readyReplicas < replicas) return progressing(`${readyReplicas} of ${replicas} pods ready`);
  // With OnDelete, people decide when a pod is replaced.
  if (updateStrategy?.type === 'OnDelete' || currentRevision === updateRevision) return healthy;
  return progressing(`${updatedReplicas} of ${replicas} pods updated`);
}

function daemonSetHealth({ updateStrategy }: WorkloadSpec, status: WorkloadStatus): Health {
  const { desiredNumberScheduled = 0, updatedNumberScheduled = 0, numberAvailable = 0 } = status;
  if (updateStrategy?.type !== 'OnDelete' && updatedNumberScheduled < desiredNumberScheduled)
    return progressing(`${updatedNumberScheduled} of ${desiredNumberScheduled} pods updated`);
  if (numberAvailable < desiredNumberScheduled)
    return progressing(`${numberAvailable} of ${desiredNumberScheduled} pods available`);
  return healthy;
}
