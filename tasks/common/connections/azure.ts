import type { TokenCredential } from '@azure/identity';
import * as tl from 'azure-pipelines-task-lib/task';
import { credentialFromConnection } from './azureCredential';

/** What a task needs of an Azure Resource Manager service connection. */
export interface AzureConnection {
  credential: TokenCredential;
  /** Ending of a vault's host name: `vault.azure.net`, in sovereign clouds another one. */
  keyVaultDnsSuffix: string;
}

/**
 * Reads a service connection of type azurerm.
 * @throws UserError when the connection has another authentication scheme or lacks a field
 */
export async function azureFromConnection(connectionId: string): Promise<AzureConnection> {
  return {
    credential: await credentialFromConnection(connectionId),
    keyVaultDnsSuffix:
      tl.getEndpointDataParameter(connectionId, 'AzureKeyVaultDnsSuffix', true) || 'vault.azure.net',
  };
}
