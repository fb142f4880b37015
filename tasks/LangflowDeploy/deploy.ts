import { info, warning } from '../common/agent/log';
import { publishSummary, setOutput } from '../common/agent/results';
import { systemClock } from '../common/clock';
import { formatDuration } from '../common/duration';
import { messageOf, UserError } from '../common/errors';
import { connect, type Cluster } from '../common/kubernetes/cluster';
import type { KubernetesObject } from '../common/kubernetes/object';
import { obsolete, planRecord, type RecordPlan, type ReleaseRecord } from '../common/rollout/record';
import { createRecord, listRecords, removeRecords, updateRecord } from '../common/rollout/records';
import { restore, type RestoreResult } from '../common/rollout/restore';
import { waitHealthy } from '../common/rollout/rollout';
import { wavesOf } from '../common/rollout/waves';
import { addSection, digestsOf, readRelease, type ReleaseManifest } from '../common/release/release';
import { dryRun, ensureNamespace, place } from './cluster';
import type { Settings } from './inputs';
import { readManifests, type ManifestObject } from './manifests';
import { releaseObjects } from './release';
import { summaryOf } from './summary';
import { fetchSecrets } from './vault';

/**
 * Brings the release into the cluster, or the former one back.
 * @returns the message of success
 * @throws UserError when nothing was applied, and when the release was not healthy and has been put back
 */
export async function deploy(settings: Settings, signal: AbortSignal): Promise<string> {
  const clock = systemClock;
  const started = clock.now();
  const manifest = await readRelease(settings.releaseManifest);
  refuseWithoutScan(manifest, settings.requireScan);
  const manifests = readManifests(settings.manifests);
  const secrets = settings.vault ? await fetchSecrets(settings.vault, new Date(clock.now()), signal) : {};
  const { namespace } = settings;
  const wanted = releaseObjects(manifests, secrets, manifest.components, namespace);

  const cluster = connect(settings.kubernetesConnection, namespace);
  signal.throwIfAborted();
  await ensureNamespace(cluster);
  const objects = await place(cluster, wanted);
  await dryRun(cluster, objects);
  const plan = planRecord(await listRecords(cluster), bare(objects));
  const record: ReleaseRecord = {
    revision: plan.revision,
    name: manifest.name,
    status: 'deploying',
    objects: bare(objects),
  };
  const before = plan.former ? [] : await existing(cluster, bare(objects));
  signal.throwIfAborted();
  if (!plan.unchanged) await createRecord(cluster, record);

  const patience = { clock, deadline: started + settings.timeoutMs, signal };
  try {
    for (const wave of wavesOf(objects)) {
      await Promise.all(wave.map(({ object }) => cluster.client.apply(object)));
      await waitHealthy(cluster, bare(wave), patience);
    }
  } catch (error) {
    const result = await restore(cluster, plan, record, before, settings.rollbackTimeoutMs, signal);
    await report(
      settings,
      manifest,
      cluster,
      record,
      result.outcome,
      messageOf(error),
      clock.now() - started,
    );
    throw new UserError(`${messageOf(error)}\n${result.message}`);
  }

  if (!plan.unchanged) await updateRecord(cluster, { ...record, status: 'deployed' });
  await tidy(cluster, plan, record);
  const took = clock.now() - started;
  await report(settings, manifest, cluster, record, 'deployed', undefined, took);
  const what = plan.unchanged ? 'was deployed already and is healthy' : 'is deployed and healthy';
  return `Release ${manifest.name} ${what}: revision ${record.revision} in '${namespace}', ${formatDuration(took)}.`;
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

function bare(objects: readonly ManifestObject[]): KubernetesObject[] {
  return objects.map(({ object }) => object);
}

/** The objects that are there before the first release; it must not take them with it when it fails. */
async function existing(cluster: Cluster, objects: readonly KubernetesObject[]): Promise<KubernetesObject[]> {
  const found = await Promise.all(objects.map((object) => cluster.client.find(object)));
  return objects.filter((_, index) => found[index] !== undefined);
}

/** Removes what the new release has no more; content that a kept record needs for the way back stays. */
async function tidy(cluster: Cluster, plan: RecordPlan, record: ReleaseRecord): Promise<void> {
  const { former, dropped } = plan;
  try {
    const kept = (await listRecords(cluster)).filter(
      ({ revision }) => !dropped.some((other) => other.revision === revision),
    );
    const content = kept.map(({ objects }) =>
      objects.filter(({ kind }) => kind === 'Secret' || kind === 'ConfigMap'),
    );
    const gone = [former, ...dropped].flatMap((other) => other?.objects ?? []);
    const superfluous = obsolete(gone, [record.objects, ...content]);
    await Promise.all(superfluous.map((object) => cluster.client.remove(object)));
    await removeRecords(cluster, dropped);
  } catch (error) {
    // The release itself is healthy; the next deployment tidies again.
    warning(`Not everything of former releases could be removed: ${messageOf(error)}`);
  }
}

async function report(
  settings: Settings,
  manifest: ReleaseManifest,
  cluster: Cluster,
  { revision, objects }: ReleaseRecord,
  outcome: RestoreResult['outcome'] | 'deployed',
  diagnosis: string | undefined,
  tookMs: number,
): Promise<void> {
  setOutput('outcome', outcome);
  setOutput('revision', `${revision}`);
  const { server, namespace } = cluster;
  const deployment = {
    time: new Date(systemClock.now()).toISOString(),
    cluster: server,
    namespace,
    digests: digestsOf(manifest),
    revision,
    outcome,
  };
  info(`Outcome: ${outcome}, revision ${revision}.`);
  publishSummary(
    `Langflow deployment to ${namespace}`,
    summaryOf({ manifest, deployment, objects, diagnosis, tookMs }),
  );
  await addSection(settings.releaseManifest, 'deployment', deployment);
}
