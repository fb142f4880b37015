import { localized } from '../common/agent/messages';
import { runInfo } from '../common/agent/runInfo';
import { systemClock } from '../common/clock';
import { UserError } from '../common/errors';
import { connect, type Cluster } from '../common/kubernetes/cluster';
import { readRelease, type ReleaseManifest } from '../common/release/release';
import { leaseIdentity } from '../common/rollout/lease';
import { planRecord } from '../common/rollout/record';
import { listRecords } from '../common/rollout/records';
import type { RolloutContext } from '../common/rollout/rollout';
import { changeRelease, type SessionRequest } from '../common/rollout/session';
import { releaseOf } from '../common/view/draft';
import { carryOut } from './carryOut';
import { createNamespace, RefusedError } from './cluster';
import type { DeploySettings } from './inputs';
import { planSentence } from './planReport';
import { bare, planChanges, prepare, type PreparedRelease } from './prepare';
import { fetchSecrets } from './vault';
import { formerOf, type Shown } from './view';

/**
 * Brings the release, or a canary of it, into the cluster, or the former one back.
 * @returns the message of success
 * @throws UserError when nothing was applied, and when the release was not healthy and has been put back
 */
export async function deploy(settings: DeploySettings, shown: Shown, signal: AbortSignal): Promise<string> {
  const clock = systemClock;
  const started = clock.now();
  const manifest = await readRelease(settings.releaseManifest);
  shown.view.release = releaseOf(manifest);
  refuseWithoutScan(manifest, settings.requireScan);
  const { vault } = settings;
  const secrets = vault?.mode === 'secret' ? await fetchSecrets(vault, new Date(clock.now()), signal) : {};
  const { namespace, lockTimeoutMs } = settings;
  const cluster = await connect(settings.cluster, namespace, signal);
  shown.facts.cluster = cluster.server;
  const prepared = await prepare(settings, manifest, secrets, cluster, signal);
  if (settings.planOnly) {
    const { former } = planRecord(await listRecords(cluster), []);
    shown.view.release.former = formerOf(former);
    const plan = await planChanges(settings, cluster, prepared, former?.objects ?? [], signal);
    shown.facts.plan = plan.shown;
    return localized('Plan', manifest.name, namespace, planSentence(plan.shown.changes));
  }
  const identity = leaseIdentity(runInfo());
  const session = { identity, lockTimeoutMs, clock, signal };
  return inNamespace(cluster, prepared, session, (context) =>
    carryOut(context, { settings, manifest, prepared, identity, started, shown }),
  );
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

function refuseWithoutScan({ name, scan }: ReleaseManifest, required: boolean): void {
  if (!scan && required) {
    throw new UserError(localized('NotScanned', name));
  }
  if (scan?.verdict === 'failed') {
    throw new UserError(localized('ScanNotPassed', name, scan.time));
  }
}
