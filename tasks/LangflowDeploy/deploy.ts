import { runInfo } from '../common/agent/runInfo';
import { systemClock } from '../common/clock';
import { formatDuration } from '../common/duration';
import { messageOf, UserError } from '../common/errors';
import { connect, type Cluster } from '../common/kubernetes/cluster';
import { keyOf, type KubernetesObject } from '../common/kubernetes/object';
import { readRelease, type ReleaseManifest } from '../common/release/release';
import { applyRelease } from '../common/rollout/applyRelease';
import { leaseIdentity } from '../common/rollout/lease';
import { planRecord, type RecordPlan, type ReleaseRecord } from '../common/rollout/record';
import { listRecords } from '../common/rollout/records';
import { restore } from '../common/rollout/restore';
import type { RolloutContext } from '../common/rollout/rollout';
import { changeRelease } from '../common/rollout/session';
import { annotateRun } from './annotateRun';
import { dryRun, ensureNamespace, place } from './cluster';
import { handOver } from './handOver';
import type { DeploySettings } from './inputs';
import { readManifests, type ManifestObject } from './manifests';
import { releaseObjects } from './release';
import { annotateInsights, annotationOf } from './releaseAnnotation';
import { report } from './report';
import { withSecretProviderClasses } from './secretProviderClass';
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
  const read = readManifests(settings.manifests);
  const manifests = vault?.mode === 'csi' ? await withSecretProviderClasses(read, vault) : read;
  const secrets = vault?.mode === 'secret' ? await fetchSecrets(vault, new Date(clock.now()), signal) : {};
  const { namespace, lockTimeoutMs } = settings;
  const run = runInfo();
  const wanted = annotateRun(
    releaseObjects(manifests, secrets, manifest.components, namespace),
    manifest,
    run,
  );

  const cluster = await connect(settings.cluster, namespace, signal);
  signal.throwIfAborted();
  await ensureNamespace(cluster);
  const identity = leaseIdentity(run);
  return changeRelease(cluster, { identity, lockTimeoutMs, clock, signal }, async (context) => {
    const { plan, record } = await planned(context, settings, manifest, wanted);
    handOver({ identity, revision: record.revision });
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
      const annotation = annotationOf(manifest, record.revision, namespace, run, new Date(clock.now()));
      await annotateInsights(settings.releaseAnnotation, annotation, signal);
    }
    const what = plan.unchanged ? 'was deployed already and is healthy' : 'is deployed and healthy';
    return `Release ${manifest.name} ${what}: revision ${record.revision} in '${namespace}', ${formatDuration(tookMs)}.`;
  });
}

/**
 * What will be applied, judged by the API server.
 * @throws UserError when it refuses anything; what a killed deployment had left half is put back before
 */
async function planned(
  context: RolloutContext,
  settings: DeploySettings,
  manifest: ReleaseManifest,
  wanted: readonly ManifestObject[],
): Promise<{ plan: RecordPlan; record: ReleaseRecord }> {
  const { cluster, clock, signal } = context;
  const records = await listRecords(cluster);
  try {
    const placed = await place(cluster, wanted);
    await dryRun(cluster, placed);
    const objects = placed.map(({ object }) => object);
    const plan = planRecord(records, objects);
    const record: ReleaseRecord = {
      revision: plan.revision,
      name: manifest.name,
      status: 'deploying',
      objects,
      digests: Object.fromEntries(manifest.components.map(({ name, digest }) => [name, digest])),
      time: new Date(clock.now()).toISOString(),
      run: runInfo(),
      ...(!plan.former && { before: await existing(cluster, objects) }),
    };
    signal.throwIfAborted();
    return { plan, record };
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

/** Keys of the objects that are there before the first release; it must not take them with it when it fails. */
async function existing({ client }: Cluster, objects: readonly KubernetesObject[]): Promise<string[]> {
  const found = await Promise.all(objects.map((object) => client.find(object)));
  return objects.filter((_, index) => found[index] !== undefined).map(keyOf);
}
