import { messageOf, UserError } from '../common/errors';
import type { Check, Cleanup } from './checks';
import type { ProbeContext } from './probe';
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
const LIMIT_MS = 6_000;

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
