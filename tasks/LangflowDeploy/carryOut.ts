import { info } from '../common/agent/log';
import { localized } from '../common/agent/messages';
import { runInfo } from '../common/agent/runInfo';
import { formatDuration } from '../common/duration';
import { messageOf, UserError } from '../common/errors';
import { keyOf } from '../common/kubernetes/object';
import type { ReleaseManifest } from '../common/release/release';
import { applyRelease } from '../common/rollout/applyRelease';
import { planRecord, type RecordPlan, type ReleaseRecord } from '../common/rollout/record';
import { listRecords } from '../common/rollout/records';
import { restorationOf, restore } from '../common/rollout/restore';
import type { RolloutContext } from '../common/rollout/rollout';
import { planCanary } from './canary/planCanary';
import { handOverReplicas } from './cluster';
import { handOver } from './handOver';
import type { ReleaseSettings } from './inputs';
import type { Judged } from './plan';
import { bare, planChanges, type PreparedRelease } from './prepare';
import { annotateInsights, annotationOf } from './releaseAnnotation';
import { report } from './report';
import { formerOf, type Shown } from './view';

export interface ReleaseToCarryOut {
  settings: ReleaseSettings;
  manifest: ReleaseManifest;
  prepared: PreparedRelease;
  /** Of the lease's holder. */
  identity: string;
  /** When the step began, on the clock, in milliseconds. */
  started: number;
  /** What the results tab will show. */
  shown: Shown;
}

/**
 * Brings a prepared release, or a canary of it, into the cluster, or the former one back, and reports it.
 * @returns the message of success
 * @throws UserError when nothing was applied, and when the release was not healthy and has been put back
 */
export async function carryOut(context: RolloutContext, release: ReleaseToCarryOut): Promise<string> {
  const { settings, manifest, identity, started, shown } = release;
  const { cluster, clock, timeline, signal } = context;
  const { namespace, timeoutMs, rollbackTimeoutMs } = settings;
  shown.facts.timeline = timeline;
  const { plan, record, judged } = await planned(context, release);
  shown.facts.record = record;
  shown.facts.unchanged = plan.unchanged;
  const { revision } = record;
  handOver({ identity, revision });
  // Beside a canary, the stable workloads stay as they are.
  if (!record.canary) await handOverReplicas(cluster, judged);
  const deadline = started + timeoutMs;
  const result = await applyRelease(context, { plan, record, deadline, rollbackTimeoutMs });
  shown.facts.result = result;
  const tookMs = clock.now() - started;
  if (result.outcome !== 'notRestored') handOver(undefined);
  await report({ settings, manifest, cluster, record, result, timeline, tookMs });
  if ('diagnosis' in result) throw new UserError(`${result.diagnosis}\n${result.message}`);
  if (settings.releaseAnnotation && result.outcome === 'deployed') {
    const annotation = annotationOf(manifest, record, namespace, new Date(clock.now()));
    await annotateInsights(settings.releaseAnnotation, annotation, signal);
  }
  const { name } = manifest;
  const where = [revision, namespace, formatDuration(tookMs)];
  if (record.canary) return localized('CanaryDeployed', name, record.canary.share, ...where);
  return plan.unchanged
    ? localized('DeployedAlready', name, ...where)
    : localized('Deployed', name, ...where);
}

/**
 * What will be applied, judged by the API server.
 * @throws RefusedError when it refuses anything; what a killed deployment had left half is put back before
 */
async function planned(
  context: RolloutContext,
  { settings, manifest, prepared, shown }: ReleaseToCarryOut,
): Promise<{ plan: RecordPlan; record: ReleaseRecord; judged: Judged[] }> {
  const { cluster, clock, signal } = context;
  const objects = bare(prepared.objects);
  let records = await listRecords(cluster);
  try {
    if (settings.canary !== undefined) records = await healed(context, records, settings);
    const plan = planRecord(records, objects);
    const { former } = plan;
    const inPlace = { ...prepared, namespaceExists: true };
    if (shown.view.release && !plan.unchanged) shown.view.release.former = formerOf(former);
    const changes = await planChanges(settings, cluster, inPlace, former?.objects ?? [], signal);
    const { judged } = changes;
    shown.facts.plan = changes.shown;
    const existing = judged.filter(({ live }) => live !== undefined).map(({ object }) => keyOf(object));
    const canary = await canaryOf(context, settings, plan, judged);
    const record: ReleaseRecord = {
      revision: plan.revision,
      name: manifest.name,
      status: 'deploying',
      objects,
      ...(canary && { canary }),
      digests: Object.fromEntries(manifest.components.map(({ name, digest }) => [name, digest])),
      time: new Date(clock.now()).toISOString(),
      run: runInfo(),
      // A first release that fails must not take with it what was there before.
      ...(!former && { before: existing }),
    };
    signal.throwIfAborted();
    return { plan, record, judged };
  } catch (error) {
    const left = planRecord(records, []);
    if (left.crashed.length === 0) throw error;
    const result = await restore(context, restorationOf(left), settings.rollbackTimeoutMs);
    shown.facts.rollback = result;
    const { message } = result;
    throw new UserError(`${messageOf(error)}\n${localized('KilledMidway')} ${message}`);
  }
}

async function canaryOf(
  { cluster, signal }: RolloutContext,
  { canary: share }: ReleaseSettings,
  { former, unchanged }: RecordPlan,
  judged: readonly Judged[],
): Promise<ReleaseRecord['canary']> {
  if (share === undefined || unchanged) return undefined;
  if (former) return planCanary(cluster, judged, former.objects, share, signal);
  info('There is no release yet beside which a canary could serve: the first one is deployed whole.');
  return undefined;
}

/**
 * A canary leaves the stable release as it is, which must not be half of another one.
 * @throws UserError when what a killed deployment has left could not be restored
 */
async function healed(
  context: RolloutContext,
  records: readonly ReleaseRecord[],
  { rollbackTimeoutMs }: ReleaseSettings,
): Promise<ReleaseRecord[]> {
  const left = planRecord(records, []);
  if (left.crashed.length === 0) return [...records];
  const { outcome, message } = await restore(context, restorationOf(left), rollbackTimeoutMs);
  if (outcome === 'notRestored') throw new UserError(message);
  return listRecords(context.cluster);
}
