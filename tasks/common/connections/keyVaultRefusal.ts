import { messageOf } from '../errors';

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

/**
 * What a vault's refusal means and what to do about it.
 * https://learn.microsoft.com/azure/key-vault/general/rest-error-codes
 */
export function refusal(error: unknown): string {
  const { statusCode, code, name, details } = error as {
    statusCode?: number;
    code?: string;
    name?: string;
    details?: { error?: { innerError?: { code?: string } } };
  };
  const innerCode = details?.error?.innerError?.code;
  if (statusCode === 404) return 'there is no such secret or version; create it or correct its name';
  if (innerCode === 'SecretDisabled') return 'it is disabled; enable it';
  if (statusCode === 403) {
    return (
      `access was refused (${innerCode ?? code ?? 'Forbidden'}); give the service connection's principal the role ` +
      "'Key Vault Secrets User' and see to the vault's firewall"
    );
  }
  if (statusCode === 401)
    return `the vault did not accept the service connection's token (${messageOf(error)})`;
  if (code === 'ENOTFOUND')
    return 'there is no vault of this name; correct it, or see to the private DNS zone';
  if (statusCode === 429 || name === 'AbortError') return 'the vault was busy all the time; try again later';
  return messageOf(error).split('\n')[0] ?? '';
}
