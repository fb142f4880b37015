import { UserError } from '../common/errors';
import type { KubernetesClient } from '../common/kubernetes/client';
import type { KubernetesObject } from '../common/kubernetes/object';
import { isReady, type Pod } from '../common/kubernetes/pods';
import type { Target } from './target';

export type InClusterTarget = Exclude<Target, { kind: 'url' }>;

/** The fields of a Service that we read; names as in the API (core/v1). */
export interface Service extends KubernetesObject {
  spec?: {
    selector?: Record<string, string>;
    ports?: { name?: string; port: number; targetPort?: number | string }[];
  };
}

/** A container's port on a pod that takes traffic. */
export interface Endpoint {
  pod: string;
  port: number;
}

/** A pod's ports have names that a Service may refer to. */
interface Container {
  name: string;
  ports?: { name?: string; containerPort: number }[];
}

const KINDS = {
  service: { apiVersion: 'v1', kind: 'Service' },
  pod: { apiVersion: 'v1', kind: 'Pod' },
  deployment: { apiVersion: 'apps/v1', kind: 'Deployment' },
  statefulset: { apiVersion: 'apps/v1', kind: 'StatefulSet' },
} as const;

/**
 * Finds a ready pod behind a target, and the pod's port.
 * @throws UserError when there is none
 */
export async function findEndpoint(
  client: KubernetesClient,
  namespace: string,
  { kind, name, port }: InClusterTarget,
): Promise<Endpoint> {
  const object = await findObject(client, namespace, kind, name);
  if (kind === 'pod') return { pod: name, port: podPort(object, port) };
  const pods = await client.listPath(`/api/v1/namespaces/${namespace}/pods`, {
    labelSelector: selectorOf(object),
  });
  return kind === 'service'
    ? endpointOf(object, port, pods.items)
    : workloadEndpoint(object, port, pods.items);
}

/** The pods behind a target, ready or not. */
export async function podsBehind(
  client: KubernetesClient,
  namespace: string,
  { kind, name }: Pick<InClusterTarget, 'kind' | 'name'>,
): Promise<Pod[]> {
  const object = await findObject(client, namespace, kind, name);
  if (kind === 'pod') return [object];
  const { items } = await client.listPath(`/api/v1/namespaces/${namespace}/pods`, {
    labelSelector: selectorOf(object),
  });
  return items;
}

/** The rule for a Service: as kube-proxy would choose, but always the first of the ready pods. */
export function endpointOf(service: Service, port: number | string, pods: readonly Pod[]): Endpoint {
  const { name } = service.metadata;
  const ports = service.spec?.ports ?? [];
  const servicePort = ports.find((candidate) => candidate.port === port || candidate.name === port);
  if (servicePort === undefined) {
    const known = ports.map((each) => [each.port, each.name].filter(Boolean).join(' or '));
    throw new UserError(`Service ${name} has no port ${port}; it has ${known.join(', ') || 'none'}.`);
  }
  const pod = readyPod(`Service ${name}`, pods);
  const targetPort = servicePort.targetPort ?? servicePort.port;
  if (typeof targetPort === 'number') return { pod: pod.metadata.name, port: targetPort };
  const named = namedPort(pod, targetPort);
  if (named === undefined) {
    throw new UserError(
      `Service ${name} sends port ${port} to '${targetPort}', a port that pod ${pod.metadata.name} has not.`,
    );
  }
  return { pod: pod.metadata.name, port: named };
}

function workloadEndpoint(workload: KubernetesObject, port: number | string, pods: readonly Pod[]): Endpoint {
  const pod = readyPod(`${workload.kind} ${workload.metadata.name}`, pods);
  return { pod: pod.metadata.name, port: podPort(pod, port) };
}

function readyPod(of: string, pods: readonly Pod[]): Pod {
  const pod = pods.find(
    (candidate) => candidate.metadata.deletionTimestamp === undefined && isReady(candidate),
  );
  if (pod !== undefined) return pod;
  const states = pods.map(
    ({ metadata, status }) => `${metadata.name} is ${status?.phase ?? 'unknown'} but not ready`,
  );
  throw new UserError(`${of} has no ready pod: ${states.join(', ') || 'no pod matches its selector'}.`);
}

function podPort(pod: Pod, port: number | string): number {
  if (typeof port === 'number') return port;
  const named = namedPort(pod, port);
  if (named === undefined) throw new UserError(`Pod ${pod.metadata.name} has no port named '${port}'.`);
  return named;
}

function namedPort(pod: Pod, name: string): number | undefined {
  const containers: Container[] = pod.spec?.containers ?? [];
  return containers.flatMap(({ ports = [] }) => ports).find((each) => each.name === name)?.containerPort;
}

async function findObject(
  client: KubernetesClient,
  namespace: string,
  kind: InClusterTarget['kind'],
  name: string,
): Promise<KubernetesObject> {
  const object = await client.find({ ...KINDS[kind], metadata: { name, namespace } });
  if (object === undefined) throw new UserError(`Namespace ${namespace} has no ${KINDS[kind].kind} ${name}.`);
  return object;
}

/** A Service's selector is a map of labels, a workload's has `matchLabels`. */
export function selectorOf(object: KubernetesObject): string {
  const { selector = {} } = (object.spec ?? {}) as { selector?: Record<string, unknown> };
  const labels =
    object.kind === 'Service' ? selector : ((selector.matchLabels ?? {}) as Record<string, unknown>);
  const text = Object.entries(labels)
    .map(([key, value]) => `${key}=${String(value)}`)
    .join();
  if (text === '') {
    throw new UserError(
      `${object.kind} ${object.metadata.name} has no selector, so there is no pod to reach through it.`,
    );
  }
  return text;
}
