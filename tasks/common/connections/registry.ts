import * as tl from 'azure-pipelines-task-lib/task';
import { maskSecret } from '../agent/secrets';
import { UserError } from '../errors';
import { systemClock, type Clock } from '../clock';

/** What a registry is logged in to with. */
export interface Login {
  username: string;
  password: string;
  /** When it ends, in milliseconds since the epoch; undefined: never. */
  expiresAt?: number;
}

/** A container registry and how to log in to it, from a `dockerregistry` service connection. */
export interface Registry {
  /** Host and port as they begin an image reference: `contoso.azurecr.io`, `localhost:5000`. */
  host: string;
  /** @throws UserError when there is no login to be had */
  login: (signal?: AbortSignal) => Promise<Login>;
}

/**
 * Reads a service connection of type dockerregistry: any registry with user name and password, or Azure Container
 * Registry with a service principal, a managed identity or workload identity federation.
 * Field names: azure-pipelines-tasks-common-packages, docker-common.
 * @throws UserError when the connection has another authentication scheme or lacks a field
 */
export function registryFromConnection(connectionId: string): Registry {
  const parameter = (key: string): string | undefined =>
    tl.getEndpointAuthorizationParameter(connectionId, key, true) || undefined;
  const isAzure = tl.getEndpointDataParameter(connectionId, 'registrytype', true)?.toUpperCase() === 'ACR';
  const host = (isAzure ? parameter('loginServer') : parameter('registry'))
    ?.replace(/^https?:\/\//, '')
    .replace(/\/+$/, '');
  const username = isAzure ? parameter('serviceprincipalid') : parameter('username');
  const password = isAzure ? parameter('serviceprincipalkey') : parameter('password');
  const scheme = tl.getEndpointAuthorizationScheme(connectionId, true) ?? '';
  if (host && username && password) {
    maskSecret(password);
    return { host, login: () => Promise.resolve({ username, password }) };
  }
  if (host && isAzure && /^(ManagedServiceIdentity|WorkloadIdentityFederation)$/.test(scheme)) {
    return {
      host,
      login: kept(async (signal) => {
        const { exchangeForRegistryToken } = await import('./acr');
        return exchangeForRegistryToken(connectionId, host, signal);
      }),
    };
  }
  throw new UserError(
    `Service connection ${connectionId} (authentication scheme '${scheme}') does not give a registry address ` +
      'and a way to log in. Accepted are Docker registry connections of type "Others" with user name and password, and ' +
      'of type "Azure Container Registry" with a service principal and its key, a managed identity or workload identity ' +
      'federation.',
  );
}

/** How long before its end a login is no longer handed out. */
const RENEW_BEFORE_MS = 15 * 60_000;

/** Whether a login has to be renewed. */
export function endsSoon({ expiresAt = Infinity }: Login, clock: Clock): boolean {
  return expiresAt - clock.now() <= RENEW_BEFORE_MS;
}

/** Whoever asks gets the same login until it is about to end. */
function kept(login: Registry['login'], clock: Clock = systemClock): Registry['login'] {
  let current: Login | undefined;
  return async (signal) => {
    if (!current || endsSoon(current, clock)) current = await login(signal);
    return current;
  };
}
