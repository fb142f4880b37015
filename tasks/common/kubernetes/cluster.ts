import type { KubeConfig } from '@kubernetes/client-node';
import { systemClock } from '../clock';
import { kubeConfigFromConnection } from '../connections/kubernetes';
import { ApiError, KubernetesClient } from './client';

/** The namespace of the release in its cluster. */
export interface Cluster {
  client: KubernetesClient;
  /** For what client-node does by itself: watches, port-forwards. */
  config: KubeConfig;
  namespace: string;
  /** Address of the API server. */
  server: string;
}

/** @param connectionId of a Kubernetes service connection */
export function connect(connectionId: string, namespace: string): Cluster {
  const config = kubeConfigFromConnection(connectionId);
  const client = KubernetesClient.connect(config, namespace, systemClock);
  return { client, config, namespace, server: config.getCurrentCluster()?.server ?? '' };
}

/** Makes the namespace; that somebody else was faster is no error. */
export async function createNamespace({ client, namespace }: Cluster): Promise<void> {
  const object = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } };
  await client.createObject(object).catch((error: unknown) => {
    if (!(error instanceof ApiError && error.code === 409)) throw error;
  });
}
