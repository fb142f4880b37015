import type * as identitySdk from '@azure/identity';
import * as tl from 'azure-pipelines-task-lib/task';
import { maskSecret } from '../agent/secrets';
import { messageOf, UserError } from '../errors';
import { agentProxy } from './proxy';

const SCHEMES = ['ServicePrincipal', 'ManagedServiceIdentity', 'WorkloadIdentityFederation'];

/**
 * The credential of a service connection that stands for an identity in Entra ID: of type azurerm, or dockerregistry for
 * an Azure Container Registry. Field names: azure-pipelines-tasks-common-packages, azure-arm-rest/azure-arm-endpoint.ts.
 * The SDK is loaded here, not at start, since few steps need it.
 * @throws UserError when the connection has another authentication scheme or lacks a field
 */
export async function credentialFromConnection(connectionId: string): Promise<identitySdk.TokenCredential> {
  const scheme = tl.getEndpointAuthorizationScheme(connectionId, true) ?? '';
  const identity = await import('@azure/identity');
  switch (scheme) {
    case 'ServicePrincipal':
      return servicePrincipal(connectionId, identity);
    case 'ManagedServiceIdentity': {
      const clientId = data(connectionId, 'msiclientId');
      return new identity.ManagedIdentityCredential({
        ...(clientId === undefined ? {} : { clientId }),
        additionalPolicies: [agentProxy()],
      });
    }
    case 'WorkloadIdentityFederation':
      return new identity.AzurePipelinesCredential(
        requiredParameter(connectionId, 'tenantid'),
        requiredParameter(connectionId, 'serviceprincipalid'),
        connectionId,
        systemAccessToken(),
        authority(connectionId),
      );
    default:
      throw new UserError(
        `Service connection ${connectionId} has the authentication scheme '${scheme}'; accepted are ${SCHEMES.join(', ')}.`,
      );
  }
}

function servicePrincipal(
  connectionId: string,
  { ClientCertificateCredential, ClientSecretCredential }: typeof identitySdk,
): identitySdk.TokenCredential {
  const tenant = requiredParameter(connectionId, 'tenantid');
  const client = requiredParameter(connectionId, 'serviceprincipalid');
  const certificate = parameter(connectionId, 'servicePrincipalCertificate');
  if (certificate !== undefined) {
    maskSecret(certificate);
    return new ClientCertificateCredential(tenant, client, { certificate }, authority(connectionId));
  }
  const key = requiredParameter(connectionId, 'serviceprincipalkey');
  maskSecret(key);
  return new ClientSecretCredential(tenant, client, key, authority(connectionId));
}

/**
 * Where tokens come from. An authority that Microsoft's public instance discovery does not know (Azure Stack, a local
 * cloud) is trusted because the administrator of the project wrote it into the connection.
 */
function authority(connectionId: string) {
  return {
    authorityHost:
      data(connectionId, 'activeDirectoryAuthority') ?? data(connectionId, 'environmentAuthorityUrl'),
    disableInstanceDiscovery: data(connectionId, 'environment') === 'AzureStack',
    additionalPolicies: [agentProxy()],
  };
}

/**
 * A token of the connection's identity, masked.
 * @param scope such as `https://management.azure.com/.default`
 * @throws UserError that says why Entra ID refuses
 */
export async function tokenOf(
  connectionId: string,
  credential: identitySdk.TokenCredential,
  scope: string,
  abortSignal?: AbortSignal,
): Promise<string> {
  try {
    const token = await credential.getToken(scope, { abortSignal });
    if (!token) throw new Error('it gave no token');
    maskSecret(token.token);
    return token.token;
  } catch (error) {
    abortSignal?.throwIfAborted();
    throw new UserError(
      `Entra ID gave the identity of service connection ${connectionId} no token for ${scope}: ${firstLine(error)} ` +
        'Renew the secret, certificate or federation of the service connection, or correct its tenant and identity.',
    );
  }
}

/** What Entra ID says goes on for lines with trace ids. */
function firstLine(error: unknown): string {
  return messageOf(error).split(/\r?\n/)[0]?.slice(0, 500) ?? '';
}

/** The job's own token, for which the server gives the connection's OIDC token. */
function systemAccessToken(): string {
  const token = tl.getEndpointAuthorizationParameter('SYSTEMVSSCONNECTION', 'AccessToken', true);
  if (!token) {
    throw new UserError(
      'The agent has not handed over the access token of the job, which workload identity federation needs.',
    );
  }
  maskSecret(token);
  return token;
}

function data(connectionId: string, key: string): string | undefined {
  return tl.getEndpointDataParameter(connectionId, key, true) || undefined;
}

function parameter(connectionId: string, key: string): string | undefined {
  return tl.getEndpointAuthorizationParameter(connectionId, key, true) || undefined;
}

function requiredParameter(connectionId: string, key: string): string {
  const value = parameter(connectionId, key);
  if (value === undefined)
    throw new UserError(`Service connection ${connectionId} lacks the field '${key}'.`);
  return value;
}
