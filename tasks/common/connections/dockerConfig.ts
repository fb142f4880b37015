import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import * as path from 'node:path';
import * as tl from 'azure-pipelines-task-lib/task';
import writeFileAtomic from 'write-file-atomic';
import { warning } from '../agent/log';
import { localized } from '../agent/messages';
import { temporaryFolder } from '../agent/results';
import { systemClock, type Clock } from '../clock';
import { messageOf } from '../errors';
import { endsSoon, type Login, type Registry } from './registry';

const HELPER = 'langflow';
/** How often it is looked whether a login ends. */
const CHECK_MS = 60_000;

/** The protocol of github.com/docker/docker-credential-helpers: `get` reads a server from stdin and prints its login. */
const HELPER_SCRIPT = `#!/bin/sh
[ "$1" = get ] || exit 1
read -r server
case "$server" in *[!A-Za-z0-9.:-]*) exit 1;; esac
exec cat "$(dirname "$0")/logins/$server.json"
`;

/**
 * Runs `use` with a private DOCKER_CONFIG folder that has just these logins, and removes it afterwards, however `use`
 * ends. The user's own ~/.docker stays as it is, and no later step of the job inherits the login. A login that ends is
 * renewed in time: docker, buildx and Trivy ask a credential helper for it whenever they need it.
 * @param use gets the environment in which a program finds the folder
 * @param settings further fields of config.json, such as `proxies`
 */
export async function withDockerConfig<T>(
  registries: readonly Registry[],
  use: (environment: Record<string, string>) => Promise<T>,
  {
    settings = {},
    signal,
    clock = systemClock,
  }: { settings?: object; signal?: AbortSignal; clock?: Clock } = {},
): Promise<T> {
  const parent = temporaryFolder();
  await mkdir(parent, { recursive: true });
  const folder = await mkdtemp(path.join(parent, 'docker-config-'));
  let renewal: NodeJS.Timeout | undefined;
  try {
    const logins = await Promise.all(
      registries.map(async (registry) => ({ registry, login: await registry.login(signal) })),
    );
    const ending = logins.filter(({ login }) => login.expiresAt !== undefined);
    // Windows has no shell scripts; a build of three hours there has to do without a renewal.
    const helped = process.platform === 'win32' ? [] : ending;
    const auths = logins
      .filter((one) => !helped.includes(one))
      .map(({ registry, login }) => [registry.host, authOf(login)]);
    const credHelpers = helped.map(({ registry }) => [registry.host, HELPER]);
    await writeFile(
      path.join(folder, 'config.json'),
      JSON.stringify({
        ...settings,
        auths: Object.fromEntries(auths) as object,
        ...(credHelpers.length > 0 && { credHelpers: Object.fromEntries(credHelpers) as object }),
      }),
      { mode: 0o600 },
    );
    if (helped.length > 0) {
      await mkdir(path.join(folder, 'logins'), { mode: 0o700 });
      const helper = path.join(folder, `docker-credential-${HELPER}`);
      await writeFile(helper, HELPER_SCRIPT);
      await chmod(helper, 0o700);
      for (const { registry, login } of helped) await writeLogin(folder, registry.host, login);
      renewal = setInterval(() => void renew(folder, helped, clock, signal), CHECK_MS);
      renewal.unref();
    }
    const searchPath = [folder, process.env.PATH].filter(Boolean).join(path.delimiter);
    return await use({ DOCKER_CONFIG: folder, ...(helped.length > 0 && { PATH: searchPath }) });
  } finally {
    clearInterval(renewal);
    await rm(folder, { recursive: true, force: true });
  }
}

function authOf({ username, password }: Login): { auth: string } {
  const auth = Buffer.from(`${username}:${password}`).toString('base64');
  tl.setSecret(auth);
  return { auth };
}

async function writeLogin(folder: string, host: string, { username, password }: Login): Promise<void> {
  const answer = JSON.stringify({ ServerURL: host, Username: username, Secret: password });
  await writeFileAtomic(path.join(folder, 'logins', `${host}.json`), answer, { mode: 0o600 });
}

/** Replaces the logins that end soon, in place. One that cannot be renewed is good until its end. */
async function renew(
  folder: string,
  logins: { registry: Registry; login: Login }[],
  clock: Clock,
  signal: AbortSignal | undefined,
): Promise<void> {
  for (const one of logins) {
    if (!endsSoon(one.login, clock)) continue;
    try {
      one.login = await one.registry.login(signal);
      await writeLogin(folder, one.registry.host, one.login);
    } catch (error) {
      if (!signal?.aborted) warning(localized('LoginNotRenewed', one.registry.host, messageOf(error)));
    }
  }
}
