import type { SecretIdentifier } from '../../common/connections/keyVault';
import { YamlFile, type YamlPath } from '../../common/yaml';

/** Kubernetes Secret → where its content comes from. */
export type SecretMapping = Record<string, SecretSource>;

export type SecretSource =
  /** Each key by itself. */
  | { kind: 'keys'; keys: Record<string, VaultSecret> }
  /** Every secret of the vault whose name begins with it. */
  | { kind: 'prefix'; prefix: string; vault?: string }
  /** A certificate with its key and chain. */
  | { kind: 'certificate'; certificate: VaultSecret };

export interface VaultSecret extends SecretIdentifier {
  /** How the vault's text stands for the bytes; found out by the content type when undefined. */
  encoding?: Encoding;
}

export type Encoding = (typeof ENCODINGS)[number];
/** As the Secrets Store CSI driver names them (`objectEncoding`). */
const ENCODINGS = ['utf-8', 'base64', 'hex'] as const;

/** https://kubernetes.io/docs/concepts/overview/working-with-objects/names/ */
const DNS_SUBDOMAIN = /^[a-z0-9]([-.a-z0-9]*[a-z0-9])?$/;
const SECRET_KEY = /^[-._a-zA-Z0-9]+$/;
/**
 * `name`, `name@version` or `name/version`, after the address of a vault or not: what the portal shows as the identifier.
 * https://learn.microsoft.com/azure/key-vault/general/about-keys-secrets-certificates#object-identifiers
 */
const OBJECT =
  /^(?:(?<vault>https:\/\/[^/]+)\/)?(?:(?<kind>secrets|certificates)\/)?(?<name>[0-9a-zA-Z-]{1,127})(?:[@/](?<version>[0-9a-f]{32}))?$/;
const PREFIX = /^(?:(?<vault>https:\/\/[^/]+)\/secrets\/)?(?<prefix>[0-9a-zA-Z-]{1,126})\*$/;

const ACCEPTED = {
  mapping:
    "Kubernetes Secrets with their keys and the vault's secrets, such as `langflow-secrets: { LANGFLOW_SECRET_KEY: langflow-secret-key }`",
  source:
    'keys with the secrets of the vault, a prefix such as `langflow-*`, or a certificate such as `certificates/langflow-tls`',
  secret: "the name of a vault's secret, `name` or `name@version`, or its identifier",
};

/**
 * Parses the mapping; its format is in docs/deploy-azure.md.
 * @param where name of the input or file, for the error
 * @throws YamlMistake with the line of the first mistake
 */
export function parseMapping(where: string, text: string): SecretMapping {
  const file = new YamlFile(where, text);
  if (!isRecord(file.value)) throw file.mistake([], `the accepted content is ${ACCEPTED.mapping}.`);
  return mapRecord(file.value, (source, secret) => {
    if (!DNS_SUBDOMAIN.test(secret)) {
      throw file.mistake(
        [secret],
        `'${secret}' is no name of a Secret: accepted are lower case letters, digits, dashes and dots.`,
      );
    }
    return parseSource(file, source, secret);
  });
}

/** The vaults that the mapping names; `undefined` is the one of the input. */
export function vaultsOf(mapping: SecretMapping): Set<string | undefined> {
  return new Set(
    Object.values(mapping).flatMap((source) => {
      switch (source.kind) {
        case 'keys':
          return Object.values(source.keys).map(({ vault }) => vault);
        case 'prefix':
          return [source.vault];
        case 'certificate':
          return [source.certificate.vault];
      }
    }),
  );
}

function parseSource(file: YamlFile, source: unknown, secret: string): SecretSource {
  if (typeof source === 'string') {
    const prefix = PREFIX.exec(source)?.groups;
    if (prefix) return { kind: 'prefix', prefix: prefix.prefix ?? '', vault: prefix.vault };
    const object = parseObject(source);
    if (object?.kind === 'certificates') {
      const { vault, name, version } = object;
      return { kind: 'certificate', certificate: { vault, name, version } };
    }
  }
  if (!isRecord(source))
    throw file.mistake([secret], `'${secret}' has ${shown(source)}; accepted is ${ACCEPTED.source}.`);
  const keys = mapRecord(source, (value, key) => {
    const at = [secret, key];
    if (!SECRET_KEY.test(key)) {
      throw file.mistake(
        at,
        `'${key}' is no key of a Secret: accepted are letters, digits, '-', '_' and '.'.`,
      );
    }
    return isRecord(value) ? longForm(file, at, value) : shortForm(file, at, value);
  });
  return { kind: 'keys', keys };
}

function shortForm(file: YamlFile, at: YamlPath, value: unknown): VaultSecret {
  const object = typeof value === 'string' ? parseObject(value) : undefined;
  if (object?.kind === 'certificates') {
    throw file.mistake(
      at,
      `${shown(value)} is a certificate, which makes a whole Secret: write it beside the Secret's name.`,
    );
  }
  if (!object) throw file.mistake(at, `found ${shown(value)}; accepted is ${ACCEPTED.secret}.`);
  const { vault, name, version } = object;
  return { vault, name, version };
}

/** `{ secret: name, version: …, vault: …, encoding: base64 }` */
function longForm(file: YamlFile, at: YamlPath, value: Record<string, unknown>): VaultSecret {
  const known = ['secret', 'version', 'vault', 'encoding'];
  const unknown = Object.keys(value).find((key) => !known.includes(key));
  if (unknown !== undefined) {
    throw file.mistake([...at, unknown], `unknown key '${unknown}'; accepted are ${known.join(', ')}.`);
  }
  const object = shortForm(file, [...at, 'secret'], value.secret);
  const text = (key: 'version' | 'vault' | 'encoding'): string | undefined => {
    const field = value[key];
    if (field === undefined || typeof field === 'string') return field;
    throw file.mistake([...at, key], `found ${shown(field)}; accepted is text. Put the value in quotes.`);
  };
  const version = text('version') ?? object.version;
  if (version !== undefined && !/^[0-9a-f]{32}$/.test(version))
    throw file.mistake([...at, 'version'], `found ${shown(version)}; accepted are 32 hexadecimal digits.`);
  const encoding = text('encoding');
  const found = ENCODINGS.find((one) => one === encoding);
  if (encoding !== undefined && found === undefined) {
    throw file.mistake(
      [...at, 'encoding'],
      `found ${shown(encoding)}; accepted are ${ENCODINGS.join(', ')}.`,
    );
  }
  return { ...object, version, vault: text('vault') ?? object.vault, encoding: found };
}

function parseObject(
  text: string,
): (Omit<VaultSecret, 'encoding'> & { kind?: 'secrets' | 'certificates' }) | undefined {
  const { vault, kind, name, version } = OBJECT.exec(text)?.groups ?? {};
  if (name === undefined || (vault !== undefined && kind === undefined)) return undefined;
  return { vault, name, version, kind: kind as 'secrets' | 'certificates' | undefined };
}

function shown(value: unknown): string {
  return value === undefined ? 'nothing' : JSON.stringify(value);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return (
    typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length > 0
  );
}

function mapRecord<T, U>(record: Record<string, T>, change: (value: T, key: string) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value, key)]));
}
