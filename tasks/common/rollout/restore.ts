import { info } from '../agent/log';
import { systemClock } from '../clock';
import { messageOf } from '../errors';
import { keyOf, nameOf, type KubernetesObject } from '../kubernetes/object';
import type { Cluster } from '../kubernetes/cluster';
import { obsolete, type RecordPlan, type ReleaseRecord } from './record';
import { updateRecord } from './records';
import { waitHealthy } from './rollout';
import { wavesOf } from './waves';

export interface RestoreResult {
  outcome: 'restored' | 'notRestored';
  /** What was done, for the person who reads the failed step. */
  message: string;
}

/**
 * Puts the former release back, or, when there is none, removes what this one has made. Never throws: the failure that
 * led here is what the step must report.
 * @param before objects that were there before the first release; they stay
 * @param signal when it is aborted the agent kills us in seconds: everything is applied, nothing awaited
 */
export async function restore(
  cluster: Cluster,
  plan: RecordPlan,
  record: ReleaseRecord,
  before: readonly KubernetesObject[],
  timeoutMs: number,
  signal: AbortSignal,
): Promise<RestoreResult> {
  const { former, unchanged } = plan;
  if (unchanged) {
    return {
      outcome: 'notRestored',
      message: `The release was deployed already (revision ${record.revision}), so that there is no other to go back to.`,
    };
  }
  const target = former
    ? `release ${former.name} (revision ${former.revision})`
    : 'the state before this first release';
  info(`Restoring ${target}.`);
  try {
    const restored = withoutJobs(former?.objects ?? []);
    for (const wave of wavesOf(restored.map((object) => ({ object }))))
      await Promise.all(wave.map(({ object }) => cluster.client.apply(object)));
    const superfluous = obsolete(record.objects, [former?.objects ?? [], before]);
    await Promise.all(superfluous.map((object) => cluster.client.remove(object)));
    await updateRecord(cluster, { ...record, status: 'failed' });
    if (signal.aborted) {
      return {
        outcome: 'notRestored',
        message: `The step was cancelled: ${target} was applied again, but not waited for.`,
      };
    }
    const deadline = systemClock.now() + timeoutMs;
    await waitHealthy(cluster, restored, { clock: systemClock, deadline, signal });
  } catch (error) {
    return {
      outcome: 'notRestored',
      message: `Restoring ${target} did not end well: ${messageOf(error)}\nLook at the namespace '${cluster.namespace}' now.`,
    };
  }
  return { outcome: 'restored', message: `Restored ${target}.${leftAsTheyAre(record, before)}` };
}

/** A finished Job would not run again, and a migration that was removed must not. */
function withoutJobs(objects: readonly KubernetesObject[]): KubernetesObject[] {
  return objects.filter(({ kind }) => kind !== 'Job');
}

function leftAsTheyAre({ objects }: ReleaseRecord, before: readonly KubernetesObject[]): string {
  const keys = new Set(before.map(keyOf));
  const changed = objects.filter((object) => keys.has(keyOf(object)));
  if (changed.length === 0) return '';
  return ` These objects were there before without a record and keep what this release gave them: ${changed.map(nameOf).join(', ')}.`;
}
