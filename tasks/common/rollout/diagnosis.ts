import { messageOf } from '../errors';
import type { KubernetesObject } from '../kubernetes/object';
import type { Cluster } from '../kubernetes/cluster';
import type { Trouble } from './podTrouble';

/** Pods of one workload mostly suffer from the same. */
const MOST_TROUBLES = 2;
const LOG_LINES = 15;
const MOST_EVENTS = 3;

interface Event extends KubernetesObject {
  type?: string;
  reason?: string;
  message?: string;
  lastTimestamp?: string | null;
}

/** What a person would look up next, in one text: each pod's trouble, its last words, its warnings, what to do. */
export async function diagnose(cluster: Cluster, troubles: readonly Trouble[]): Promise<string> {
  const parts = await Promise.all(
    troubles.slice(0, MOST_TROUBLES).map(async (trouble) => {
      const [log, events] = await Promise.all([lastWords(cluster, trouble), warnings(cluster, trouble.pod)]);
      const where = trouble.container ? `, container '${trouble.container}'` : '';
      const advice = adviceFor(trouble);
      return [
        `  Pod ${trouble.pod}${where}: ${trouble.reason}: ${trouble.message}`,
        ...(log === '' ? [] : ['  Its last words:', indent(log)]),
        ...(events.length === 0 ? [] : ['  Warnings of the cluster:', indent(events.join('\n'))]),
        ...(advice === undefined ? [] : [`  What to do: ${advice}`]),
      ].join('\n');
    }),
  );
  return parts.join('\n');
}

async function lastWords({ client, namespace }: Cluster, { pod, container, log }: Trouble): Promise<string> {
  if (container === undefined || log === undefined) return '';
  const object = { apiVersion: 'v1', kind: 'Pod', metadata: { name: pod, namespace } };
  return client
    .logTail(object, container, LOG_LINES, log === 'previous')
    .then((text) => text.trimEnd())
    .catch((error: unknown) => `(its log could not be read: ${messageOf(error)})`);
}

async function warnings({ client, namespace }: Cluster, pod: string): Promise<string[]> {
  const fieldSelector = `involvedObject.name=${pod},type=Warning`;
  const { items } = await client
    .listPath(`/api/v1/namespaces/${namespace}/events`, { fieldSelector })
    .catch(() => ({ items: [] }));
  return (items as Event[])
    .sort((a, b) => (a.lastTimestamp ?? '').localeCompare(b.lastTimestamp ?? ''))
    .slice(-MOST_EVENTS)
    .map(({ reason, message }) => `${reason ?? ''}: ${message ?? ''}`);
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
    case 'Unschedulable':
      return 'add nodes or lower the requests; the scheduler says above what is missing.';
    case 'NotReady':
      return 'see the last words above, and whether the readiness probe asks for the right path and port.';
    default:
      return /OOMKilled/.test(message) ? 'raise the memory limit of the container.' : undefined;
  }
}

function indent(text: string): string {
  return text.replace(/^/gm, '    ');
}
