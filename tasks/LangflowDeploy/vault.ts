import type { SecretClient } from '@azure/keyvault-secrets';
import pLimit from 'p-limit';
import { localized } from '../common/agent/messages';
import { maskBytes, maskSecret } from '../common/agent/secrets';
import { azureFromConnection } from '../common/connections/azure';
import { agentProxy } from '../common/connections/proxy';
import { InputError, UserError } from '../common/errors';
import type { VaultSettings } from './inputs';
import { bytesOf, tlsOf, typeOf, type SecretContent, type VaultValue } from './vault/content';
import type { SecretSource, VaultSecret } from './vault/mapping';
import { refusal, validityProblem } from './vault/refusal';

/** Kubernetes Secret → its content. */
export type SecretValues = Record<string, SecretContent>;

/** Requests that are under way at a time; a vault allows thousands in ten seconds. */
const AT_A_TIME = 20;
/** How long a busy vault is asked again, in milliseconds. */
const PATIENCE_MS = 120_000;

/**
 * Fetches all wanted secrets and masks them. All or nothing: a release with half of its secrets is none. Values are kept in
 * memory only. Busy answers (429, 503, Retry-After) are tried again by the SDK.
 * @throws UserError that lists every secret that is missing, disabled, out of date, forbidden, empty or unreadable
 */
export async function fetchSecrets(
  settings: VaultSettings,
  now: Date,
  signal: AbortSignal,
): Promise<SecretValues> {
  const vaults = await Vaults.open(settings, now, signal);
  const found = await Promise.all(
    Object.entries(settings.secrets).map(
      async ([secret, source]) => [secret, await contentOf(source, vaults, now)] as const,
    ),
  );
  signal.throwIfAborted();
  const problems = new Set(found.flatMap(([, { problems }]) => problems));
  if (problems.size > 0) {
    throw new UserError(
      [
        problems.size === 1 ? localized('SecretNotGiven') : localized('SecretsNotGiven', problems.size),
        ...problems,
        localized('CorrectSecrets'),
      ].join('\n'),
    );
  }
  const values = Object.fromEntries(found.map(([secret, { content }]) => [secret, content]));
  Object.values(values).forEach(({ data }) => {
    Object.values(data).forEach(maskBytes);
  });
  return values;
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

/** What is wrong is listed; the other secrets are still asked for, so that one run lists all. */
async function contentOf(
  source: SecretSource,
  vaults: Vaults,
  now: Date,
): Promise<{ content: SecretContent; problems: string[] }> {
  if (source.kind === 'certificate') {
    const answer = await vaults.get(source.certificate);
    const tls = 'value' in answer ? tlsOf(answer.value, now) : answer;
    if ('content' in tls) return { content: tls.content, problems: [] };
    return { content: NOTHING, problems: [`- ${vaults.idOf(source.certificate)}: ${tls.problem}`] };
  }
  const { secrets, problems } =
    source.kind === 'keys' ? { secrets: source.keys, problems: [] } : await vaults.list(source);
  const keys = Object.entries(secrets);
  const values = await Promise.all(
    keys.map(async ([key, secret]) => {
      const answer = await vaults.get(secret);
      const decoded = 'value' in answer ? bytesOf(answer.value, secret.encoding) : answer;
      return { key, ...decoded, id: vaults.idOf(secret) };
    }),
  );
  return {
    content: {
      type: typeOf(keys.map(([key]) => key)),
      data: Object.fromEntries(values.flatMap((one) => ('bytes' in one ? [[one.key, one.bytes]] : []))),
    },
    problems: [
      ...problems,
      ...values.flatMap((one) => ('problem' in one ? [`- ${one.id}: ${one.problem}`] : [])),
    ],
  };
}

const NOTHING: SecretContent = { type: 'Opaque', data: {} };

type Answer = { value: VaultValue } | { problem: string };

interface Listed {
  secrets: Record<string, VaultSecret>;
  problems: string[];
}

/** The vaults of a mapping; each secret is asked for once. */
class Vaults {
  private readonly clients = new Map<string, SecretClient>();
  private readonly answers = new Map<string, Promise<Answer>>();
  private readonly turns = pLimit(AT_A_TIME);

  private constructor(
    private readonly newClient: (address: string) => SecretClient,
    private readonly addressOf: (vault: string | undefined) => string,
    private readonly now: Date,
    private readonly signal: AbortSignal,
  ) {}

  static async open({ azureConnection, keyVault }: VaultSettings, now: Date, signal: AbortSignal) {
    const { credential, keyVaultDnsSuffix } = await azureFromConnection(azureConnection);
    const { SecretClient } = await import('@azure/keyvault-secrets');
    const { throttlingRetryPolicy } = await import('@azure/core-rest-pipeline');
    const patient = { policy: throttlingRetryPolicy({ maxRetries: 10 }), position: 'perCall' } as const;
    return new Vaults(
      (address) =>
        new SecretClient(address, credential, {
          // Around the SDK's own three retries, which are enough for a lost connection.
          additionalPolicies: [patient, agentProxy()],
        }),
      (vault) => vaultAddress(vault ?? keyVault ?? '', keyVaultDnsSuffix),
      now,
      AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)]),
    );
  }

  /** For people: `https://contoso.vault.azure.net/secrets/name`. */
  idOf({ vault, name, version }: VaultSecret): string {
    return `${this.addressOf(vault)}/secrets/${name}${version === undefined ? '' : `/${version}`}`;
  }

  get(secret: VaultSecret): Promise<Answer> {
    const id = this.idOf(secret);
    const answer = this.answers.get(id) ?? this.turns(() => this.ask(secret));
    this.answers.set(id, answer);
    return answer;
  }

  /** The secrets of a prefix by the key that each becomes; those of certificates are left to the certificates. */
  async list({ prefix, vault }: { prefix: string; vault?: string }): Promise<Listed> {
    const secrets: Record<string, VaultSecret> = {};
    const problem = (what: string): Listed => ({
      secrets: {},
      problems: [`- ${this.addressOf(vault)}: ${what}`],
    });
    try {
      const pages = this.clientOf(vault).listPropertiesOfSecrets({ abortSignal: this.signal });
      for await (const { name, managed } of pages) {
        if (!name.toLowerCase().startsWith(prefix.toLowerCase()) || managed === true) continue;
        const key = name.slice(prefix.length).replaceAll('-', '_').toUpperCase();
        if (key !== '') secrets[key] = { vault, name };
      }
    } catch (error) {
      return problem(`the secrets '${prefix}*' could not be listed: ${refusal(error)}`);
    }
    return Object.keys(secrets).length > 0
      ? { secrets, problems: [] }
      : problem(`no secret's name begins with '${prefix}'`);
  }

  private async ask({ vault, name, version }: VaultSecret): Promise<Answer> {
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
