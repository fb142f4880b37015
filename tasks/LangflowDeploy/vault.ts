import type { SecretClient } from '@azure/keyvault-secrets';
import { maskSecret } from '../common/agent/secrets';
import { azureFromConnection } from '../common/connections/azure';
import { InputError, messageOf, UserError } from '../common/errors';
import type { SecretMapping, VaultSecret, VaultSettings } from './inputs';

/** Kubernetes Secret → its keys → values. */
export type SecretValues = Record<string, Record<string, string>>;

/**
 * Fetches all wanted secrets at once and masks them. All or nothing: a release with half of its secrets is none.
 * @throws UserError that lists every secret that is missing, disabled, out of date or forbidden
 */
export async function fetchSecrets(
  { azureConnection, keyVault, secrets }: VaultSettings,
  now: Date,
  signal: AbortSignal,
): Promise<SecretValues> {
  const { credential, keyVaultDnsSuffix } = await azureFromConnection(azureConnection);
  const address = vaultAddress(keyVault, keyVaultDnsSuffix);
  const { SecretClient } = await import('@azure/keyvault-secrets');
  const client = new SecretClient(address, credential);

  const wanted = new Map(
    Object.values(secrets)
      .flatMap((keys) => Object.values(keys))
      .map((secret) => [idOf(secret), secret]),
  );
  const answers = new Map(
    await Promise.all(
      [...wanted].map(async ([id, secret]) => [id, await fetchSecret(client, secret, now, signal)] as const),
    ),
  );
  signal.throwIfAborted();

  const problems = [...answers].flatMap(([id, { problem }]) =>
    problem === undefined ? [] : [`- ${id}: ${problem}`],
  );
  if (problems.length > 0) {
    throw new UserError(
      `Key Vault ${address} did not give ${problems.length} of ${wanted.size} secrets; nothing was applied.\n${problems.join('\n')}\n` +
        `Correct them in the vault or in the input 'secrets'.`,
    );
  }
  return valuesOf(secrets, (secret) => answers.get(idOf(secret))?.value ?? '');
}

/** `name` → `https://name.<suffix>`; an https address stays as it is. */
export function vaultAddress(keyVault: string, dnsSuffix: string): string {
  if (keyVault.startsWith('https://') && URL.canParse(keyVault)) return keyVault.replace(/\/+$/, '');
  if (!/^[a-zA-Z][0-9a-zA-Z-]{1,22}[0-9a-zA-Z]$/.test(keyVault)) {
    throw new InputError(
      'keyVault',
      keyVault,
      "a vault's name (3 to 24 letters, digits and dashes) or its https address",
    );
  }
  return `https://${keyVault}.${dnsSuffix.replace(/^\./, '')}`;
}

interface Answer {
  value?: string;
  /** What is wrong and what to do about it. */
  problem?: string;
}

async function fetchSecret(
  client: SecretClient,
  { name, version }: VaultSecret,
  now: Date,
  abortSignal: AbortSignal,
): Promise<Answer> {
  try {
    const { value, properties } = await client.getSecret(name, { version, abortSignal });
    if (value !== undefined) maskSecret(value);
    const problem = validityProblem(properties, now) ?? (value ? undefined : 'it has no value');
    return problem === undefined ? { value } : { problem };
  } catch (error) {
    return { problem: refusal(error) };
  }
}

/** The vault hands out secrets that are out of date: `nbf` and `exp` are for the reader to obey. */
export function validityProblem(
  { enabled, notBefore, expiresOn }: { enabled?: boolean; notBefore?: Date; expiresOn?: Date },
  now: Date,
): string | undefined {
  if (enabled === false) return 'it is disabled; enable it';
  if (expiresOn && expiresOn <= now) return `it expired on ${expiresOn.toISOString()}; set a new version`;
  if (notBefore && notBefore > now) return `it is not valid before ${notBefore.toISOString()}`;
  return undefined;
}

/** https://learn.microsoft.com/azure/key-vault/general/rest-error-codes */
export function refusal(error: unknown): string {
  const { statusCode, code, details } = error as {
    statusCode?: number;
    code?: string;
    details?: { error?: { innererror?: { code?: string } } };
  };
  const innerCode = details?.error?.innererror?.code;
  if (statusCode === 404) return 'there is no such secret or version; create it or correct its name';
  if (innerCode === 'SecretDisabled') return 'it is disabled; enable it';
  if (statusCode === 403) {
    return `access was refused (${innerCode ?? code ?? 'Forbidden'}); give the service connection's principal the role 'Key Vault Secrets User' and see to the vault's firewall`;
  }
  if (statusCode === 401)
    return `the vault did not accept the service connection's token (${messageOf(error)})`;
  return messageOf(error).split('\n')[0] ?? '';
}

function idOf({ name, version }: VaultSecret): string {
  return version === undefined ? name : `${name}/${version}`;
}

function valuesOf(secrets: SecretMapping, value: (secret: VaultSecret) => string): SecretValues {
  return Object.fromEntries(
    Object.entries(secrets).map(([secret, keys]) => [
      secret,
      Object.fromEntries(Object.entries(keys).map(([key, source]) => [key, value(source)])),
    ]),
  );
}
