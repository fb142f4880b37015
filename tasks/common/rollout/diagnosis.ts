import { messageOf } from '../errors';
import type { Cluster } from '../kubernetes/cluster';
import type { ClusterEvent, Trouble } from './trouble';

/** Pods of one workload mostly suffer from the same. */
const MOST_TROUBLES = 2;
const LOG_LINES = 15;
const MOST_EVENTS = 3;

/**
 * What a person would look up next, in one text: each trouble, the container's last words, the warnings about the pod, and
 * what to do.
 * @param warnings about the pods and the workload
 */
export async function diagnose(
  cluster: Cluster,
  troubles: readonly Trouble[],
  warnings: readonly ClusterEvent[],
): Promise<string> {
  const parts = await Promise.all(
    troubles.slice(0, MOST_TROUBLES).map(async (trouble) => {
      const log = await lastWords(cluster, trouble);
      const events = latest(warnings, trouble);
      const advice = adviceFor(trouble);
      return [
        `  ${summaryOf(trouble)}`,
        ...(log === '' ? [] : ['  Its last words:', indent(log)]),
        ...(events.length === 0 ? [] : ['  Warnings of the cluster:', indent(events.join('\n'))]),
        ...(advice === undefined ? [] : [`  What to do: ${advice}`]),
      ].join('\n');
    }),
  );
  return parts.join('\n');
}

/** `Pod web-1, container 'main': ErrImagePull: …`. */
export function summaryOf({ pod, container, reason, message }: Trouble): string {
  const where = pod === undefined ? 'No pod could be made' : `Pod ${pod}`;
  return `${where}${container === undefined ? '' : `, container '${container}'`}: ${reason}: ${message}`;
}

async function lastWords({ client, namespace }: Cluster, { pod, container, log }: Trouble): Promise<string> {
  if (pod === undefined || container === undefined || log === undefined) return '';
  const object = { apiVersion: 'v1', kind: 'Pod', metadata: { name: pod, namespace } };
  return client
    .logTail(object, container, LOG_LINES, log === 'previous')
    .then((text) => text.trimEnd())
    .catch((error: unknown) => `(its log could not be read: ${messageOf(error)})`);
}

function latest(warnings: readonly ClusterEvent[], { pod, message }: Trouble): string[] {
  return warnings
    .filter(({ involvedObject }) => pod !== undefined && involvedObject?.name === pod)
    .sort((a, b) => (a.lastTimestamp ?? '').localeCompare(b.lastTimestamp ?? ''))
    .slice(-MOST_EVENTS)
    .filter((event) => event.message !== message)
    .map((event) => `${event.reason ?? ''}: ${event.message ?? ''}`);
}

/** A first step for the reasons that people meet most. */
export function adviceFor({ reason, message }: Pick<Trouble, 'reason' | 'message'>): string | undefined {
  switch (reason) {
    case 'ErrImagePull':
    case 'ImagePullBackOff':
      return /unauthorized|denied|401|403/i.test(message)
        ? 'let the cluster pull from the registry (`az aks update --attach-acr`, or an imagePullSecret).'
        : 'see whether the digest is still in the registry, and whether the nodes reach it.';
    case 'CreateContainerConfigError':
      return 'the pod refers to a Secret, ConfigMap or key that is not there; compare it with the manifests and the input `secrets`.';
    case 'FailedMount':
    case 'FailedAttachVolume':
      return 'see that the Secret, ConfigMap or claim of the volume exists in this namespace, and that its disk is not held by another node.';
    case 'FailedCreate':
      return /exceeded quota/.test(message)
        ? "raise the namespace's ResourceQuota or lower the requests; a rolling update needs room for its surge too."
        : 'the cluster does not admit the pod; change what it objects to in the pod template, or its policy.';
    case 'Unschedulable':
      return /persistentvolumeclaim/i.test(message)
        ? 'see that the claim exists and that its storage class can make a volume (`kubectl describe pvc`).'
        : 'add nodes or lower the requests; the scheduler says above what is missing.';
    case 'NotReady':
      return 'see the last words above, and whether the readiness probe asks for the right path and port.';
    case 'OOMKilled':
      return 'raise the memory limit of the container, or find what takes so much.';
    case 'CrashLoopBackOff':
    case 'Error':
      return 'the container ends by itself or fails its liveness probe; its last words above say why.';
    default:
      return undefined;
  }
}

function indent(text: string): string {
  return text.replace(/^/gm, '    ');
}
