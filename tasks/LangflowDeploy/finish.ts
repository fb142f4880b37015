import { info } from '../common/agent/log';
import { localized } from '../common/agent/messages';
import { systemClock } from '../common/clock';
import { UserError } from '../common/errors';
import { connect } from '../common/kubernetes/cluster';
import { listRecords } from '../common/rollout/records';
import { restore } from '../common/rollout/restore';
import { changeRelease } from '../common/rollout/session';
import type { Begun } from './handOver';
import type { Settings } from './inputs';
import { publishRestoration } from './report';
import { formerOf, recordedRelease, type Shown } from './view';

/**
 * Ends what a cancelled or killed step has begun: as long as its record says `deploying`, the former release is put back
 * and waited for, and a canary is removed, as after any failure. The agent gives the step itself ten seconds, and this phase
 * minutes (cancelTimeoutInMinutes of the job).
 * @throws UserError when the former release could not be restored
 */
export async function finish(
  { identity, revision }: Begun,
  settings: Settings,
  { view, facts }: Shown,
  signal: AbortSignal,
): Promise<string> {
  const cluster = await connect(settings.cluster, settings.namespace, signal);
  const isOurs = (record: { revision: number; status: string }): boolean =>
    record.revision === revision && record.status === 'deploying';
  if (!(await listRecords(cluster)).some(isOurs)) return localized('StepHasEnded');

  view.wanted = true;
  facts.cluster = cluster.server;
  info('The step was cut off while it deployed; restoring what was there before.');
  const session = { identity, lockTimeoutMs: settings.lockTimeoutMs, clock: systemClock, signal };
  return changeRelease(cluster, session, async (context) => {
    // Read again: between the first look and the lease, another deployment may have healed it.
    const records = await listRecords(cluster);
    const ours = records.find(isOurs);
    if (!ours) return localized('AnotherHasEnded');
    const former = records.find(({ status }) => status === 'deployed');
    const canaries = records.filter(({ status }) => status === 'canary');
    const restoration = { former, failed: [ours, ...canaries] };
    facts.timeline = context.timeline;
    facts.record = ours;
    view.release = { ...recordedRelease(ours), former: formerOf(former) };
    const result = await restore(context, restoration, settings.rollbackTimeoutMs);
    facts.rollback = result;
    publishRestoration(settings, ours, result);
    if (result.outcome === 'notRestored') throw new UserError(result.message);
    return result.message;
  });
}
