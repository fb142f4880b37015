import pLimit from 'p-limit';
import type { Clock } from '../clock';
import { CONCURRENCY } from '../kubernetes/client';
import type { Cluster } from '../kubernetes/cluster';
import type { KubernetesObject } from '../kubernetes/object';
import { isAwaited, isGate } from './health';
import type { Monitor } from './monitor';
import { waitHealthy } from './observe';
import type { Timeline } from './timeline';
import { wavesOf } from './waves';

/** What every step of a rollout needs. */
export interface RolloutContext {
  cluster: Cluster;
  monitor: Monitor;
  timeline: Timeline;
  clock: Clock;
  /** The lease's: aborts with the step, and when the lease is lost. */
  signal: AbortSignal;
}

/**
 * Applies the objects wave by wave, each as soon as the former is healthy, and waits for all.
 * @param deadline on the clock, in milliseconds
 * @throws RolloutError with the diagnosis; ApiError for an object that the API server refuses
 */
export async function rollOut(
  context: RolloutContext,
  objects: readonly KubernetesObject[],
  deadline: number,
): Promise<void> {
  const { signal } = context;
  const late: KubernetesObject[] = [];
  for (const wave of wavesOf(objects)) {
    signal.throwIfAborted();
    const applied = await applyAll(context, wave);
    late.push(...applied.filter((object) => isAwaited(object) && !isGate(object)));
    await untilHealthy(context, applied.filter(isGate), deadline);
  }
  await untilHealthy(context, late, deadline);
}

/**
 * Applies the objects without waiting for any to become healthy; the answers are the objects as they now are. A failure
 * is thrown when no other request is under way any more: what a rollback puts back must not be overwritten.
 */
export async function applyAll(
  { cluster, clock, timeline }: RolloutContext,
  objects: readonly KubernetesObject[],
): Promise<KubernetesObject[]> {
  // More at a time would each make a connection of its own, and wait for the server all the same.
  const limit = pLimit({ concurrency: CONCURRENCY, rejectOnClear: true });
  const answers = objects.map((object) =>
    limit(async () => {
      try {
        const answer = await cluster.client.apply(object);
        if (isAwaited(object)) timeline.applied(object, clock.now());
        return answer;
      } catch (error) {
        limit.clearQueue();
        throw error;
      }
    }),
  );
  await Promise.allSettled(answers);
  return Promise.all(answers);
}

export async function untilHealthy(
  { cluster, monitor, timeline, clock, signal }: RolloutContext,
  applied: readonly KubernetesObject[],
  deadline: number,
): Promise<void> {
  if (applied.length > 0) await waitHealthy(cluster, monitor, applied, timeline, { clock, deadline, signal });
}
