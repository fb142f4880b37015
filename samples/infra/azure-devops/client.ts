import { messageOf, UserError } from '../../../tasks/common/errors';
import { systemClock, type Clock } from '../../../tasks/common/clock';

export type Json = Record<string, unknown>;

export interface Call {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH';
  /** Under the organization, such as Langflow/_apis/build/definitions; each part is encoded already. */
  path: string;
  query?: Record<string, string>;
  /** https://learn.microsoft.com/azure/devops/integrate/concepts/rest-api-versioning */
  version?: string;
  body?: unknown;
  /** Identities live on a host of their own. */
  identityService?: boolean;
}

const VERSION = '7.1';
const ATTEMPTS = 5;

/** The one way to Azure DevOps: authorization, API version, patience, and errors in plain words. */
export class Client {
  constructor(
    private readonly organization: string,
    private readonly authorization: string,
    private readonly clock: Clock = systemClock,
  ) {}

  /** @throws UserError unless the answer is a success */
  async send<T>(call: Call): Promise<T> {
    const found = await this.find<T>(call);
    if (found === undefined)
      throw new UserError(`${call.method} ${this.address(call)}: 404, there is no such thing.`);
    return found;
  }

  /**
   * As `send`, but undefined when the thing does not exist.
   * Throttling: https://learn.microsoft.com/azure/devops/integrate/concepts/rate-limits says to wait for Retry-After seconds.
   */
  async find<T>(call: Call): Promise<T | undefined> {
    for (let attempt = 1; ; attempt++) {
      const response = await this.fetch(call);
      if ((response.status === 429 || response.status === 503) && attempt < ATTEMPTS) {
        await response.body?.cancel();
        const seconds = Number(response.headers.get('retry-after') ?? '');
        await this.clock.sleep(seconds > 0 ? seconds * 1000 : 2 ** attempt * 1000);
        continue;
      }
      return this.read<T>(call, response);
    }
  }

  private async fetch(call: Call): Promise<Response> {
    try {
      return await fetch(this.address(call), {
        method: call.method,
        // Without a valid token Azure DevOps leads to a sign-in page, which must not be taken for an answer.
        redirect: 'manual',
        headers: {
          Authorization: this.authorization,
          Accept: 'application/json',
          ...(call.body === undefined ? {} : { 'Content-Type': 'application/json' }),
        },
        body: call.body === undefined ? undefined : JSON.stringify(call.body),
        signal: AbortSignal.timeout(60_000),
      });
    } catch (error) {
      const cause = error instanceof Error && error.cause !== undefined ? `: ${messageOf(error.cause)}` : '';
      throw new UserError(`${call.method} ${this.address(call)} got no answer: ${messageOf(error)}${cause}`);
    }
  }

  private async read<T>(call: Call, response: Response): Promise<T | undefined> {
    const text = await response.text();
    const { status } = response;
    if (status === 203 || status === 302 || status === 401) {
      throw new UserError(
        `Azure DevOps does not accept the token (${status}). It is wrong, has expired, or belongs to another organization ` +
          `than ${this.organization}.`,
      );
    }
    if (status === 404) return undefined;
    if (status === 403) {
      throw new UserError(
        `The token lacks a right: ${call.method} ${this.address(call)}: ${wordsOf(text)} ` +
          'README.md beside settings.yml lists the rights and scopes that each step needs.',
      );
    }
    if (status === 409) {
      throw new UserError(
        `${call.method} ${this.address(call)}: 409, somebody else changed or made it meanwhile: ${wordsOf(text)} Run it again.`,
      );
    }
    if (!response.ok) {
      throw new UserError(`${call.method} ${this.address(call)}: ${status} ${wordsOf(text)}`);
    }
    try {
      return JSON.parse(text) as T;
    } catch {
      throw new UserError(`${call.method} ${this.address(call)}: the answer is not JSON: ${wordsOf(text)}`);
    }
  }

  private address({ path, query = {}, version = VERSION, identityService = false }: Call): string {
    const base = identityService
      ? this.organization.replace('https://dev.azure.com/', 'https://vssps.dev.azure.com/')
      : this.organization;
    return `${base}/${path}?${new URLSearchParams({ ...query, 'api-version': version }).toString()}`;
  }
}

/** The message of an error answer, or its beginning. */
function wordsOf(text: string): string {
  try {
    const { message } = JSON.parse(text) as { message?: unknown };
    if (typeof message === 'string') return message;
  } catch {
    // Not JSON: shown as it is.
  }
  return text.trim() === '' ? 'without a word.' : text.trim().slice(0, 300);
}
