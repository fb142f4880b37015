import { localized } from '../agent/messages';
import { announce } from './announce';
import { prune } from './prune';
import { appliedBy, obsolete, type ReleaseRecord } from './record';
import { updateRecord } from './records';
import type { RolloutContext } from './rollout';

/** Tells the pods, and the Deployments, of a canary from those beside which they serve; its only value is `canary`. */
export const TRACK_LABEL = 'langflow-delivery/track';

/**
 * Removes a canary with all that only it needed; the release beside it stays as it is. Killed midway, it is begun again by
 * whoever comes next: until everything is gone, the record says `canary`.
 * @returns what was done
 */
export async function rejectCanary(
  { cluster }: RolloutContext,
  canary: ReleaseRecord,
  current: ReleaseRecord,
): Promise<string> {
  await prune(cluster, obsolete(appliedBy(canary), [current.objects]));
  await updateRecord(cluster, { ...canary, status: 'failed' });
  const message = localized('CanaryRejected', canary.name, canary.revision, current.name, current.revision);
  await announce(cluster, canary, 'Warning', 'CanaryRejected', message);
  return message;
}
