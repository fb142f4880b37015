import type { Clock } from '../clock';
import type { Cluster } from '../kubernetes/cluster';
import { acquireLease } from './lease';
import { Monitor } from './monitor';
import type { RolloutContext } from './rollout';
import { Timeline } from './timeline';

export interface SessionRequest {
  /** Of the lease's holder. */
  identity: string;
  /** How long to wait for another deployment to end, in milliseconds. */
  lockTimeoutMs: number;
  clock: Clock;
  signal: AbortSignal;
}

/**
 * Holds the namespace's lease and watches its release while `act` changes it.
 * @throws UserError when another deployment does not let go of the lease
 */
export async function changeRelease<T>(
  cluster: Cluster,
  { identity, lockTimeoutMs: timeoutMs, clock, signal }: SessionRequest,
  act: (context: RolloutContext) => Promise<T>,
): Promise<T> {
  const lease = await acquireLease(cluster, { identity, timeoutMs, clock, signal });
  try {
    const monitor = await Monitor.start(cluster, clock);
    try {
      const timeline = new Timeline(clock.now());
      return await act({ cluster, monitor, timeline, clock, signal: lease.signal });
    } finally {
      await monitor.stop();
    }
  } finally {
    await lease.release();
  }
}
