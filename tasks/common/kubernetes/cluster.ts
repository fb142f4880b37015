import type { KubeConfig } from '@kubernetes/client-node';
import { systemClock } from '../clock';
import { kubeConfigFromAks, type AksCluster } from '../connections/aks';
import { asksForEntraToken, logInWithEntra } from '../connections/entraLogin';
import { loginProgramOf } from '../connections/kubeconfig';
import { kubeConfigFromConnection, kubeConfigFromFile } from '../connections/kubernetes';
import { proxyFor } from '../connections/proxy';
import { UserError } from '../errors';
import { ApiError, KubernetesClient } from './client';
import type { KubernetesObject } from './object';

/** Where a cluster's address and the login to it come from. `azureConnection` is an Azure Resource Manager service connection. */
export type ClusterSettings =
  | {
      kind: 'kubernetes';
      /** Id of a Kubernetes service connection. */
      connection: string;
      /** Whose identity logs in, when the kubeconfig asks for a token of Entra ID. */
      azureConnection?: string;
    }
  | {
      kind: 'kubeconfig';
      /** Absolute path on the agent. */
      file: string;
      azureConnection?: string;
    }
  | ({ kind: 'aks' } & AksCluster);

/** The namespace of the release in its cluster. */
export interface Cluster {
  client: KubernetesClient;
  /** For what the client does not do: watches, port-forward. Its requests log in as the client's do. */
  config: KubeConfig;
  namespace: string;
  /** Address of the API server. */
  server: string;
}

/**
 * Makes ready to talk to a cluster. Nothing but Resource Manager (of AKS) is asked yet.
 * @throws UserError when there is no address or no way to log in
 */
export async function connect(
  settings: ClusterSettings,
  namespace: string,
  signal?: AbortSignal,
): Promise<Cluster> {
  const config = await configOf(settings, signal);
  const user = config.getCurrentUser();
  const program = loginProgramOf(user);
  const { azureConnection } = settings;
  const entra = asksForEntraToken(user);
  if (program !== undefined && !(entra && azureConnection !== undefined)) {
    throw new UserError(
      `The kubeconfig logs in by the program or plugin '${program}', which is not started here. ` +
        (entra
          ? "Give the input 'azureSubscription' a service connection whose identity has rights in the cluster."
          : 'Use a kubeconfig with a certificate or token, or the service account of a Kubernetes service connection.'),
    );
  }
  const login = entra && azureConnection !== undefined ? logInWithEntra(config, azureConnection) : undefined;
  const server = throughProxy(config);
  const client = KubernetesClient.connect(config, namespace, systemClock, login);
  return { client, config, namespace, server };
}

export function namespaceObject(name: string): KubernetesObject {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
}

/** Makes the namespace; that somebody else was faster is no error. */
export async function createNamespace({ client, namespace }: Cluster): Promise<void> {
  await client.createObject(namespaceObject(namespace)).catch((error: unknown) => {
    if (!(error instanceof ApiError && error.code === 409)) throw error;
  });
}

function configOf(settings: ClusterSettings, signal?: AbortSignal): KubeConfig | Promise<KubeConfig> {
  switch (settings.kind) {
    case 'kubernetes':
      return kubeConfigFromConnection(settings.connection);
    case 'kubeconfig':
      return kubeConfigFromFile('kubeconfig', settings.file);
    case 'aks':
      return kubeConfigFromAks(settings, signal);
  }
}

/** client-node knows a proxy only from the kubeconfig. */
function throughProxy(config: KubeConfig): string {
  const cluster = config.getCurrentCluster();
  if (!cluster) return '';
  const proxyUrl = cluster.proxyUrl ?? proxyFor(cluster.server);
  if (proxyUrl !== undefined) {
    config.clusters = config.clusters.map((other) => (other === cluster ? { ...other, proxyUrl } : other));
  }
  return cluster.server;
}
