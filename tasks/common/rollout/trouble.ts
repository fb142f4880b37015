import type { KubernetesObject } from '../kubernetes/object';
import { conditionsOf, isReady, type ContainerStatus, type Pod } from '../kubernetes/pods';

/** What keeps a workload from becoming healthy, from the state of its pods and the warnings about them. */
export interface Trouble {
  /** Undefined when no pod could be made. */
  pod?: string;
  /** Undefined when it is the pod as a whole. */
  container?: string;
  /** The kubelet's, scheduler's or controller's word: `ImagePullBackOff`. */
  reason: string;
  message: string;
  /**
   * How long it may last, in milliseconds, before waiting any longer counts as useless and the release is put back: 0 for
   * what only a change of the release ends; Infinity for what may end by itself, until the deadline.
   */
  patienceMs: number;
  /** Which run of the container has the telling log: the current or the previous one; undefined when none ran. */
  log?: 'current' | 'previous';
}

/** The fields of an event that we read (core/v1); the API server joins repeated ones into a series. */
export interface ClusterEvent extends KubernetesObject {
  reason?: string;
  message?: string;
  count?: number;
  involvedObject?: { kind?: string; name?: string; uid?: string };
  lastTimestamp?: string | null;
}

const FOR_EVER = Infinity;
/** Another controller may still bring a Secret, a volume or quota; what it needs is seconds. */
const A_MOMENT_MS = 8_000;

/** The kubelet tries these again, but only a change of the object, or of what it refers to, ends them. */
const FINAL_REASONS = new Set([
  'InvalidImageName',
  'ErrImageNeverPull',
  'CreateContainerError',
  'RunContainerError',
]);
/** The registry's final word; an unreachable registry may come back. */
const NO_SUCH_IMAGE = /not found|manifest unknown|unauthorized|forbidden|denied|403|401|404/i;
/** Restarts after which a container that ends again and again counts as broken: a dependency may be late once. */
const HOPELESS_RESTARTS = 2;

/**
 * What is wrong with a pod, the gravest first; nothing for one that is ready or on its way.
 * @param events warnings about this pod
 */
export function podTroubles(pod: Pod, events: readonly ClusterEvent[] = []): Trouble[] {
  if (isReady(pod) || pod.status?.phase === 'Succeeded') return [];
  const statuses = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])];
  const troubles = [
    ...unschedulable(pod),
    ...evicted(pod),
    ...statuses.flatMap((status) => containerTrouble(pod.metadata.name, status, events)),
    ...volumeTroubles(pod.metadata.name, statuses, events),
  ];
  return troubles.sort((a, b) => a.patienceMs - b.patienceMs);
}

/**
 * Why a workload's controller makes no pods: quota, admission. A Deployment's own condition tells, of the others the
 * warnings about the workload.
 */
export function creationTroubles(
  workload: KubernetesObject,
  events: readonly ClusterEvent[] = [],
): Trouble[] {
  const failure = conditionsOf(workload.status).find(
    ({ type, status }) => type === 'ReplicaFailure' && status === 'True',
  );
  const messages = failure
    ? [failure.message ?? '']
    : events.filter(({ reason }) => reason === 'FailedCreate').map(({ message }) => message ?? '');
  const message = messages.at(-1);
  if (message === undefined) return [];
  // A webhook that does not answer is being restarted, perhaps; quota is freed when old pods end.
  const passing = /failed calling webhook|timeout|connection refused/i.test(message);
  return [{ reason: 'FailedCreate', message, patienceMs: passing ? FOR_EVER : A_MOMENT_MS }];
}

function unschedulable({ metadata, status }: Pod): Trouble[] {
  const condition = status?.conditions?.find(
    ({ type, reason }) => type === 'PodScheduled' && reason === 'Unschedulable',
  );
  if (!condition) return [];
  const { message = '' } = condition;
  // A cluster autoscaler may bring a node; nobody brings a claim that does not exist.
  const patienceMs = /persistentvolumeclaim "[^"]*" not found/.test(message) ? A_MOMENT_MS : FOR_EVER;
  return [{ pod: metadata.name, reason: 'Unschedulable', message, patienceMs }];
}

