import { runInfo } from '../common/agent/runInfo';
import { publishSummary, setOutput } from '../common/agent/results';
import { systemClock } from '../common/clock';
import { UserError } from '../common/errors';
import { connect } from '../common/kubernetes/cluster';
import { rollBack } from '../common/rollout/rollback';
import type { RollbackSettings } from './inputs';
import { rollbackSummary } from './summary';
import { recordedRelease, type Shown } from './view';

/**
 * Brings a recorded release back.
 * @returns the message of success
 * @throws UserError when there is none, or it did not become healthy
 */
export async function rollBackTo(
  settings: RollbackSettings,
  { view, facts }: Shown,
  signal: AbortSignal,
): Promise<string> {
  const { revision, namespace, lockTimeoutMs, timeoutMs } = settings;
  const cluster = await connect(settings.cluster, namespace, signal);
  const result = await rollBack(cluster, {
    revision,
    rejectCurrent: false,
    run: runInfo(),
    lockTimeoutMs,
    timeoutMs,
    clock: systemClock,
    signal,
  });
  facts.cluster = cluster.server;
  facts.rollback = result;
  facts.record = result.record;
  facts.timeline = result.timeline;
  view.release = result.record && recordedRelease(result.record);
  setOutput('outcome', result.outcome);
  if (result.record) setOutput('revision', `${result.record.revision}`);
  publishSummary(`Langflow rollback in ${namespace}`, rollbackSummary(namespace, result));
  if (result.outcome === 'notRestored') throw new UserError(result.message);
  return result.message;
}
