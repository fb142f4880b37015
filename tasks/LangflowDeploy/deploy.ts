import { runInfo } from '../common/agent/runInfo';
import { systemClock } from '../common/clock';
import { formatDuration } from '../common/duration';
import { messageOf, UserError } from '../common/errors';
import { connect, type Cluster } from '../common/kubernetes/cluster';
import { keyOf } from '../common/kubernetes/object';
import { readRelease, type ReleaseManifest } from '../common/release/release';
import { applyRelease } from '../common/rollout/applyRelease';
import { leaseIdentity } from '../common/rollout/lease';
import { planRecord, type RecordPlan, type ReleaseRecord } from '../common/rollout/record';
import { listRecords } from '../common/rollout/records';
import { restore } from '../common/rollout/restore';
import type { RolloutContext } from '../common/rollout/rollout';
import { changeRelease, type SessionRequest } from '../common/rollout/session';
import { createNamespace, handOverReplicas, RefusedError } from './cluster';
import { handOver } from './handOver';
import type { DeploySettings } from './inputs';
import type { Judged } from './plan';
import { planSentence } from './planReport';
import { bare, planChanges, prepare, type PreparedRelease } from './prepare';
import { annotateInsights, annotationOf } from './releaseAnnotation';
import { report } from './report';
import { fetchSecrets } from './vault';

/**
 * Brings the release into the cluster, or the former one back.
 * @returns the message of success
 * @throws UserError when nothing was applied, and when the release was not healthy and has been put back
 */
export async function deploy(settings: DeploySettings, signal: AbortSignal): Promise<string> {
  const clock = systemClock;
  const started = clock.now();
  const manifest = await readRelease(settings.releaseManifest);
  refuseWithoutScan(manifest, settings.requireScan);
  const { vault } = settings;
  const secrets = vault?.mode === 'secret' ? await fetchSecrets(vault, new Date(clock.now()), signal) : {};
  const { namespace, lockTimeoutMs } = settings;
  const cluster = await connect(settings.cluster, namespace, signal);
  const prepared = await prepare(settings, manifest, secrets, cluster, signal);
  if (settings.planOnly) {
    const { former } = planRecord(await listRecords(cluster), []);
    const { changes } = await planChanges(settings, cluster, prepared, former?.objects ?? [], signal);
    return `Plan of release ${manifest.name} for '${namespace}': ${planSentence(changes)}.`;
  }
  const run = runInfo();
  const identity = leaseIdentity(run);
  const session = { identity, lockTimeoutMs, clock, signal };
  return inNamespace(cluster, prepared, session, async (context) => {
    const { plan, record, judged } = await planned(context, settings, manifest, prepared);
    handOver({ identity, revision: record.revision });
    await handOverReplicas(cluster, judged);
    const result = await applyRelease(context, {
      plan,
      record,
      deadline: started + settings.timeoutMs,
      rollbackTimeoutMs: settings.rollbackTimeoutMs,
    });
    const tookMs = clock.now() - started;
    await report({ settings, manifest, cluster, record, result, timeline: context.timeline, tookMs });
    if (result.outcome !== 'deployed') throw new UserError(`${result.diagnosis}\n${result.message}`);
    if (settings.releaseAnnotation) {
      const annotation = annotationOf(manifest, record, namespace, new Date(clock.now()));
      await annotateInsights(settings.releaseAnnotation, annotation, signal);
    }
    const what = plan.unchanged ? 'was deployed already and is healthy' : 'is deployed and healthy';
    return `Release ${manifest.name} ${what}: revision ${record.revision} in '${namespace}', ${formatDuration(tookMs)}.`;
  });
}

/** Makes the namespace for a first release, and takes it away again when the release is refused. */
async function inNamespace(
  cluster: Cluster,
  { namespaceExists, objects }: PreparedRelease,
  session: SessionRequest,
  act: (context: RolloutContext) => Promise<string>,
): Promise<string> {
  if (namespaceExists) return changeRelease(cluster, session, act);
  const remove = await createNamespace(cluster, bare(objects));
  try {
    return await changeRelease(cluster, session, act);
  } catch (error) {
    if (error instanceof RefusedError) await remove();
    throw error;
  }
}

/**
 * What will be applied, judged by the API server.
 * @throws RefusedError when it refuses anything; what a killed deployment had left half is put back before
 */
async function planned(
  context: RolloutContext,
  settings: DeploySettings,
  manifest: ReleaseManifest,
  prepared: PreparedRelease,
): Promise<{ plan: RecordPlan; record: ReleaseRecord; judged: Judged[] }> {
  const { cluster, clock, signal } = context;
  const records = await listRecords(cluster);
  try {
    const objects = bare(prepared.objects);
    const plan = planRecord(records, objects);
    const inPlace = { ...prepared, namespaceExists: true };
    const { judged } = await planChanges(settings, cluster, inPlace, plan.former?.objects ?? [], signal);
    const existing = judged.filter(({ live }) => live !== undefined).map(({ object }) => keyOf(object));
    const record: ReleaseRecord = {
      revision: plan.revision,
      name: manifest.name,
      status: 'deploying',
      objects,
      digests: Object.fromEntries(manifest.components.map(({ name, digest }) => [name, digest])),
      time: new Date(clock.now()).toISOString(),
      run: runInfo(),
      // A first release that fails must not take with it what was there before.
      ...(!plan.former && { before: existing }),
    };
    signal.throwIfAborted();
    return { plan, record, judged };
  } catch (error) {
    const { former, crashed } = planRecord(records, []);
    if (crashed.length === 0) throw error;
    const { message } = await restore(context, { former, failed: crashed }, settings.rollbackTimeoutMs);
    throw new UserError(`${messageOf(error)}\nAn earlier deployment was killed midway. ${message}`);
  }
}

function refuseWithoutScan({ name, scan }: ReleaseManifest, required: boolean): void {
  if (!scan && required) {
    throw new UserError(
      `Release ${name} was not scanned, and requireScan is on; nothing was applied. ` +
        'Run LangflowScan on this release manifest before, and hand on the manifest that it has written.',
    );
  }
  if (scan?.verdict === 'failed') {
    throw new UserError(
      `Release ${name} did not pass the scan of ${scan.time}; nothing was applied. ` +
        'Repair what LangflowScan found and build again, or change its gate.',
    );
  }
}
