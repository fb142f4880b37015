import pLimit from 'p-limit';
import { messageOf, UserError } from '../common/errors';
import type { HttpCheck } from './checks';
import type { ProbeContext } from './probe';
import { join } from './request';

/** Requests at a time: as many as a browser opens to a host with HTTP/1.1, and a few more. */
const CONCURRENCY = 8;
/** Missing files that are named. */
const NAMED = 5;

/** A single-page application's server answers any path with its page, so the status alone proves nothing. */
const CONTENT_TYPES: Record<string, RegExp> = { js: /javascript/, mjs: /javascript/, css: /text\/css/ };

/**
 * Whether the files that a page needs are served, each with its content type.
 * @param depth page: what the page names; all: what its scripts name, too
 * @returns what is wrong, a sentence each
 */
export async function checkAssets(
  check: Pick<HttpCheck, 'target' | 'request'>,
  page: string,
  depth: 'page' | 'all',
  context: ProbeContext,
  signal: AbortSignal,
): Promise<string[]> {
  const send = (path: string, method: string) =>
    context.connections.send(
      check.target,
      (address) => ({ url: join(address, path), method, headers: {}, body: undefined }),
      signal,
    );
  const base = new URL(check.request.path, 'http://page');
  const named = assetsOfPage(page, base);
  if (named.length === 0) return ['The page names no script and no style sheet of its own.'];
  const later = new Set<string>();
  if (depth === 'all') {
    for (const script of named.filter((path) => path.endsWith('.js'))) {
      const { body } = await send(script, 'GET');
      for (const path of assetsOfScript(body, new URL(script, base))) later.add(path);
    }
  }
  const all = [...new Set([...named, ...later])];
  const problems = await pLimit(CONCURRENCY).map(all, async (path) => {
    try {
      const { status, headers } = await send(path, 'HEAD');
      const type = headers['content-type'] ?? 'no content type';
      if (status !== 200) return [`${path}: expected status 200, found ${status}.`];
      const wanted = CONTENT_TYPES[path.split('.').pop() ?? ''];
      return wanted === undefined || wanted.test(type)
        ? []
        : [`${path}: expected its own content type, found ${type}.`];
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof UserError)) throw error;
      return [`${path}: ${messageOf(error)}`];
    }
  });
  const found = problems.flat();
  return found.length <= NAMED
    ? found
    : [`${found.length} of ${all.length} assets are not served.`, ...found.slice(0, NAMED)];
}

/** Paths of scripts, style sheets and preloads of the page's own server, in the page's order. */
export function assetsOfPage(html: string, base: URL): string[] {
  const tags = [...html.matchAll(/<(?:script|link)\b[^>]*>/gi)].map(([tag]) => tag);
  const baseHref = /<base\b[^>]*\bhref=["']([^"']+)["']/i.exec(html)?.[1] ?? '';
  const addresses = tags.flatMap((tag) => {
    const isAsset =
      /^<script/i.test(tag) || /\brel=["'](?:stylesheet|modulepreload|preload|manifest|icon)["']/i.test(tag);
    const address = /\b(?:src|href)=["']([^"']+)["']/i.exec(tag)?.[1];
    return isAsset && address !== undefined ? [address] : [];
  });
  return pathsOf(addresses, new URL(baseHref, base));
}

/** Paths of the hashed files (`./page-B0CkMnR1.js`) that a bundler's script loads later. */
export function assetsOfScript(script: string, address: URL): string[] {
  // A name without a hash may be anything that a library's text happens to say.
  const relative = [...script.matchAll(/["'`](\.\/[\w.-]+-[\w-]{8}\.(?:js|css))["'`]/g)].map(
    ([, name = '']) => name,
  );
  // Vite's list of dependencies starts at the page's base.
  const rooted = [...script.matchAll(/["'`](assets\/[\w.-]+-[\w-]{8}\.(?:js|css))["'`]/g)].map(
    ([, name = '']) => `/${name}`,
  );
  return pathsOf([...relative, ...rooted], address);
}

function pathsOf(addresses: readonly string[], base: URL): string[] {
  const urls = addresses.filter((one) => URL.canParse(one, base.href)).map((one) => new URL(one, base));
  return [
    ...new Set(
      urls.filter(({ origin }) => origin === base.origin).map(({ pathname, search }) => pathname + search),
    ),
  ];
}
