import * as log from '../common/agent/log';
import { localized } from '../common/agent/messages';
import { systemClock, type Clock } from '../common/clock';
import { BakeError } from './bake';
import type { BakeOptions } from './bakeFile';
import { failedVertices } from './progress';

/** How long the builder rests before it tries a push again. */
const PAUSES_MS = [5_000, 20_000, 60_000];

/** What a failure of bake calls for. */
export type Remedy = 'push again' | 'without cache' | 'none';

/**
 * What can be done about a failure: a registry that was busy or a connection that broke is asked again, and a cache that
 * cannot be read is left out. A command that fails, a mistake in a Dockerfile and a refused credential stay what they are.
 */
export function remedyFor({ lines, vertices }: Pick<BakeError, 'lines' | 'vertices'>): Remedy {
  const message = lines.filter((line) => line.startsWith('ERROR: ')).join('\n');
  if (/did not complete successfully|parse error|\b40[13]\b|unauthorized|denied/i.test(message))
    return 'none';
  const failed = failedVertices(vertices);
  const ofPush = failed.some(({ instruction }) => /^(exporting to|pushing)/.test(instruction));
  if ((ofPush || /failed to push/.test(message)) && BUSY.test(message)) return 'push again';
  if (
    /failed to (load|compute) cache key|failed to configure registry cache|cache (manifest|importer)/.test(
      message,
    )
  )
    return 'without cache';
  if (/blob .*not found|unexpected commit digest|failed size validation|failed to get reader/.test(message))
    return 'without cache';
  return 'none';
}

/** Answers of a registry and faults of the network that pass. */
const BUSY =
  /\b(429|500|502|503|504)\b|too many requests|connection (reset|refused)|broken pipe|unexpected EOF|timeout|TLS handshake/i;

/** Runs bake until it succeeds or fails in a way that another attempt would not change. */
export async function withRetries<T>(
  options: BakeOptions,
  signal: AbortSignal,
  attempt: (options: BakeOptions) => Promise<T>,
  clock: Clock = systemClock,
): Promise<T> {
  let current = options;
  for (let pushes = 0; ;) {
    try {
      return await attempt(current);
    } catch (error) {
      if (!(error instanceof BakeError)) throw error;
      const remedy = remedyFor(error);
      const pause = PAUSES_MS[pushes];
      if (remedy === 'push again' && pause !== undefined) {
        pushes++;
        log.warning(localized('PushAgain', pause / 1_000));
        await clock.sleep(pause, signal);
      } else if (remedy === 'without cache' && current.cache.branches.length > 0) {
        log.warning(localized('CacheLeftOut'));
        current = { ...current, cache: { ...current.cache, branches: [] } };
      } else throw error;
    }
  }
}
