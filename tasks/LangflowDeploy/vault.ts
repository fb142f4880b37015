import { localized } from '../common/agent/messages';
import { maskBytes } from '../common/agent/secrets';
import { KeyVaults } from '../common/connections/keyVault';
import { UserError } from '../common/errors';
import type { VaultSettings } from './inputs';
import { bytesOf, tlsOf, typeOf, type SecretContent } from './vault/content';
import type { SecretSource, VaultSecret } from './vault/mapping';

/** Kubernetes Secret → its content. */
export type SecretValues = Record<string, SecretContent>;

/**
 * Fetches all wanted secrets and masks them. All or nothing: a release with half of its secrets is none. Values are kept in
 * memory only.
 * @throws UserError that lists every secret that is missing, disabled, out of date, forbidden, empty or unreadable
 */
export async function fetchSecrets(
  settings: VaultSettings,
  now: Date,
  signal: AbortSignal,
): Promise<SecretValues> {
  const vaults = await KeyVaults.open(settings.azureConnection, settings.keyVault ?? '', now, signal);
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

/** What is wrong is listed; the other secrets are still asked for, so that one run lists all. */
async function contentOf(
  source: SecretSource,
  vaults: KeyVaults,
  now: Date,
): Promise<{ content: SecretContent; problems: string[] }> {
  if (source.kind === 'certificate') {
    const answer = await vaults.get(source.certificate);
    const tls = 'value' in answer ? tlsOf(answer.value, now) : answer;
    if ('content' in tls) return { content: tls.content, problems: [] };
    return { content: NOTHING, problems: [`- ${vaults.idOf(source.certificate)}: ${tls.problem}`] };
  }
  const { secrets, problems } =
    source.kind === 'keys' ? { secrets: source.keys, problems: [] } : await secretsOf(source, vaults);
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

/** The secrets of a prefix by the key that each becomes. */
async function secretsOf(
  { prefix, vault }: { prefix: string; vault?: string },
  vaults: KeyVaults,
): Promise<{ secrets: Record<string, VaultSecret>; problems: string[] }> {
  const listed = await vaults.namesOf(prefix, vault);
  if ('problem' in listed) return { secrets: {}, problems: [`- ${listed.problem}`] };
  const keyOf = (name: string): string => name.slice(prefix.length).replaceAll('-', '_').toUpperCase();
  const secrets = listed.names.map((name) => [keyOf(name), { vault, name }] as const);
  return { secrets: Object.fromEntries(secrets), problems: [] };
}

const NOTHING: SecretContent = { type: 'Opaque', data: {} };
