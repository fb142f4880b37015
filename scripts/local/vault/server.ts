import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import * as path from 'node:path';
import { text } from 'node:stream/consumers';
import { parseArgs } from 'node:util';

/**
 * A Key Vault for one machine: the documented REST protocol over TLS, with the secrets in files. `<name>` holds the
 * value; `<name>.json` beside it may hold attributes and faults (see `Settings`).
 * Protocol: https://learn.microsoft.com/rest/api/keyvault/secrets and /azure/key-vault/general/authentication-requests-and-responses.
 */
interface Settings {
  enabled?: boolean;
  /** Answers that are given before the value: an HTTP status for each of the first requests, as [429, 503]. */
  faults?: number[];
}

interface Answer {
  status: number;
  body: unknown;
  headers?: Record<string, string>;
}

const VERSION = '0123456789abcdef0123456789abcdef';
const RESOURCE = 'https://vault.localhost';
const PAGE = 25;
const faultsGiven = new Map<string, number>();
/** The one access token that this process hands out. */
const accessToken = randomUUID();

const { values } = parseArgs({
  options: {
    port: { type: 'string' },
    secrets: { type: 'string' },
    tls: { type: 'string' },
    client: { type: 'string' },
    'client-secret': { type: 'string' },
  },
});
const { port, secrets, tls, client, 'client-secret': clientSecret } = values;
if (!port || !secrets || !tls || !client || !clientSecret)
  throw new Error(
    'Usage: server.ts --port PORT --secrets FOLDER --tls FOLDER --client ID --client-secret SECRET',
  );

const server = createServer(
  {
    cert: await readFile(path.join(tls, 'server.pem')),
    key: await readFile(path.join(tls, 'server.key')),
  },
  (request, response) => {
    const url = new URL(request.url ?? '/', `https://${request.headers.host ?? 'localhost'}`);
    void text(request)
      .then((body) => answer(url, new URLSearchParams(body), request.headers.authorization))
      .catch((error: unknown) => failure(500, 'InternalServerError', String(error)))
      .then(({ status, body, headers }) => {
        response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...headers });
        response.end(JSON.stringify(body));
        console.log(`${request.method ?? ''} ${url.host}${url.pathname} ${status}`);
      });
  },
);
server.listen(Number(port), '127.0.0.1', () => {
  console.log('listening');
});

async function answer(url: URL, form: URLSearchParams, authorization: string | undefined): Promise<Answer> {
  if (url.hostname.startsWith('login.')) return login(url, form);
  if (authorization !== `Bearer ${accessToken}`) {
    const authority = `https://login.localhost:${port}/11111111-1111-1111-1111-111111111111`;
    const challenge = `Bearer authorization="${authority}", resource="${RESOURCE}"`;
    return {
      ...failure(401, 'Unauthorized', 'AKV10000: Request is missing a Bearer or PoP token.'),
      headers: { 'www-authenticate': challenge },
    };
  }
  const [kind, name, version] = url.pathname.split('/').filter((part) => part !== '');
  if (kind !== 'secrets') return failure(404, 'NotFound', `There is nothing at ${url.pathname}.`);
  return name === undefined ? list(url) : secret(url, name, version);
}

function login(url: URL, form: URLSearchParams): Answer {
  const [tenant = 'common'] = url.pathname.split('/').filter((part) => part !== '');
  const base = `https://${url.host}/${tenant}`;
  if (url.pathname.endsWith('/openid-configuration')) {
    return {
      status: 200,
      body: {
        issuer: `${base}/v2.0`,
        authorization_endpoint: `${base}/oauth2/v2.0/authorize`,
        token_endpoint: `${base}/oauth2/v2.0/token`,
        jwks_uri: `${base}/discovery/v2.0/keys`,
      },
    };
  }
  if (url.pathname.endsWith('/oauth2/v2.0/token')) {
    if (form.get('client_id') !== client || form.get('client_secret') !== clientSecret) {
      const description = `AADSTS7000215: Invalid client secret provided for app '${form.get('client_id') ?? ''}'.`;
      return { status: 401, body: { error: 'invalid_client', error_description: description } };
    }
    return { status: 200, body: { token_type: 'Bearer', expires_in: 3600, access_token: accessToken } };
  }
  return failure(404, 'NotFound', `There is nothing at ${url.pathname}.`);
}

async function list(url: URL): Promise<Answer> {
  const names = (await readdir(folder())).filter((file) => !file.endsWith('.json')).sort();
  const start = Number(url.searchParams.get('$skiptoken') ?? 0);
  const end = start + Number(url.searchParams.get('maxresults') ?? PAGE);
  const next = new URL(url);
  next.searchParams.set('$skiptoken', String(end));
  const value = names
    .slice(start, end)
    .map((name) => ({ id: idOf(url, name), attributes: { enabled: true } }));
  return { status: 200, body: { value, nextLink: end < names.length ? next.href : null } };
}

async function secret(url: URL, name: string, version = VERSION): Promise<Answer> {
  const file = path.join(folder(), path.basename(name));
  if (!existsSync(file) || version !== VERSION) {
    return failure(
      404,
      'SecretNotFound',
      `A secret with (name/id) ${name}/${version} was not found in this key vault.`,
    );
  }
  const settings = existsSync(`${file}.json`)
    ? (JSON.parse(await readFile(`${file}.json`, 'utf8')) as Settings)
    : {};
  const given = faultsGiven.get(name) ?? 0;
  const fault = settings.faults?.[given];
  if (fault !== undefined) {
    faultsGiven.set(name, given + 1);
    return { ...failure(fault, 'Throttled', 'Too many requests.'), headers: { 'retry-after': '1' } };
  }
  if (settings.enabled === false) {
    return failure(403, 'Forbidden', 'Operation get is not allowed on a disabled secret.', 'SecretDisabled');
  }
  const attributes = { enabled: true, created: 1_700_000_000, updated: 1_700_000_000 };
  const value = await readFile(file, 'utf8');
  return { status: 200, body: { value, id: `${idOf(url, name)}/${version}`, attributes } };
}

function idOf(url: URL, name: string): string {
  return `https://${url.host}/secrets/${name}`;
}

function folder(): string {
  return secrets ?? '';
}

function failure(status: number, code: string, message: string, inner?: string): Answer {
  return { status, body: { error: { code, message, ...(inner && { innererror: { code: inner } }) } } };
}
