import { createPrivateKey, X509Certificate } from 'node:crypto';
import type { VaultValue } from '../../common/connections/keyVault';
import type { Encoding } from './mapping';

/** The content of a Kubernetes Secret. */
export interface SecretContent {
  /** https://kubernetes.io/docs/concepts/configuration/secret/#secret-types */
  type: string;
  /** Values may be binary. */
  data: Record<string, Buffer>;
}

/** Content types whose text is base64: a PFX always, the other when somebody stored a file. */
const BASE64_TYPES = /^application\/(x-pkcs12|octet-stream)\b|\bbase64\b/i;

/**
 * The bytes that a secret's text stands for, and what is wrong with it. The vault holds nothing but text; how it stands for
 * bytes say the mapping, the tag of `az keyvault secret set --encoding`, or the content type.
 */
export function bytesOf(
  { value, contentType = '', tags = {} }: VaultValue,
  wanted?: Encoding,
): { bytes: Buffer } | { problem: string } {
  const tagged = tags['file-encoding'];
  const encoding = wanted ?? (BASE64_TYPES.test(contentType) ? 'base64' : tagged);
  if (encoding !== 'base64' && encoding !== 'hex') return { bytes: Buffer.from(value, 'utf8') };
  const text = value.replace(/\s+/g, '');
  const bytes = Buffer.from(text, encoding);
  const canonical = (one: string): string =>
    encoding === 'hex' ? one.toLowerCase() : one.replace(/=+$/, '');
  // Node skips what is not of the encoding.
  const exact = canonical(bytes.toString(encoding)) === canonical(text);
  if (!exact || bytes.length === 0) {
    return {
      problem: `its value is not ${encoding}, as ${wanted ? 'the mapping' : `its content type or tag (${contentType || (tagged ?? '')})`} says`,
    };
  }
  return { bytes };
}

const PEM_BLOCK = /-----BEGIN ([A-Z0-9 ]+)-----[^-]+-----END \1-----/g;

/**
 * The content of a Secret of type kubernetes.io/tls from a certificate's secret: private key, certificate and chain as PEM,
 * in whatever order. https://learn.microsoft.com/azure/key-vault/certificates/how-to-export-certificate
 */
export function tlsOf(
  { value, contentType = '' }: VaultValue,
  now: Date,
): { content: SecretContent } | { problem: string } {
  if (/x-pkcs12/i.test(contentType)) {
    return {
      problem:
        'the vault holds it as PFX; set the content type of its issuance policy to PEM (application/x-pem-file) and renew or ' +
        'import it, or map it as a secret to a key such as keystore.p12',
    };
  }
  const blocks = [...value.matchAll(PEM_BLOCK)].map(([text, label = '']) => ({ text, label }));
  const key = blocks.find(({ label }) => label.endsWith('PRIVATE KEY'))?.text;
  const certificates = blocks.filter(({ label }) => label === 'CERTIFICATE').map(({ text }) => text);
  if (key === undefined || certificates.length === 0)
    return { problem: 'it is not a PEM with a certificate and its private key' };
  try {
    const privateKey = createPrivateKey(key);
    const leaf = certificates.find((text) => new X509Certificate(text).checkPrivateKey(privateKey));
    if (leaf === undefined) return { problem: 'none of its certificates belongs to its private key' };
    const end = new Date(new X509Certificate(leaf).validTo);
    if (end <= now) return { problem: `the certificate expired on ${end.toISOString()}; renew it` };
    const chain = [leaf, ...certificates.filter((text) => text !== leaf)];
    const pem = (texts: string[]): Buffer => Buffer.from(`${texts.join('\n')}\n`);
    return { content: { type: 'kubernetes.io/tls', data: { 'tls.crt': pem(chain), 'tls.key': pem([key]) } } };
  } catch {
    // OpenSSL's message would help nobody.
    return { problem: 'its certificate or private key cannot be read' };
  }
}

/** Kubernetes checks Secrets of these types; whatever reads them asks for the type. */
export function typeOf(keys: readonly string[]): string {
  if (keys.length === 1 && keys[0] === '.dockerconfigjson') return 'kubernetes.io/dockerconfigjson';
  if (keys.includes('tls.crt') && keys.includes('tls.key')) return 'kubernetes.io/tls';
  return 'Opaque';
}
