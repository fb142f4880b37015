import * as tl from 'azure-pipelines-task-lib/task';
import { maskSecret } from '../agent/secrets';
import { systemClock } from '../clock';
import { messageOf, UserError } from '../errors';
import { credentialFromConnection } from './azureCredential';
import { agentProxy } from './proxy';
import type { Login } from './registry';

/** What Azure Container Registry takes for the user of a token (learn.microsoft.com/azure/container-registry). */
const TOKEN_USER = '00000000-0000-0000-0000-000000000000';
/** A token without a readable end is asked for anew after this time; the registry gives three hours. */
const SHORTEST_LIFE_MS = 60 * 60_000;

/**
 * Exchanges the identity of a service connection for a refresh token of the registry: POST /oauth2/exchange
 * (github.com/Azure/acr/blob/main/docs/AAD-OAuth.md). Busy answers (429, 5xx) are tried again by the SDK's pipeline.
 * @throws UserError that says what was refused
 */
export async function exchangeForRegistryToken(
  connectionId: string,
  host: string,
  signal?: AbortSignal,
): Promise<Login> {
  const credential = await credentialFromConnection(connectionId);
  const resource =
    tl.getEndpointDataParameter(connectionId, 'activeDirectoryServiceEndpointResourceId', true) ||
    'https://management.azure.com/';
  try {
    const identity = await credential.getToken(`${resource.replace(/\/+$/, '')}/.default`, {
      abortSignal: signal,
    });
    if (!identity) throw new Error('Entra ID gave no token');
    maskSecret(identity.token);
    const token = await exchange(host, tenantOf(connectionId), identity.token, signal);
    maskSecret(token);
    return { username: TOKEN_USER, password: token, expiresAt: endOf(token) };
  } catch (error) {
    signal?.throwIfAborted();
    throw new UserError(
      `The identity of the service connection ${connectionId} could not log in to ${host}: ${messageOf(error)} ` +
        'It needs the role AcrPull, and AcrPush to push.',
    );
  }
}

async function exchange(
  host: string,
  tenant: string | undefined,
  accessToken: string,
  abortSignal: AbortSignal | undefined,
): Promise<string> {
  const { createDefaultHttpClient, createHttpHeaders, createPipelineFromOptions, createPipelineRequest } =
    await import('@azure/core-rest-pipeline');
  const form = new URLSearchParams({ grant_type: 'access_token', service: host, access_token: accessToken });
  if (tenant !== undefined) form.set('tenant', tenant);
  const pipeline = createPipelineFromOptions({});
  pipeline.addPolicy(agentProxy().policy);
  const response = await pipeline.sendRequest(
    createDefaultHttpClient(),
    createPipelineRequest({
      url: `https://${host}/oauth2/exchange`,
      method: 'POST',
      headers: createHttpHeaders({ 'content-type': 'application/x-www-form-urlencoded' }),
      body: form.toString(),
      abortSignal,
    }),
  );
  const body = response.bodyAsText ?? '';
  if (response.status !== 200) throw new Error(`it answered ${response.status}: ${body.slice(0, 500)}.`);
  const { refresh_token: token } = JSON.parse(body) as { refresh_token?: unknown };
  if (typeof token !== 'string' || token === '') throw new Error('its answer has no refresh_token.');
  return token;
}

function tenantOf(connectionId: string): string | undefined {
  return tl.getEndpointAuthorizationParameter(connectionId, 'tenantid', true) || undefined;
}

/** The claim `exp` of a JWT. */
function endOf(token: string): number {
  try {
    const { exp } = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8')) as {
      exp?: unknown;
    };
    if (typeof exp === 'number') return exp * 1_000;
  } catch {
    // Not a JWT.
  }
  return systemClock.now() + SHORTEST_LIFE_MS;
}
