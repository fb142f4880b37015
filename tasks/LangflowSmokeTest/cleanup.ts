import type { Clock } from '../common/clock';
import { messageOf, UserError } from '../common/errors';
import type { Check, Cleanup } from './checks';
import type { Attempt, ProbeContext } from './probe';
import { requestTo } from './request';
import { targetText } from './target';

/** What one cleanup did. */
export interface CleanupResult {
  /** Of the check that made the object. */
  check: Check;
  what: string;
  /** Undefined when all is clean. */
  problem: string | undefined;
  durationMs: number;
}

/** Of all cleanups of a group: after a cancel the agent kills us 10 s after its first signal. */
const LIMIT_MS = 5_000;
/** How long a request that makes something goes on after a cancel: without its answer nobody knows what to remove. */
const GRACE_MS = 2_000;

/** The attempt of a check with a cleanup, which a cancel ends a little later. */
export function withGrace(attempt: Attempt, clock: Clock): Attempt {
  return async (signal) => {
    const late = new AbortController();
    const done = new AbortController();
    const onAbort = (): void => {
      clock.sleep(GRACE_MS, done.signal).then(
        () => {
          late.abort(signal.reason);
        },
        () => undefined,
      );
    };
    signal.throwIfAborted();
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      return await attempt(late.signal);
    } finally {
      signal.removeEventListener('abort', onAbort);
      done.abort();
    }
  };
}

/**
 * Removes what checks made, the last first, whether or not the checks passed; what was not made, or has gone already, is
 * clean.
 * @param made the checks that were made, in their order
 */
export async function cleanUp(made: readonly Check[], context: ProbeContext): Promise<CleanupResult[]> {
  const results: CleanupResult[] = [];
  // A step that is cancelled, or whose time is over, still cleans up.
  const signal = AbortSignal.timeout(LIMIT_MS);
  for (const check of [...made].reverse()) {
    const { cleanup } = check;
    if (cleanup?.needs.every((name) => context.values.has(name))) {
      results.push({ check, ...(await remove(cleanup, context, signal)) });
    }
  }
  return results;
}

async function remove(
  { target, request }: Cleanup,
  { connections, values, clock, budget }: ProbeContext,
  signal: AbortSignal,
): Promise<Omit<CleanupResult, 'check'>> {
  const started = clock.now();
  const what = `${request.method} ${targetText(target)}${request.path}`;
  let problem: string | undefined;
  try {
    budget.grant();
    const { status, body } = await connections.send(target, requestTo(request, values), signal);
    const isGone = (status >= 200 && status < 300) || status === 404;
    if (!isGone) problem = `Expected status 200 to 299 or 404, found ${status}: ${body}`;
  } catch (error) {
    if (!(error instanceof UserError) && !signal.aborted) throw error;
    problem = signal.aborted ? 'It was not answered in time.' : messageOf(error);
  }
  return { what, problem, durationMs: clock.now() - started };
}
