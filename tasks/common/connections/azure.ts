import type { TokenCredential } from '@azure/identity';
import * as tl from 'azure-pipelines-task-lib/task';
import { credentialFromConnection } from './azureCredential';

/** What a task needs of an Azure Resource Manager service connection. */
export interface AzureConnection {
  /** Of the service connection, for messages. */
  id: string;
  credential: TokenCredential;
  /** Resource Manager's address, without a slash at its end. */
  resourceManager: string;
  /** The scope of a token for Resource Manager. */
  resourceManagerScope: string;
  /** Undefined when the connection is for a management group. */
  subscription?: string;
  tenant?: string;
  /** As the connection names it: AzureCloud, AzureUSGovernment, AzureChinaCloud, AzureStack. */
  environment: string;
  /** Ending of a vault's host name: `vault.azure.net`, in sovereign clouds another one. */
  keyVaultDnsSuffix: string;
}

/**
 * Reads a service connection of type azurerm. All addresses are the connection's own, so that sovereign clouds need nothing
 * else. Field names and the rule for the scope: azure-pipelines-tasks-common-packages, azure-arm-rest/azure-arm-endpoint.ts.
 * @throws UserError when the connection has another authentication scheme or lacks a field
 */
export async function azureFromConnection(id: string): Promise<AzureConnection> {
  const data = (key: string): string | undefined => tl.getEndpointDataParameter(id, key, true) || undefined;
  const resourceManager = trimmed(tl.getEndpointUrl(id, true) || 'https://management.azure.com');
  // Azure Stack has an audience of its own; elsewhere Resource Manager's address is one, too.
  const audience = trimmed(data('activeDirectoryServiceEndpointResourceId') ?? resourceManager);
  return {
    id,
    credential: await credentialFromConnection(id),
    resourceManager,
    resourceManagerScope: `${audience}/.default`,
    subscription: data('subscriptionid'),
    tenant: tl.getEndpointAuthorizationParameter(id, 'tenantid', true) || undefined,
    environment: data('environment') ?? 'AzureCloud',
    keyVaultDnsSuffix: data('AzureKeyVaultDnsSuffix') ?? 'vault.azure.net',
  };
}

function trimmed(address: string): string {
  return address.replace(/\/+$/, '');
}
