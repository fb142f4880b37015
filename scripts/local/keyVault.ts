import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { authority, certificate } from './certificates';
import { addHosts } from './machine';
import { ROOT, state, VAULT, VAULT_PORT } from './paths';
import { listens, start } from './service';

const TLS = state('vault/tls');
const SECRETS = state('vault/secrets');
const LOGIN_HOST = 'login.localhost';
const DNS_SUFFIX = 'vault.localhost';

const password = (): string => randomBytes(24).toString('hex');

/** The secrets that samples/langflow/secrets.yml names, and how a new one is made. */
const SAMPLE_SECRETS = {
  // A Fernet key: 32 bytes in URL-safe base64 with padding.
  'langflow-secret-key': () => `${randomBytes(32).toString('base64url')}=`,
  'langflow-superuser-password': password,
  'postgresql-password': password,
  'redis-password': password,
};

/** Certificates, secret values and host names of the Key Vault emulator; each is made once. */
export async function prepareKeyVault(): Promise<string> {
  await authority(TLS, 'Langflow Delivery local Key Vault');
  await certificate(TLS, 'server', '/CN=Key Vault emulator', [
    `DNS:${LOGIN_HOST}`,
    `DNS:*.${DNS_SUFFIX}`,
    `DNS:${DNS_SUFFIX}`,
  ]);
  await mkdir(SECRETS, { recursive: true, mode: 0o700 });
  for (const [name, make] of Object.entries(SAMPLE_SECRETS)) {
    if (!existsSync(`${SECRETS}/${name}`)) await writeFile(`${SECRETS}/${name}`, make(), { mode: 0o600 });
  }
  const hosts = [`${VAULT}.${DNS_SUFFIX}`, LOGIN_HOST];
  await addHosts(hosts);
  return `${hosts.join(' and ')} are this machine; secrets in ${SECRETS}`;
}

export async function startKeyVault(): Promise<string> {
  const [server = '', ...modules] = ['server', 'answer', 'entraId', 'keyVault'].map(
    (name) => `${ROOT}/scripts/local/vault/${name}.ts`,
  );
  return start({
    name: 'key-vault',
    command: [
      process.execPath,
      `--import=${pathToFileURL(`${ROOT}/node_modules/tsx/dist/loader.mjs`).href}`,
      server,
      ...['--port', String(VAULT_PORT)],
      ...['--secrets', SECRETS],
      ...['--tls', TLS],
      ...['--client', AZURE_CONNECTION.parameters.serviceprincipalid],
      ...['--client-secret', AZURE_CONNECTION.parameters.serviceprincipalkey],
    ],
    files: [server, ...modules],
    ready: () => listens({ port: VAULT_PORT }),
  });
}

export async function secretValue(name: keyof typeof SAMPLE_SECRETS): Promise<string> {
  return readFile(`${SECRETS}/${name}`, 'utf8');
}

/** The emulator's authority after the machine's own ones: what an agent's --sslcacert would name. */
export async function writeAuthorities(file: string): Promise<void> {
  const machine = await readFile('/etc/ssl/certs/ca-certificates.crt', 'utf8');
  await writeFile(file, machine + (await readFile(`${TLS}/ca.pem`, 'utf8')));
}

/** The service connection to the emulator; it lets no other client in. */
export const AZURE_CONNECTION = {
  type: 'azurerm',
  url: 'https://management.azure.com/',
  scheme: 'ServicePrincipal',
  parameters: {
    tenantid: '11111111-1111-1111-1111-111111111111',
    serviceprincipalid: '22222222-2222-2222-2222-222222222222',
    serviceprincipalkey: 'local-service-principal-key',
    authenticationType: 'spnKey',
  },
  data: {
    // Of these only an Azure Stack has a login host that Microsoft's instance discovery does not know.
    environment: 'AzureStack',
    environmentAuthorityUrl: `https://${LOGIN_HOST}:${VAULT_PORT}/`,
    subscriptionid: '33333333-3333-3333-3333-333333333333',
    AzureKeyVaultDnsSuffix: `${DNS_SUFFIX}:${VAULT_PORT}`,
  },
};
