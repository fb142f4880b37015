import { localized } from '../../common/agent/messages';
import { runInfo } from '../../common/agent/runInfo';
import { publishSummary, setOutput } from '../../common/agent/results';
import { systemClock } from '../../common/clock';
import { UserError } from '../../common/errors';
import { connect } from '../../common/kubernetes/cluster';
import { rejectCanary } from '../../common/rollout/canary';
import { leaseIdentity } from '../../common/rollout/lease';
import { planRecord, type RecordPlan } from '../../common/rollout/record';
import { listRecords } from '../../common/rollout/records';
import { restorationOf, restore, type RestoreResult } from '../../common/rollout/restore';
import type { RolloutContext } from '../../common/rollout/rollout';
import { changeRelease } from '../../common/rollout/session';
import type { RejectSettings } from '../inputs';
import { rejectionSummary } from '../summary';
import { recordedRelease, type Shown } from '../view';

/**
 * Removes the canary that serves beside the stable release, which stays as it is.
 * @returns the message of success; also when there is no canary any more, as after a smoke test that has rejected it
 * @throws UserError when another deployment holds the namespace, or has left it half and it could not be restored
 */
export async function reject(
  settings: RejectSettings,
  { view, facts }: Shown,
  signal: AbortSignal,
): Promise<string> {
  const { namespace, lockTimeoutMs, rollbackTimeoutMs } = settings;
  const cluster = await connect(settings.cluster, namespace, signal);
  facts.cluster = cluster.server;
  const nothing = localized('NoCanary', namespace);
  const look = async (): Promise<RecordPlan> => planRecord(await listRecords(cluster), []);
  // Also of a namespace that does not exist, which has no room for a lease.
  if (!hasSomething(await look())) return nothing;

  const session = { identity: leaseIdentity(runInfo()), lockTimeoutMs, clock: systemClock, signal };
  return changeRelease(cluster, session, async (context) => {
    const plan = await look();
    if (!hasSomething(plan)) return nothing;
    facts.timeline = context.timeline;
    facts.record = plan.former;
    view.release = plan.former && recordedRelease(plan.former);
    facts.rollback = await remove(context, plan, rollbackTimeoutMs);
    const { outcome, message } = facts.rollback;
    setOutput('outcome', outcome);
    if (plan.former) setOutput('revision', `${plan.former.revision}`);
    publishSummary(`Langflow canary in ${namespace}`, rejectionSummary(namespace, message));
    if (outcome === 'notRestored') throw new UserError(message);
    return message;
  });
}

function hasSomething({ canaries, crashed }: RecordPlan): boolean {
  return canaries.length > 0 || crashed.length > 0;
}

/** A deployment of the canary, or a promotion, that was killed may have left more than a canary. */
async function remove(
  context: RolloutContext,
  plan: RecordPlan,
  rollbackTimeoutMs: number,
): Promise<RestoreResult> {
  const { former, crashed, canaries } = plan;
  const [canary] = canaries;
  if (crashed.length > 0 || !canary || !former)
    return restore(context, restorationOf(plan), rollbackTimeoutMs);
  return { outcome: 'restored', message: await rejectCanary(context, canary, former) };
}
