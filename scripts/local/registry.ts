import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { stringify } from 'yaml';
import { run } from './command';
import { REGISTRY, state } from './paths';
import { start } from './service';

export const REGISTRY_USER = 'ci';

/** A docker-registry on loopback: plain HTTP, basic authentication, deletes allowed. */
export async function startRegistry(): Promise<string> {
  await mkdir(state('registry/data'), { recursive: true });
  if (!existsSync(state('registry/htpasswd'))) {
    const password = randomBytes(18).toString('base64url');
    await writeFile(state('registry/password'), password, { mode: 0o600 });
    const line = await run('htpasswd', ['-Bni', REGISTRY_USER], { input: password });
    await writeFile(state('registry/htpasswd'), `${line}\n`, { mode: 0o600 });
  }
  const config = {
    version: 0.1,
    storage: { filesystem: { rootdirectory: state('registry/data') }, delete: { enabled: true } },
    auth: { htpasswd: { realm: 'langflow-local', path: state('registry/htpasswd') } },
    http: { addr: REGISTRY.replace('localhost', '127.0.0.1') },
  };
  await writeFile(state('registry/config.yml'), stringify(config));
  await writeDockerConfig();
  return start({
    name: 'registry',
    command: ['docker-registry', 'serve', state('registry/config.yml')],
    files: [state('registry/config.yml')],
    env: { OTEL_TRACES_EXPORTER: 'none' },
    ready: () => fetch(`http://${REGISTRY}/v2/`),
  });
}

export async function registryPassword(): Promise<string> {
  return readFile(state('registry/password'), 'utf8');
}

/** Whether the registry has a repository's tag. */
export async function hasImage(repository: string, tag: string): Promise<boolean> {
  const response = await fetch(`http://${REGISTRY}/v2/${repository}/manifests/${tag}`, {
    method: 'HEAD',
    headers: {
      authorization: `Basic ${await basicCredentials()}`,
      accept: 'application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json',
    },
  });
  if (response.status !== 200 && response.status !== 404) {
    throw new Error(`The registry answers ${response.status} for ${repository}:${tag}.`);
  }
  return response.ok;
}

export async function basicCredentials(): Promise<string> {
  return Buffer.from(`${REGISTRY_USER}:${await registryPassword()}`).toString('base64');
}

/** A Docker configuration of our own, so that nobody's ~/.docker is touched. */
async function writeDockerConfig(): Promise<void> {
  await mkdir(state('docker-config'), { recursive: true });
  const config = { auths: { [REGISTRY]: { auth: await basicCredentials() } } };
  await writeFile(state('docker-config/config.json'), JSON.stringify(config), { mode: 0o600 });
}
