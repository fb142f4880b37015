import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import * as path from 'node:path';
import * as tl from 'azure-pipelines-task-lib/task';
import { temporaryFolder } from '../agent/results';
import { maskSecret } from '../agent/secrets';
import { UserError } from '../errors';

/** A container registry and the credential for it, from a `dockerregistry` service connection. */
export interface Registry {
  /** Host and port as they begin an image reference: `contoso.azurecr.io`, `localhost:5000`. */
  host: string;
  username: string;
  password: string;
}

/**
 * Reads a service connection of type dockerregistry: Azure Container Registry with a service principal, or any registry
 * with user name and password. Field names: azure-pipelines-tasks-common-packages, docker-common.
 * @throws UserError when the connection has another authentication scheme or lacks a field
 */
export function registryFromConnection(connectionId: string): Registry {
  const scheme = tl.getEndpointAuthorizationScheme(connectionId, true) ?? '';
  const parameter = (key: string): string | undefined =>
    tl.getEndpointAuthorizationParameter(connectionId, key, true) ?? undefined;
  const isAzure = tl.getEndpointDataParameter(connectionId, 'registrytype', true)?.toUpperCase() === 'ACR';
  const address = isAzure ? parameter('loginServer') : parameter('registry');
  const username = isAzure ? parameter('serviceprincipalid') : parameter('username');
  const password = isAzure ? parameter('serviceprincipalkey') : parameter('password');
  if (!address || !username || !password) {
    throw new UserError(
      `Service connection ${connectionId} (authentication scheme '${scheme}') does not give a registry address, ` +
        'a user name and a password. Accepted are Docker registry connections of type "Others" and of type ' +
        '"Azure Container Registry" with a service principal and its key.',
    );
  }
  maskSecret(password);
  return { host: address.replace(/^https?:\/\//, '').replace(/\/+$/, ''), username, password };
}

/**
 * Runs `use` with a private DOCKER_CONFIG folder that has just these credentials, and removes it afterwards, however
 * `use` ends. The user's own ~/.docker stays as it is, and no later step of the job inherits the login.
 * @param settings further fields of config.json, such as `proxies`
 */
export async function withDockerConfig<T>(
  registries: readonly Registry[],
  use: (dockerConfig: string) => Promise<T>,
  settings: object = {},
): Promise<T> {
  const parent = temporaryFolder();
  await mkdir(parent, { recursive: true });
  const folder = await mkdtemp(path.join(parent, 'docker-config-'));
  try {
    const auths = Object.fromEntries(
      registries.map(({ host, username, password }) => {
        const auth = Buffer.from(`${username}:${password}`).toString('base64');
        tl.setSecret(auth);
        return [host, { auth }];
      }),
    );
    await writeFile(path.join(folder, 'config.json'), JSON.stringify({ ...settings, auths }), {
      mode: 0o600,
    });
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
