import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import * as path from 'node:path';
import { failure, type Answer } from './answer';

/** What `<name>.json` beside a secret may say; the rest of it are attributes of the answer. */
interface Settings {
  enabled?: boolean;
  /** Seconds since the epoch, as `nbf` and `exp`. */
  notBefore?: number;
  expires?: number;
  contentType?: string;
  tags?: Record<string, string>;
  /** The secret of a certificate. */
  managed?: boolean;
  /** Nobody may read it. */
  forbidden?: boolean;
  /** Answers that are given before the value: an HTTP status for each of the first requests, as [429, 503]. */
  faults?: number[];
}

export const VERSION = '0123456789abcdef0123456789abcdef';
export const RESOURCE = 'https://vault.localhost';
const PAGE = 25;

/** A Key Vault whose secrets are files: `<name>` holds the value, `<name>.json` may hold settings. */
export class KeyVault {
  private readonly faultsGiven = new Map<string, number>();

  constructor(private readonly folder: string) {}

  /** Answers a request whose token holds. */
  async answer(url: URL): Promise<Answer> {
    const [kind, name, version] = url.pathname.split('/').filter((part) => part !== '');
    if (kind !== 'secrets') return failure(404, 'NotFound', `There is nothing at ${url.pathname}.`);
    return name === undefined ? this.list(url) : this.secret(url, name, version);
  }

  private async list(url: URL): Promise<Answer> {
    const names = (await readdir(this.folder)).filter((file) => !file.endsWith('.json')).sort();
    const start = Number(url.searchParams.get('$skiptoken') ?? 0);
    const end = start + Number(url.searchParams.get('maxresults') ?? PAGE);
    const next = new URL(url);
    next.searchParams.set('$skiptoken', String(end));
    const value = await Promise.all(
      names
        .slice(start, end)
        .map(async (name) => ({ id: idOf(url, name), ...attributes(await this.settings(name)) })),
    );
    return { status: 200, body: { value, nextLink: end < names.length ? next.href : null } };
  }

  private async secret(url: URL, name: string, version = VERSION): Promise<Answer> {
    const file = path.join(this.folder, path.basename(name));
    if (!existsSync(file) || version !== VERSION) {
      return failure(
        404,
        'SecretNotFound',
        `A secret with (name/id) ${name}/${version} was not found in this key vault.`,
      );
    }
    const settings = await this.settings(name);
    const given = this.faultsGiven.get(name) ?? 0;
    const fault = settings.faults?.[given];
    if (fault !== undefined) {
      this.faultsGiven.set(name, given + 1);
      return { ...failure(fault, 'Throttled', 'Too many requests.'), headers: { 'retry-after': '1' } };
    }
    if (settings.forbidden === true) {
      return failure(403, 'Forbidden', 'Caller is not authorized to perform action.', 'ForbiddenByRbac');
    }
    if (settings.enabled === false) {
      return failure(
        403,
        'Forbidden',
        'Operation get is not allowed on a disabled secret.',
        'SecretDisabled',
      );
    }
    const value = await readFile(file, 'utf8');
    return { status: 200, body: { value, id: `${idOf(url, name)}/${version}`, ...attributes(settings) } };
  }

  private async settings(name: string): Promise<Settings> {
    const file = path.join(this.folder, `${path.basename(name)}.json`);
    return existsSync(file) ? (JSON.parse(await readFile(file, 'utf8')) as Settings) : {};
  }
}

/** https://learn.microsoft.com/rest/api/keyvault/secrets/get-secret/get-secret#secretbundle */
function attributes({ enabled = true, notBefore, expires, contentType, tags, managed }: Settings) {
  const times = { created: 1_700_000_000, updated: 1_700_000_000, nbf: notBefore, exp: expires };
  return { attributes: { enabled, ...times }, contentType, tags, managed };
}

function idOf(url: URL, name: string): string {
  return `https://${url.host}/secrets/${name}`;
}
