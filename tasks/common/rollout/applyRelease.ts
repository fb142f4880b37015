import { warning } from '../agent/log';
import { localized } from '../agent/messages';
import { messageOf } from '../errors';
import { LeaseLostError } from './lease';
import { announce } from './announce';
import { prune } from './prune';
import { appliedBy, obsolete, type RecordPlan, type ReleaseRecord } from './record';
import { createRecord, listRecords, removeRecords, updateRecord } from './records';
import { restorationOf, restore, withoutJobs, type RestoreResult } from './restore';
import { rollOut, type RolloutContext } from './rollout';

/** How a release ended. */
export type ReleaseResult = { outcome: 'deployed' | 'canary' } | ReleaseFailure;

export interface ReleaseFailure {
  outcome: RestoreResult['outcome'];
  /** Why it did not become healthy. */
  diagnosis: string;
  /** What was done about it. */
  message: string;
}

export interface ReleaseRequest {
  plan: RecordPlan;
  /** Of this release. */
  record: ReleaseRecord;
  /** On the clock, in milliseconds. */
  deadline: number;
  /** Budget of the way back; undefined when nothing is put back, because what ran before was rejected. */
  rollbackTimeoutMs: number | undefined;
}

/**
 * Brings a recorded release, or its canary, into the cluster, or the former one back. The record is written first, so that
 * whatever kills this program, the next one knows what was begun and what to go back to.
 * @throws LeaseLostError when another deployment has taken over; then nothing is put back
 */
export async function applyRelease(
  context: RolloutContext,
  { plan, record, deadline, rollbackTimeoutMs }: ReleaseRequest,
): Promise<ReleaseResult> {
  const { cluster } = context;
  if (!plan.unchanged) await createRecord(cluster, record);
  const objects = record.rollbackTo === undefined ? appliedBy(record) : withoutJobs(record.objects);
  try {
    await rollOut(context, objects, deadline);
  } catch (error) {
    if (context.signal.reason instanceof LeaseLostError) throw context.signal.reason;
    const diagnosis = messageOf(error);
    if (plan.unchanged) {
      const message = localized('NothingElseWasDeployed', record.revision);
      return { outcome: 'notRestored', diagnosis, message };
    }
    await announce(cluster, record, 'Warning', 'ReleaseFailed', diagnosis);
    if (rollbackTimeoutMs === undefined) {
      await updateRecord(cluster, { ...record, status: 'failed' });
      return { outcome: 'notRestored', diagnosis, message: localized('NothingElse') };
    }
    const result = await restore(context, restorationOf(plan, record), rollbackTimeoutMs);
    if (result.outcome === 'restored')
      await announce(cluster, record, 'Normal', 'ReleaseRestored', result.message);
    return { diagnosis, ...result };
  }
  const outcome = record.canary ? 'canary' : 'deployed';
  if (!plan.unchanged) {
    await updateRecord(cluster, { ...record, status: outcome });
    if (record.canary) {
      const message = `The canary of release ${record.name} is healthy.`;
      await announce(cluster, record, 'Normal', 'CanaryDeployed', message);
    } else await announce(cluster, record, 'Normal', 'ReleaseDeployed', `Release ${record.name} is healthy.`);
  }
  await tidy(context, plan, record);
  return { outcome };
}

/**
 * Removes what the new release has no more; content that a kept record needs for the way back stays. A canary only takes
 * the place of a former canary: the release beside which it serves stays, as do all to which one can go back.
 */
async function tidy({ cluster }: RolloutContext, plan: RecordPlan, record: ReleaseRecord): Promise<void> {
  const former = plan.former;
  const dropped = record.canary ? plan.dropped.filter(({ status }) => status !== 'deployed') : plan.dropped;
  try {
    const kept = (await listRecords(cluster)).filter(
      ({ revision }) => !dropped.some((other) => other.revision === revision),
    );
    const content = kept.map(({ objects }) =>
      objects.filter(({ kind }) => kind === 'Secret' || kind === 'ConfigMap'),
    );
    const stays = record.canary ? [appliedBy(record), former?.objects ?? []] : [record.objects];
    const gone = [...(former ? [former] : []), ...dropped].flatMap(appliedBy);
    await prune(cluster, obsolete(gone, [...stays, ...content]));
    await removeRecords(cluster, dropped);
  } catch (error) {
    // The release itself is healthy; the next deployment tidies again.
    warning(localized('FormerNotRemoved', messageOf(error)));
  }
}
