import { localized } from '../common/agent/messages';
import { runInfo } from '../common/agent/runInfo';
import { systemClock } from '../common/clock';
import { messageOf, UserError } from '../common/errors';
import type { Cluster } from '../common/kubernetes/cluster';
import { rollBack } from '../common/rollout/rollback';

export interface RollbackOutcome {
  outcome: 'restored' | 'notRestored';
  message: string;
}

/** How long another deployment to the namespace may take to end. */
const LOCK_TIMEOUT_MS = 300_000;

/**
 * Puts the release before back and waits for it. That the release failed is what the step reports: whatever goes wrong here
 * only adds to it.
 * @throws the signal's reason when the step is cancelled
 */
export async function rollBackRelease(
  cluster: Cluster,
  { timeoutMs }: { timeoutMs: number },
  signal: AbortSignal,
): Promise<RollbackOutcome> {
  try {
    const { outcome, message } = await rollBack(cluster, {
      rejectCurrent: true,
      run: runInfo(),
      lockTimeoutMs: LOCK_TIMEOUT_MS,
      timeoutMs,
      clock: systemClock,
      signal,
    });
    return { outcome, message };
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof UserError)) throw error;
    return { outcome: 'notRestored', message: localized('RollbackFailed', messageOf(error)) };
  }
}
