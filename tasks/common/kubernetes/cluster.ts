import { systemClock } from '../clock';
import { kubeConfigFromConnection } from '../connections/kubernetes';
import { KubernetesClient } from './client';

/** The namespace of the release in its cluster. */
export interface Cluster {
  client: KubernetesClient;
  namespace: string;
  /** Address of the API server. */
  server: string;
}

/** @param connectionId of a Kubernetes service connection */
export function connect(connectionId: string, namespace: string): Cluster {
  const config = kubeConfigFromConnection(connectionId);
  const client = KubernetesClient.connect(config, namespace, systemClock);
  return { client, namespace, server: config.getCurrentCluster()?.server ?? '' };
}
