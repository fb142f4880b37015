import { UserError } from '../common/errors';
import { MANAGED_BY_LABEL, nameOf, type KubernetesObject } from '../common/kubernetes/object';
import type { Pod } from '../common/kubernetes/pods';

/** The fields of a workload that we read; all others of its pod template pass through. */
interface WorkloadSpec {
  template?: PodTemplate;
  volumeClaimTemplates?: { metadata: { name: string } }[];
}

interface PodTemplate {
  metadata?: { labels?: Record<string, string>; annotations?: Record<string, string> };
  spec?: {
    containers?: Container[];
    affinity?: object;
    volumes?: object[];
  };
}

interface Container {
  name: string;
}

/** Value of the managed-by label of our Jobs and their pods, which makes them no part of the release. */
export const JOB_MANAGER = 'langflow-smoke-test';
/** Nobody ever sets this condition, so the pod is never ready and no Service sends it any traffic. */
const NEVER_READY = 'langflow-delivery/takes-no-traffic';
/** How long the cluster keeps a finished Job when this step could not delete it. */
const TTL_S = 600;
/** What a command gets to end when its Job is deleted. */
const GRACE_S = 5;
/** What the cluster gives a Job beyond the time limit of its check, so that the step still finds the log. */
const SLACK_S = 60;

/** Fields of a container that are meant for a server, not for a command. */
const OF_A_SERVER = ['args', 'livenessProbe', 'readinessProbe', 'startupProbe', 'lifecycle', 'ports'];

/** Reasons why a container will not start (kubernetes/kubernetes, pkg/kubelet/images and pkg/kubelet/kuberuntime). */
const HOPELESS = [
  'CreateContainerConfigError',
  'CreateContainerError',
  'ErrImageNeverPull',
  'ImagePullBackOff',
  'InvalidImageName',
];

export interface JobSettings {
  name: string;
  namespace: string;
  command: readonly string[];
  /** Undefined: the template's first. */
  container: string | undefined;
  timeoutMs: number;
}

/**
 * A Job that runs a command as a workload's pod would: same image, environment, volumes, account and labels, so that
 * network policies let it through. Only one container runs, since with its neighbours the pod would never end, and
 * nothing keeps it away from the workload's replicas.
 * @throws UserError when the workload has no such container
 */
export function jobLike(workload: KubernetesObject, settings: JobSettings): KubernetesObject {
  const { template = {}, volumeClaimTemplates = [] } = (workload.spec ?? {}) as WorkloadSpec;
  const containers = template.spec?.containers ?? [];
  const container =
    settings.container === undefined
      ? containers[0]
      : containers.find(({ name }) => name === settings.container);
  if (container === undefined) {
    throw new UserError(
      `${nameOf(workload)} has no container '${settings.container ?? ''}'; it has ${containers.map(({ name }) => name).join(', ')}.`,
    );
  }
  const affinity = template.spec?.affinity;
  const labels = { ...template.metadata?.labels, [MANAGED_BY_LABEL]: JOB_MANAGER };
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name: settings.name,
      namespace: settings.namespace,
      labels: { [MANAGED_BY_LABEL]: JOB_MANAGER },
    },
    spec: {
      backoffLimit: 0,
      ttlSecondsAfterFinished: TTL_S,
      activeDeadlineSeconds: Math.ceil(settings.timeoutMs / 1_000) + SLACK_S,
      template: {
        metadata: { ...template.metadata, labels },
        spec: {
          ...without(template.spec ?? {}, ['affinity', 'topologySpreadConstraints']),
          ...(affinity && { affinity: without(affinity, ['podAntiAffinity']) }),
          // The claims of a StatefulSet belong to its replicas.
          volumes: [
            ...(template.spec?.volumes ?? []),
            ...volumeClaimTemplates.map(({ metadata }) => ({ name: metadata.name, emptyDir: {} })),
          ],
          restartPolicy: 'Never',
          terminationGracePeriodSeconds: GRACE_S,
          readinessGates: [{ conditionType: NEVER_READY }],
          containers: [{ ...without(container, OF_A_SERVER), command: settings.command }],
        },
      },
    },
  };
}

/**
 * How far the pod of such a Job is.
 * @returns the exit code of its command and what killed it, if anything; or for people what it is doing
 * @throws UserError when the command will never run
 */
export function progressOf(pod: Pod): { exitCode: number; killed?: string } | { state: string } {
  const { name } = pod.metadata;
  const { phase = 'Pending', reason, message, conditions = [] } = pod.status ?? {};
  const terminated = pod.status?.containerStatuses?.[0]?.state?.terminated;
  if (terminated?.reason === 'StartError') {
    throw new UserError(`The command cannot be started: ${terminated.message ?? 'no reason is given'}`);
  }
  if (terminated !== undefined) return { exitCode: terminated.exitCode, killed: killedBy(terminated.reason) };
  const containers = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])];
  for (const { name: container, state } of containers) {
    if (state?.waiting?.reason !== undefined && HOPELESS.includes(state.waiting.reason)) {
      const { reason: why, message: detail } = state.waiting;
      throw new UserError(`Container ${container} of pod ${name} cannot start: ${textOf(why, detail)}.`);
    }
  }
  if (phase === 'Failed') {
    const failed = containers.find(({ state }) => (state?.terminated?.exitCode ?? 0) !== 0);
    const what =
      failed === undefined
        ? textOf(reason, message) || 'no reason is given'
        : `container ${failed.name} ended with exit code ${failed.state?.terminated?.exitCode ?? 0}`;
    throw new UserError(`Pod ${name} failed before its command ran: ${what}.`);
  }
  const unscheduled = conditions.find(({ type, status }) => type === 'PodScheduled' && status === 'False');
  const waiting = containers.find(({ state }) => state?.waiting)?.state?.waiting;
  const detail = unscheduled ?? waiting;
  return {
    state: [`pod ${name} is ${phase}`, textOf(detail?.reason, detail?.message)].filter(Boolean).join(': '),
  };
}

/** `OOMKilled`, for example; a program that ended by itself has one of the other reasons. */
function killedBy(reason: string | undefined): string | undefined {
  return reason === 'Completed' || reason === 'Error' ? undefined : reason;
}

function without(object: object, keys: readonly string[]): object {
  return Object.fromEntries(Object.entries(object).filter(([key]) => !keys.includes(key)));
}

function textOf(reason?: string, message?: string): string {
  return [reason, message].filter(Boolean).join(': ').replace(/\.$/, '');
}
