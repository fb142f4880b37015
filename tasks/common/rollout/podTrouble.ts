import { isReady, type ContainerStatus, type Pod } from '../kubernetes/pods';

/** What is wrong with a pod. */
export interface Trouble {
  pod: string;
  /** Undefined when it is the pod as a whole. */
  container?: string;
  /** The kubelet's or scheduler's word: `ImagePullBackOff`. */
  reason: string;
  message: string;
  /** Whether waiting longer cannot help, so that the release may be put back at once. */
  hopeless: boolean;
  /** Which run of the container has the telling log: the current or the previous one; undefined when none ran. */
  log?: 'current' | 'previous';
}

/** The kubelet tries these again, but only a change of the object, or of what it refers to, ends them. */
const HOPELESS = new Set(['InvalidImageName', 'ErrImageNeverPull', 'CreateContainerConfigError']);
/** The registry's final word; an unreachable registry may come back. */
const NO_SUCH_IMAGE = /not found|manifest unknown|unauthorized|forbidden|denied|403|401|404/i;
/** Restarts after which a container that ends again and again counts as broken: a dependency may be late once. */
const HOPELESS_RESTARTS = 2;

/** What is wrong with a pod, the gravest first; nothing for one that is ready or on its way. */
export function troublesOf(pod: Pod): Trouble[] {
  if (isReady(pod) || pod.status?.phase === 'Succeeded') return [];
  const name = pod.metadata.name;
  const troubles: Trouble[] = [
    ...unschedulable(pod),
    ...[...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])].flatMap(
      (status) => containerTrouble(name, status),
    ),
  ];
  return troubles.sort((a, b) => Number(b.hopeless) - Number(a.hopeless));
}

function unschedulable({ metadata, status }: Pod): Trouble[] {
  const condition = status?.conditions?.find(
    ({ type, reason }) => type === 'PodScheduled' && reason === 'Unschedulable',
  );
  if (!condition) return [];
  // A cluster autoscaler may bring a node.
  return [{ pod: metadata.name, reason: 'Unschedulable', message: condition.message ?? '', hopeless: false }];
}

function containerTrouble(pod: string, status: ContainerStatus): Trouble[] {
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
    const hopeless = restartCount >= HOPELESS_RESTARTS;
    return [{ pod, container, reason: waiting?.reason ?? 'Error', message: `${how}${times}`, hopeless, log }];
  }
  if (waiting?.reason && waiting.reason !== 'ContainerCreating' && waiting.reason !== 'PodInitializing') {
    const { reason, message = '' } = waiting;
    const pull = reason === 'ErrImagePull' || reason === 'ImagePullBackOff';
    const hopeless = pull ? NO_SUCH_IMAGE.test(message) : HOPELESS.has(reason);
    return [{ pod, container, reason, message, hopeless, log }];
  }
  if (state?.running && !ready)
    return [
      {
        pod,
        container,
        reason: 'NotReady',
        message: `it runs, but its readiness probe does not pass${how ? `; before, it ${how}` : ''}`,
        hopeless: false,
        log,
      },
    ];
  return [];
}
