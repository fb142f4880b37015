import type { SecretClient } from '@azure/keyvault-secrets';
import pLimit from 'p-limit';
import { maskSecret } from '../agent/secrets';
import { InputError } from '../errors';
import { azureFromConnection } from './azure';
import { refusal, validityProblem } from './keyVaultRefusal';
import { agentProxy } from './proxy';

/** Requests that are under way at a time; a vault allows thousands in ten seconds. */
const AT_A_TIME = 20;
/** How long a busy vault is asked again, in milliseconds. */
const PATIENCE_MS = 120_000;

/** Names a secret of a vault. */
export interface SecretIdentifier {
  /** Name or address of the vault; the one that the task was given when undefined. */
  vault?: string;
  name: string;
  /** The current one when undefined. */
  version?: string;
}

/** A secret as the vault gives it. */
export interface VaultValue {
  value: string;
  contentType?: string;
  tags?: Record<string, string>;
}

export type VaultAnswer = { value: VaultValue } | { problem: string };

/**
 * The vaults that one connection reads. Values are masked and kept in memory only; each secret is asked for once. Busy
 * answers (429, 503, Retry-After) are tried again by the SDK.
 */
export class KeyVaults {
  private readonly clients = new Map<string, SecretClient>();
  private readonly answers = new Map<string, Promise<VaultAnswer>>();
  private readonly turns = pLimit(AT_A_TIME);

  private constructor(
    private readonly newClient: (address: string) => SecretClient,
    private readonly addressOf: (vault: string | undefined) => string,
    private readonly now: Date,
    private readonly signal: AbortSignal,
  ) {}

  /**
   * @param azureConnection id of the Azure Resource Manager service connection
   * @param keyVault name or address of the vault of secrets that name none
   * @param now what decides whether a secret is out of date
   */
  static async open(
    azureConnection: string,
    keyVault: string,
    now: Date,
    signal: AbortSignal,
  ): Promise<KeyVaults> {
    const { credential, keyVaultDnsSuffix } = await azureFromConnection(azureConnection);
    const { SecretClient } = await import('@azure/keyvault-secrets');
    const { throttlingRetryPolicy } = await import('@azure/core-rest-pipeline');
    const patient = { policy: throttlingRetryPolicy({ maxRetries: 10 }), position: 'perCall' } as const;
    return new KeyVaults(
      (address) =>
        new SecretClient(address, credential, {
          // Around the SDK's own three retries, which are enough for a lost connection.
          additionalPolicies: [patient, agentProxy()],
        }),
      (vault) => vaultAddress(vault ?? keyVault, keyVaultDnsSuffix),
      now,
      AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)]),
    );
  }

  /** For people: `https://contoso.vault.azure.net/secrets/name`. */
  idOf({ vault, name, version }: SecretIdentifier): string {
    return `${this.addressOf(vault)}/secrets/${name}${version === undefined ? '' : `/${version}`}`;
  }

  /** The secret, or in words why it cannot be had: missing, disabled, out of date, forbidden, empty. */
  get(secret: SecretIdentifier): Promise<VaultAnswer> {
    const id = this.idOf(secret);
    const answer = this.answers.get(id) ?? this.turns(() => this.ask(secret));
    this.answers.set(id, answer);
    return answer;
  }

  /** Names of the secrets that a prefix begins and that go on; those of certificates are left to the certificates. */
  async namesOf(
    prefix: string,
    vault: string | undefined,
  ): Promise<{ names: string[] } | { problem: string }> {
    const names: string[] = [];
    try {
      const pages = this.clientOf(vault).listPropertiesOfSecrets({ abortSignal: this.signal });
      for await (const { name, managed } of pages) {
        const begins = name.length > prefix.length && name.toLowerCase().startsWith(prefix.toLowerCase());
        if (begins && managed !== true) names.push(name);
      }
    } catch (error) {
      return {
        problem: `${this.addressOf(vault)}: the secrets '${prefix}*' could not be listed: ${refusal(error)}`,
      };
    }
    return names.length > 0
      ? { names }
      : { problem: `${this.addressOf(vault)}: no secret's name begins with '${prefix}'` };
  }

  private async ask({ vault, name, version }: SecretIdentifier): Promise<VaultAnswer> {
    try {
      const { value, properties } = await this.clientOf(vault).getSecret(name, {
        version,
        abortSignal: this.signal,
      });
      if (value !== undefined) maskSecret(value);
      const problem = validityProblem(properties, this.now) ?? (value ? undefined : 'it has no value');
      const { contentType, tags } = properties;
      return problem === undefined ? { value: { value: value ?? '', contentType, tags } } : { problem };
    } catch (error) {
      return { problem: refusal(error) };
    }
  }

  private clientOf(vault: string | undefined): SecretClient {
    const address = this.addressOf(vault);
    const client = this.clients.get(address) ?? this.newClient(address);
    this.clients.set(address, client);
    return client;
  }
}

/** `name` → `https://name.<suffix>`; an https address stays as it is. */
function vaultAddress(keyVault: string, dnsSuffix: string): string {
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
