import type { HttpRequest } from './checks';
import type { Answer } from './expectations';
import { targetText, type Target } from './target';

const REDIRECTS = [301, 302, 303, 307, 308];
/** They are for the server that they were meant for. */
const CONFIDENTIAL = ['authorization', 'cookie', 'x-api-key'];

/** Whether an answer sends the client elsewhere. */
export function isRedirect({ status, headers }: Pick<Answer, 'status' | 'headers'>): boolean {
  return REDIRECTS.includes(status) && headers.location !== undefined;
}

/**
 * The request that a browser would send next (https://fetch.spec.whatwg.org/#http-redirect-fetch).
 * @param origin of the answer's own address
 */
export function redirected(
  target: Target,
  request: HttpRequest,
  { status, headers }: Pick<Answer, 'status' | 'headers'>,
  origin: URL,
): { target: Target; request: HttpRequest } {
  const next = new URL(headers.location ?? '', origin);
  const toGet = status === 303 || ((status === 301 || status === 302) && request.method === 'POST');
  const { body, form, ...bare } = request;
  const kept = toGet ? { ...bare, method: 'GET' } : { ...bare, body, form };
  // What was put in is a value, not a reference.
  const path = `${next.pathname}${next.search}`.replace(/\$\{/g, '$$$${');
  if (next.origin === origin.origin) {
    return {
      target: target.kind === 'url' ? { kind: 'url', url: new URL(next.origin) } : target,
      request: { ...kept, path },
    };
  }
  return {
    target: { kind: 'url', url: new URL(next.origin) },
    request: {
      ...kept,
      path,
      headers: Object.fromEntries(
        Object.entries(kept.headers).filter(([name]) => !CONFIDENTIAL.includes(name.toLowerCase())),
      ),
    },
  };
}

/** The origin under which a target's server knows itself. */
export function originOf(target: Target, path: string, namespace: string): URL {
  return target.kind === 'url'
    ? new URL(path === '' ? target.url.href : target.url.href.replace(/\/$/, '') + path)
    : new URL(`http://${target.name}.${namespace}${path}`);
}

/** For people. */
export function loopText(target: Target, location: string | undefined, redirects: number): string {
  return `${targetText(target)} redirected more than ${redirects} times, the last time to ${location ?? ''}: it may be a loop.`;
}
