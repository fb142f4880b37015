import { info } from '../agent/log';
import { localized } from '../agent/messages';
import type { Clock } from '../clock';
import { messageOf, UserError } from '../errors';
import { createNamespace, namespaceObject, type Cluster } from '../kubernetes/cluster';
import { ApiError } from '../kubernetes/client';
import { keyOf, nameOf, type KubernetesObject } from '../kubernetes/object';
import { isAwaited } from './health';
import { LeaseLostError } from './lease';
import { prune } from './prune';
import { appliedBy, obsolete, type RecordPlan, type ReleaseRecord } from './record';
import { updateRecord } from './records';
import { applyAll, untilHealthy, type RolloutContext } from './rollout';
import { wavesOf } from './waves';

/** What is put back, and what is taken away for it. */
export interface Restoration {
  /** Undefined when there was no release before. */
  former?: ReleaseRecord;
  /** The release that failed first, then what crashed before it, and the canaries that were there. */
  failed: readonly ReleaseRecord[];
}

/** What there is to restore when a release failed, or others were killed before: neither that nor canaries may stay. */
export function restorationOf(
  { former, crashed, canaries }: RecordPlan,
  ...failed: ReleaseRecord[]
): Restoration {
  return { former, failed: [...failed, ...crashed, ...canaries] };
}

export interface RestoreResult {
  outcome: 'restored' | 'notRestored';
  /** What was done, for the person who reads the failed step. */
  message: string;
}

/** A namespace that somebody deletes is gone in seconds, unless a finalizer holds it. */
const ASK_AGAIN_MS = 1_000;

/**
 * Puts the former release back whole, or, when there is none, removes what the failed ones have made; waits until it is
 * healthy. Never throws: the failure that led here is what the step must report.
 * @param context when its signal is aborted the agent kills us in seconds: everything is applied, nothing awaited, and the
 *   record stays `deploying`, so that the post-job phase, or the next deployment, ends what was begun
 * @param timeoutMs budget of its own, whatever the release has used up
 */
export async function restore(
  context: RolloutContext,
  restoration: Restoration,
  timeoutMs: number,
): Promise<RestoreResult> {
  const { former } = restoration;
  const target = former
    ? localized('ReleaseOfRevision', former.name, former.revision)
    : localized('StateBefore');
  info(`Restoring ${target}.`);
  context.timeline.restoring();
  try {
    await putBack(context, restoration, timeoutMs);
  } catch (error) {
    const { namespace } = context.cluster;
    return {
      outcome: 'notRestored',
      message:
        `${localized('NotRestored', target, messageOf(error))}\n` +
        (error instanceof LeaseLostError ? '' : localized('LookAtNamespace', namespace)),
    };
  }
  if (context.signal.aborted) {
    return {
      outcome: 'notRestored',
      message: localized('RestoredUnwatched', target),
    };
  }
  return { outcome: 'restored', message: `${localized('Restored', target)}${leftAsTheyAre(restoration)}` };
}

async function putBack(
  context: RolloutContext,
  { former, failed }: Restoration,
  timeoutMs: number,
): Promise<void> {
  const { cluster, clock, signal } = context;
  if (signal.reason instanceof LeaseLostError) throw signal.reason;
  const deadline = clock.now() + timeoutMs;
  await revive(cluster, clock, deadline);
  const applied: KubernetesObject[] = [];
  for (const wave of wavesOf(withoutJobs(former?.objects ?? [])))
    applied.push(...(await applyAll(context, wave)));
  const before = failed.flatMap((record) => record.before ?? []);
  const made = failed.flatMap(appliedBy).filter((object) => !before.includes(keyOf(object)));
  await prune(cluster, obsolete(made, [former?.objects ?? []]));
  if (signal.aborted) return;
  await untilHealthy(context, applied.filter(isAwaited), deadline);
  // A namespace that was deleted has lost the record as well.
  if (former) await updateRecord(cluster, former);
  for (const record of failed) await updateRecord(cluster, { ...record, status: 'failed' });
}

/**
 * Waits until a namespace that is being deleted is gone, and makes it again: what was in it is in the record. An identity
 * that may not look, since its rights are a Role of the namespace, has lost them with it, and could not make it either.
 */
async function revive(cluster: Cluster, clock: Clock, deadline: number): Promise<void> {
  const { client, namespace } = cluster;
  for (;;) {
    const found = await client.find(namespaceObject(namespace)).catch((error: unknown) => {
      if (error instanceof ApiError && error.code === 403) return 'forbidden' as const;
      throw error;
    });
    if (found === 'forbidden') return;
    if (found && found.metadata.deletionTimestamp === undefined) return;
    if (!found) {
      info(`The namespace '${namespace}' was deleted; making it again.`);
      await createNamespace(cluster);
      return;
    }
    if (clock.now() >= deadline)
      throw new UserError(
        `The namespace '${namespace}' is being deleted, and does not end; see its finalizers.`,
      );
    await clock.sleep(ASK_AGAIN_MS);
  }
}

/** A finished Job would not run again, and a migration that was removed must not. */
export function withoutJobs(objects: readonly KubernetesObject[]): KubernetesObject[] {
  return objects.filter(({ kind }) => kind !== 'Job');
}

function leftAsTheyAre({ former, failed: [record] }: Restoration): string {
  if (former || !record?.before) return '';
  const keys = new Set(record.before);
  const changed = record.objects.filter((object) => keys.has(keyOf(object)));
  if (changed.length === 0) return '';
  return ` ${localized('KeptAsTheyAre', changed.map(nameOf).join(', '))}`;
}
