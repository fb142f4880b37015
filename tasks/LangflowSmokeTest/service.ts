import { UserError } from '../common/errors';
import type { KubernetesClient } from '../common/kubernetes/client';
import type { KubernetesObject } from '../common/kubernetes/object';
import { isReady, type Pod } from '../common/kubernetes/pods';

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

/**
 * Finds a ready pod behind a Service, and the pod's port.
 * @param port number or name of one of the Service's ports
 * @throws UserError when there is none
 */
export async function findEndpoint(
  client: KubernetesClient,
  namespace: string,
  name: string,
  port: number | string,
): Promise<Endpoint> {
  const header = { apiVersion: 'v1', kind: 'Service', metadata: { name, namespace } };
  const service: Service | undefined = await client.find(header);
  if (service === undefined) throw new UserError(`Namespace ${namespace} has no Service ${name}.`);
  const labels = Object.entries(service.spec?.selector ?? {}).map(([key, value]) => `${key}=${value}`);
  if (labels.length === 0) {
    throw new UserError(`Service ${name} has no selector, so there is no pod to reach through it.`);
  }
  const pods = await client.listPath(`/api/v1/namespaces/${namespace}/pods`, {
    labelSelector: labels.join(),
  });
  return endpointOf(service, port, pods.items);
}

/** The rule of `findEndpoint`: as kube-proxy would choose, but always the first of the ready pods. */
export function endpointOf(service: Service, port: number | string, pods: readonly Pod[]): Endpoint {
  const { name } = service.metadata;
  const ports = service.spec?.ports ?? [];
  const servicePort = ports.find((candidate) => candidate.port === port || candidate.name === port);
  if (servicePort === undefined) {
    const known = ports.map((each) => [each.port, each.name].filter(Boolean).join(' or '));
    throw new UserError(`Service ${name} has no port ${port}; it has ${known.join(', ') || 'none'}.`);
  }
  const pod = pods.find(
    (candidate) => candidate.metadata.deletionTimestamp === undefined && isReady(candidate),
  );
  if (pod === undefined) {
    const states = pods.map(
      ({ metadata, status }) => `${metadata.name} is ${status?.phase ?? 'unknown'} but not ready`,
    );
    throw new UserError(
      `Service ${name} has no ready pod: ${states.join(', ') || 'no pod matches its selector'}.`,
    );
  }
  const targetPort = servicePort.targetPort ?? servicePort.port;
  if (typeof targetPort === 'number') return { pod: pod.metadata.name, port: targetPort };
  const containers: Container[] = pod.spec?.containers ?? [];
  const named = containers.flatMap(({ ports: all = [] }) => all).find((each) => each.name === targetPort);
  if (named === undefined) {
    throw new UserError(
      `Service ${name} sends port ${port} to '${targetPort}', a port that pod ${pod.metadata.name} has not.`,
    );
  }
  return { pod: pod.metadata.name, port: named.containerPort };
}
