import { localized } from '../../common/agent/messages';
import { runInfo } from '../../common/agent/runInfo';
import { systemClock } from '../../common/clock';
import { UserError } from '../../common/errors';
import { connect } from '../../common/kubernetes/cluster';
import { readRelease, type Component, type ReleaseManifest } from '../../common/release/release';
import { leaseIdentity } from '../../common/rollout/lease';
import type { ReleaseRecord } from '../../common/rollout/record';
import { listRecords } from '../../common/rollout/records';
import { changeRelease } from '../../common/rollout/session';
import { releaseOf } from '../../common/view/draft';
import { carryOut } from '../carryOut';
import { place } from '../cluster';
import type { PromoteSettings } from '../inputs';
import type { Shown } from '../view';

/**
 * Rolls out, whole, the release of which a canary serves, by the way of any deployment: what was recorded with the canary is
 * applied, waited for, and put back when it fails; in both cases the canary goes.
 * @returns the message of success; also when the release is deployed already, as a first one is, and a step that is tried again
 * @throws UserError when there is no canary of this release, and when the release was not healthy and has been put back
 */
export async function promote(settings: PromoteSettings, shown: Shown, signal: AbortSignal): Promise<string> {
  const clock = systemClock;
  const started = clock.now();
  const manifest = await readRelease(settings.releaseManifest);
  const { namespace, lockTimeoutMs } = settings;
  shown.view.release = releaseOf(manifest);
  const cluster = await connect(settings.cluster, namespace, signal);
  shown.facts.cluster = cluster.server;
  const identity = leaseIdentity(runInfo());
  return changeRelease(cluster, { identity, lockTimeoutMs, clock, signal }, async (context) => {
    const { revision, objects } = promotable(await listRecords(cluster), manifest, namespace);
    const source = `the record of revision ${revision}`;
    const placed = await place(
      cluster,
      objects.map((object) => ({ object, source })),
    );
    const prepared = { objects: placed, namespaceExists: true, warnings: [] };
    return carryOut(context, { settings, manifest, prepared, identity, started, shown });
  });
}

/** What of the release manifest says which release it is. */
interface Identity {
  name: string;
  components: readonly Component[];
  deployment?: ReleaseManifest['deployment'];
}

/**
 * The record to roll out: that of the canary, or what is deployed when it is this release already.
 * @param records the latest first
 * @throws UserError when the canary is not the one of this manifest, so that nobody has tested it here, or there is none
 */
export function promotable(
  records: readonly ReleaseRecord[],
  manifest: Identity,
  namespace: string,
): ReleaseRecord {
  const canary = records.find(({ status }) => status === 'canary');
  const revision = canaryRevisionOf(manifest, namespace);
  if (canary) {
    if (isOf(canary, manifest) && (revision ?? canary.revision) === canary.revision) return canary;
    throw new UserError(localized('OtherCanary', namespace, manifest.name, canary.name, canary.revision));
  }
  const current = records.find(({ status }) => status === 'deployed');
  if (current && isOf(current, manifest) && (revision ?? 0) < current.revision) return current;
  throw new UserError(localized('NoSuchCanary', manifest.name, namespace));
}

/** The revision of the canary that the deployment before has noted, when the manifest came along with its note. */
function canaryRevisionOf({ deployment }: Identity, namespace: string): number | undefined {
  const isOurs = deployment?.outcome === 'canary' && deployment.namespace === namespace;
  return isOurs ? deployment.revision : undefined;
}

function isOf(record: ReleaseRecord, { name, components }: Identity): boolean {
  return (
    record.name === name &&
    Object.keys(record.digests).length === components.length &&
    components.every((component) => record.digests[component.name] === component.digest)
  );
}
