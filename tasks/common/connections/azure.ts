import type { TokenCredential } from '@azure/identity';
import * as tl from 'azure-pipelines-task-lib/task';
import { maskSecret } from '../agent/secrets';
import { UserError } from '../errors';

/** What a task needs of an Azure Resource Manager service connection. */
export interface AzureConnection {
  credential: TokenCredential;
  /** Ending of a vault's host name: `vault.azure.net`, in sovereign clouds another one. */
  keyVaultDnsSuffix: string;
}

/**
 * Reads a service connection of type azurerm. Field names: azure-pipelines-tasks-common-packages,
 * azure-arm-rest/azure-arm-endpoint.ts. The SDK is loaded here, not at start, since few steps need it.
 * @throws UserError when the connection has another authentication scheme or lacks a field
 */
export async function azureFromConnection(connectionId: string): Promise<AzureConnection> {
  const scheme = tl.getEndpointAuthorizationScheme(connectionId, true) ?? '';
  if (scheme !== 'ServicePrincipal') {
    throw new UserError(
      `Azure service connection ${connectionId} has the authentication scheme '${scheme}'; accepted is 'ServicePrincipal' with a key.`,
    );
  }
  const key = requiredParameter(connectionId, 'serviceprincipalkey');
  maskSecret(key);
  const { ClientSecretCredential } = await import('@azure/identity');
  const authorityHost =
    data(connectionId, 'environmentAuthorityUrl') ?? data(connectionId, 'activeDirectoryAuthority');
  return {
    credential: new ClientSecretCredential(
      requiredParameter(connectionId, 'tenantid'),
      requiredParameter(connectionId, 'serviceprincipalid'),
      key,
      // An authority that Microsoft's public instance discovery does not know (Azure Stack, a local cloud) is trusted
      // because the administrator of the project wrote it into the connection.
      { authorityHost, disableInstanceDiscovery: data(connectionId, 'environment') === 'AzureStack' },
    ),
    keyVaultDnsSuffix: data(connectionId, 'AzureKeyVaultDnsSuffix') ?? 'vault.azure.net',
  };
}

function data(connectionId: string, key: string): string | undefined {
  return tl.getEndpointDataParameter(connectionId, key, true) || undefined;
}

function requiredParameter(connectionId: string, key: string): string {
  const value = tl.getEndpointAuthorizationParameter(connectionId, key, true);
  if (!value) throw new UserError(`Azure service connection ${connectionId} lacks the field '${key}'.`);
  return value;
}
