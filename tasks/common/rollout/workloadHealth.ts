import type { KubernetesObject } from '../kubernetes/object';
import type { Condition } from '../kubernetes/pods';
import { failed, healthy, progressing, type Health } from './healthState';

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
  suspend?: boolean;
  updateStrategy?: { type?: string; rollingUpdate?: { partition?: number } };
}

type Rule = (spec: WorkloadSpec, status: WorkloadStatus) => Health;

/** The rules of `kubectl rollout status` (kubectl/pkg/polymorphichelpers/rollout_status.go) and of kstatus for Jobs. */
export const WORKLOAD_RULES: Record<string, ((object: KubernetesObject) => Health) | undefined> = {
  Deployment: seen(deploymentHealth),
  StatefulSet: seen(statefulSetHealth),
  DaemonSet: seen(daemonSetHealth),
  ReplicaSet: seen(replicaSetHealth),
  Job: ruled(jobHealth),
  // It waits for its time; what it then starts is no part of the release.
  CronJob: () => healthy,
};

function ruled(rule: Rule) {
  return ({ spec, status }: KubernetesObject): Health => rule(spec ?? {}, status ?? {});
}

/** A new object has no observed generation; until its controller writes one, its counts are those of nobody. */
function seen(rule: Rule) {
  return (object: KubernetesObject): Health =>
    (object.status as WorkloadStatus | undefined)?.observedGeneration === undefined
      ? progressing('waiting for its controller to see it')
      : ruled(rule)(object);
}

function jobHealth({ suspend }: WorkloadSpec, { conditions = [] }: WorkloadStatus): Health {
  const holds = (type: string): Condition | undefined =>
    conditions.find((condition) => condition.type === type && condition.status === 'True');
  const failure = holds('Failed') ?? holds('FailureTarget');
  if (failure) return failed(`${failure.reason ?? 'Failed'}: ${failure.message ?? 'the Job failed'}`);
  if (holds('Complete')) return healthy;
  return suspend ? failed('it is suspended (spec.suspend), so that it never ends') : progressing('running');
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
  // With OnDelete, people decide when a pod is replaced; with a partition, those below it keep the former template.
  const partition = updateStrategy?.rollingUpdate?.partition ?? 0;
  if (updateStrategy?.type === 'OnDelete' || currentRevision === updateRevision) return healthy;
  if (partition > 0 && updatedReplicas >= replicas - partition) return healthy;
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

function replicaSetHealth({ replicas = 1 }: WorkloadSpec, { availableReplicas = 0 }: WorkloadStatus): Health {
  return availableReplicas < replicas
    ? progressing(`${availableReplicas} of ${replicas} pods available`)
    : healthy;
}
