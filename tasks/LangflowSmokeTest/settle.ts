import { info } from '../common/agent/log';
import type { Clock } from '../common/clock';
import type { KubernetesClient } from '../common/kubernetes/client';
import { allPodsOfRelease, type Pod } from '../common/kubernetes/pods';

/**
 * How long after its deletion a pod may still be sent requests: until kube-proxy and everybody else who watches endpoints
 * has heard of it (kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle, termination of pods).
 */
const SETTLED_AFTER_MS = 5_000;

/**
 * Waits until no Service sends requests to a pod that the rollout before has removed: the checks would speak of the release
 * before. Only a test that follows a rollout within seconds waits at all.
 */
export async function untilSettled(
  client: KubernetesClient,
  namespace: string,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  const waitMs = settlesIn(await allPodsOfRelease(client, namespace), clock.now());
  if (waitMs === 0) return;
  info(
    `Pods of the release before are leaving; waiting ${Math.ceil(waitMs / 1_000)} s until nothing is sent to them.`,
  );
  await clock.sleep(waitMs, signal);
}

/** Milliseconds; at most the whole time, whatever the clocks of agent and cluster say. */
export function settlesIn(pods: readonly Pod[], now: number): number {
  const waits = pods.flatMap(({ metadata: { deletionTimestamp, deletionGracePeriodSeconds = 0 } }) =>
    deletionTimestamp === undefined
      ? []
      : [Date.parse(deletionTimestamp) - deletionGracePeriodSeconds * 1_000 + SETTLED_AFTER_MS - now],
  );
  return Math.min(SETTLED_AFTER_MS, Math.max(0, ...waits));
}