function evicted({ metadata, status }: Pod): Trouble[] {
  if (status?.phase !== 'Failed' || status.reason === undefined) return [];
  const { reason, message = '' } = status;
  return [{ pod: metadata.name, reason, message, patienceMs: FOR_EVER }];
}

/** A pod that waits for a volume says so by warnings alone: `MountVolume.SetUp failed …: secret "x" not found`. */
function volumeTroubles(
  pod: string,
  statuses: readonly ContainerStatus[],
  events: readonly ClusterEvent[],
): Trouble[] {
  if (statuses.some(({ state, lastState }) => state?.running ?? state?.terminated ?? lastState?.terminated))
    return [];
  const event = events.filter(({ reason = '' }) => /^Failed(Mount|AttachVolume)$/.test(reason)).at(-1);
  if (!event) return [];
  const { reason = '', message = '' } = event;
  return [
    { pod, reason, message, patienceMs: /not found|not registered/.test(message) ? A_MOMENT_MS : FOR_EVER },
  ];
}

function containerTrouble(pod: string, status: ContainerStatus, events: readonly ClusterEvent[]): Trouble[] {
  const { name: container, state, lastState, restartCount, ready } = status;
  const waiting = state?.waiting;
  const ended = state?.terminated ?? lastState?.terminated;
  const how = ended
    ? `ended with exit code ${ended.exitCode}${ended.reason ? ` (${ended.reason})` : ''}`
    : '';
  const log =
    state?.terminated || state?.running ? 'current' : lastState?.terminated ? 'previous' : undefined;
  if (waiting?.reason === 'CrashLoopBackOff' || (ended && ended.exitCode !== 0 && !state?.running)) {
    const times = restartCount > 0 ? `, restarted ${restartCount} times` : '';
    // In the back-off after its second end, the next try is ten seconds away.
    const again = waiting?.reason === 'CrashLoopBackOff' && restartCount > 0;
    const patienceMs = restartCount >= HOPELESS_RESTARTS ? 0 : again ? A_MOMENT_MS : FOR_EVER;
    const reason = ended?.reason === 'OOMKilled' ? 'OOMKilled' : (waiting?.reason ?? 'Error');
    return [{ pod, container, reason, message: `${how}${times}`, patienceMs, log }];
  }
  if (waiting?.reason && waiting.reason !== 'ContainerCreating' && waiting.reason !== 'PodInitializing') {
    const { reason, message = '' } = waiting;
    return [{ pod, container, reason, message, patienceMs: patienceWith(reason, message), log }];
  }
  if (!state?.running || ready) return [];
  // What the probe got is in the warnings alone: `Readiness probe failed: HTTP probe failed with statuscode: 503`.
  const probe = events
    .filter(({ reason }) => reason === 'Unhealthy')
    .at(-1)
    ?.message?.trim();
  const message = ['it runs, but its readiness probe does not pass', probe, how && `before, it ${how}`]
    .filter((part) => part !== undefined && part !== '')
    .join('; ');
  const crashed = restartCount >= HOPELESS_RESTARTS;
  const reason = crashed ? 'CrashLoopBackOff' : 'NotReady';
  return [{ pod, container, reason, message, patienceMs: crashed ? A_MOMENT_MS : FOR_EVER, log }];
}

function patienceWith(reason: string, message: string): number {
  if (reason === 'ErrImagePull' || reason === 'ImagePullBackOff')
    return NO_SUCH_IMAGE.test(message) ? 0 : FOR_EVER;
  if (reason === 'CreateContainerConfigError') return A_MOMENT_MS;
  return FINAL_REASONS.has(reason) ? 0 : FOR_EVER;
}
