import pLimit from 'p-limit';

export interface RestOptions {
  /** A bearer token that is valid now. */
  token: () => Promise<string>;
  fetch: typeof fetch;
  sleep: (ms: number) => Promise<void>;
}

export class RestError extends Error {
  constructor(
    readonly status: number,
    url: string,
  ) {
    super(`Azure DevOps answered ${status} to GET ${new URL(url).pathname}.`);
  }
}

const AT_ONCE = 4;
const TRIES = 5;
const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 30_000;

/**
 * The one seam for HTTP: a few requests at once; what is throttled (429) or fails on the server's side is tried again
 * after Retry-After, or after waits that double.
 * https://learn.microsoft.com/azure/devops/integrate/concepts/rate-limits
 */
export class Rest {
  private readonly limit = pLimit(AT_ONCE);

  constructor(private readonly options: RestOptions) {}

  async json(url: string): Promise<unknown> {
    return JSON.parse(await this.text(url, 'application/json;api-version=7.0'));
  }

  /** @throws RestError with the status of the last try; what fetch throws when nobody answers */
  async text(url: string, accept = '*/*'): Promise<string> {
    return this.limit(async () => {
      for (let tries = 1; ; tries++) {
        const answer = await this.get(url, accept).catch((error: unknown) => {
          if (tries >= TRIES) throw error;
          return undefined;
        });
        if (answer?.ok) return answer.text();
        if (answer && (!isPassing(answer.status) || tries >= TRIES)) throw new RestError(answer.status, url);
        await this.options.sleep(waitMs(answer, tries));
      }
    });
  }

  private async get(url: string, accept: string): Promise<Response> {
    const token = await this.options.token();
    return this.options.fetch(url, {
      headers: { accept, authorization: `Bearer ${token}`, 'x-tfs-fedauthredirect': 'Suppress' },
      credentials: 'omit',
      cache: 'no-store',
    });
  }
}

function isPassing(status: number): boolean {
  return status === 429 || status >= 500;
}

function waitMs(answer: Response | undefined, tries: number): number {
  const asked = Number(answer?.headers.get('retry-after') ?? NaN) * 1_000;
  return Math.min(asked > 0 ? asked : FIRST_WAIT_MS * 2 ** (tries - 1), LONGEST_WAIT_MS);
}
