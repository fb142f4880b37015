import { info } from '../agent/log';
import { localized } from '../agent/messages';
import type { RunInfo } from '../agent/runInfo';
import type { Clock } from '../clock';
import { UserError } from '../errors';
import type { Cluster } from '../kubernetes/cluster';
import { applyRelease, type ReleaseFailure } from './applyRelease';
import { announce } from './announce';
import { rejectCanary } from './canary';
import { leaseIdentity } from './lease';
import { planRecord, rollbackTarget, type ReleaseRecord } from './record';
import { listRecords, updateRecord } from './records';
import { restore } from './restore';
import type { RolloutContext } from './rollout';
import { changeRelease } from './session';
import type { Timeline } from './timeline';

export interface RollbackRequest {
  /** The revision to go back to; by default the latest one that was healthy and differs from the current one. */
  revision?: number;
  /**
   * Whether the current release was found wanting (a smoke test failed): nothing ever goes back to it, not even when the
   * rollback itself fails, and it is removed when there is no other. Otherwise it is what a failing rollback restores.
   */
  rejectCurrent: boolean;
  run: RunInfo;
  /** How long to wait for another deployment to end, in milliseconds. */
  lockTimeoutMs: number;
  /** How long the target may take to become healthy, in milliseconds. */
  timeoutMs: number;
  clock: Clock;
  signal: AbortSignal;
}

export interface RollbackResult {
  /** `restored`: the target is whole and healthy. `notRestored`: `message` says what there is, and what to do. */
  outcome: 'restored' | 'notRestored';
  message: string;
  /** The record of what runs now; undefined when the only release was removed. */
  record?: ReleaseRecord;
  timeline: Timeline;
}

/**
 * Puts a recorded release back, whole: every object but Jobs (a migration does not run backwards) is applied as it was,
 * what the current one has beside them is removed, and all is waited for. It gets a revision of its own, as `helm rollback`
 * does it. While a canary serves beside the current release, the way back is to reject it, and nothing else is done, unless
 * a revision is asked for.
 * @throws UserError when there is nothing to go back to, or another deployment holds the namespace
 */
export async function rollBack(cluster: Cluster, request: RollbackRequest): Promise<RollbackResult> {
  const { run, lockTimeoutMs, clock, signal } = request;
  // Also of a namespace that does not exist, which has no room for a lease.
  if ((await listRecords(cluster)).length === 0) throw nothingToGoBackTo(cluster);
  const session = { identity: leaseIdentity(run), lockTimeoutMs, clock, signal };
  return changeRelease(cluster, session, (context) => rollBackIn(context, request));
}

async function rollBackIn(context: RolloutContext, request: RollbackRequest): Promise<RollbackResult> {
  const { cluster, timeline, clock } = context;
  const records = await listRecords(cluster);
  const plan = planRecord(records, []);
  const { former: current, crashed } = plan;
  const [canary] = plan.canaries;
  if (canary && current && crashed.length === 0 && request.revision === undefined) {
    const message = await rejectCanary(context, canary, current);
    return { outcome: 'restored', message, record: current, timeline };
  }
  // A deployment that was killed has left its release half: the way back is then to the one before.
  const target =
    crashed.length > 0 && request.revision === undefined
      ? current
      : rollbackTarget(records, request.revision);
  if (!target) return removeOnly(context, request, current);

  const record: ReleaseRecord = {
    ...target,
    revision: plan.revision,
    status: 'deploying',
    time: new Date(clock.now()).toISOString(),
    run: request.run,
    rollbackTo: target.revision,
  };
  info(
    `Rolling back to release ${target.name} (revision ${target.revision}) as revision ${record.revision}.`,
  );
  if (request.rejectCurrent && current) await updateRecord(cluster, { ...current, status: 'failed' });
  const result = await applyRelease(context, {
    plan: { ...plan, unchanged: false },
    record,
    deadline: clock.now() + request.timeoutMs,
    rollbackTimeoutMs: request.rejectCurrent ? undefined : request.timeoutMs,
  });
  if ('diagnosis' in result) return { ...failure(result), timeline };
  const message = localized('RolledBack', target.name, target.revision);
  await announce(cluster, record, 'Normal', 'ReleaseRolledBack', message);
  return { outcome: 'restored', message, record: { ...record, status: 'deployed' }, timeline };
}

/** The current release is the only one: when it is rejected, the state before it has none. */
async function removeOnly(
  context: RolloutContext,
  { rejectCurrent, timeoutMs }: RollbackRequest,
  current: ReleaseRecord | undefined,
): Promise<RollbackResult> {
  if (!rejectCurrent || !current) throw nothingToGoBackTo(context.cluster);
  const result = await restore(context, { failed: [current] }, timeoutMs);
  return { ...result, timeline: context.timeline };
}

function nothingToGoBackTo({ namespace }: Cluster): UserError {
  return new UserError(localized('NothingToGoBackTo', namespace));
}

function failure({
  diagnosis,
  message,
  outcome,
}: ReleaseFailure): Pick<RollbackResult, 'outcome' | 'message'> {
  // The target was not healthy; that what ran before runs again is not what was asked for.
  const stays = outcome === 'restored' ? ` ${localized('FormerRunsAgain')}` : '';
  return { outcome: 'notRestored', message: `${localized('RollbackFailed', diagnosis)}\n${message}${stays}` };
}
