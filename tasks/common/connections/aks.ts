import type { KubeConfig } from '@kubernetes/client-node';
import { InputError, messageOf, UserError } from '../errors';
import { azureFromConnection } from './azure';
import { parseKubeConfig } from './kubeconfig';
import { askResourceManager, ResourceManagerError } from './resourceManager';

/** An AKS cluster by its place in Azure. */
export interface AksCluster {
  /** Id of an Azure Resource Manager service connection. */
  azureConnection: string;
  resourceGroup: string;
  cluster: string;
  /** The service connection's own when undefined. */
  subscription?: string;
  /** Use the local admin account, which no role in Azure limits. */
  admin: boolean;
}

const API_VERSION = '2024-05-01';

/**
 * The configuration that AKS hands out for a cluster: of the user that the service connection is, or of the local admin.
 * https://learn.microsoft.com/rest/api/aks/managed-clusters/list-cluster-user-credentials (and …-admin-credentials)
 * @throws UserError that says what Resource Manager refused and what to do about it
 */
export async function kubeConfigFromAks(aks: AksCluster, signal?: AbortSignal): Promise<KubeConfig> {
  const connection = await azureFromConnection(aks.azureConnection);
  const subscription = aks.subscription ?? connection.subscription;
  if (subscription === undefined) {
    throw new InputError(
      'azureSubscriptionId',
      '',
      'the id of the subscription of the cluster',
      `Service connection ${connection.id} is not for one subscription.`,
    );
  }
  const parts = ['subscriptions', subscription, 'resourceGroups', aks.resourceGroup];
  const path = [...parts, 'providers', 'Microsoft.ContainerService', 'managedClusters', aks.cluster];
  const answer = await askResourceManager(
    connection,
    {
      method: 'POST',
      path: `/${path.map(encodeURIComponent).join('/')}/listCluster${aks.admin ? 'Admin' : 'User'}Credential`,
      query: { 'api-version': API_VERSION, ...(aks.admin ? {} : { format: 'exec' }) },
    },
    signal,
  ).catch((error: unknown) => {
    signal?.throwIfAborted();
    throw new UserError(
      `AKS did not give the credentials of cluster '${aks.cluster}' in resource group '${aks.resourceGroup}' ` +
        `(subscription ${subscription}): ${messageOf(error)} ${remedy(error, aks)}`.trim(),
    );
  });
  return parseKubeConfig(kubeconfigOf(answer), `The kubeconfig of AKS cluster '${aks.cluster}'`);
}

/** `{ kubeconfigs: [{ name: 'clusterUser', value: <base64> }] }` */
function kubeconfigOf(answer: unknown): string {
  const { kubeconfigs } = answer as { kubeconfigs?: { value?: string }[] };
  const value = kubeconfigs?.[0]?.value;
  if (!value) throw new UserError('AKS gave no kubeconfig for the cluster.');
  return Buffer.from(value, 'base64').toString('utf8');
}

/** https://learn.microsoft.com/azure/aks/control-kubeconfig-access and /azure/aks/manage-local-accounts-managed-azure-ad */
function remedy(error: unknown, { admin }: AksCluster): string {
  if (!(error instanceof ResourceManagerError)) return '';
  if (error.status === 403) {
    return (
      'Give the identity of the service connection the role ' +
      `'Azure Kubernetes Service Cluster ${admin ? 'Admin' : 'User'} Role' on the cluster.`
    );
  }
  if (error.code === 'SubscriptionNotFound')
    return "Correct the input 'azureSubscriptionId', or give the identity a role in the subscription.";
  if (error.code === 'ResourceGroupNotFound') return "Correct the input 'azureResourceGroup'.";
  if (error.status === 404) return "Correct the input 'kubernetesCluster' or 'azureResourceGroup'.";
  if (admin && error.status === 400) {
    return "If the cluster has no local accounts, leave 'useClusterAdmin' off; the identity then needs rights in the cluster.";
  }
  return '';
}
