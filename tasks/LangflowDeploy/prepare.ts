import { warning } from '../common/agent/log';
import { localized } from '../common/agent/messages';
import { runInfo } from '../common/agent/runInfo';
import { UserError } from '../common/errors';
import type { Cluster } from '../common/kubernetes/cluster';
import type { KubernetesObject } from '../common/kubernetes/object';
import type { ReleaseManifest } from '../common/release/release';
import { annotateRun } from './annotateRun';
import type { Scaled } from './autoscaling';
import { findScaled, judge, leaveReplicas, namespaceExists, place, type PlacedObject } from './cluster';
import { looseImages } from './images';
import type { DeploySettings, ReleaseSettings } from './inputs';
import { checkPermissions, neededPermissions } from './permissions';
import { planOf, type Judged } from './plan';
import { reportPlan } from './planReport';
import { releaseObjects } from './release';
import { readFiles } from './render/files';
import { renderChart } from './render/helm';
import type { ManifestObject } from './render/manifest';
import { setRollout } from './rolloutSettings';
import { withSecretProviderClasses } from './secretProviderClass';
import type { SecretValues } from './vault';
import type { ShownPlan } from './view';
import { availabilityWarnings } from './warnings';

/** A release as the cluster would get it; nothing was changed so far. */
export interface PreparedRelease {
  objects: PlacedObject[];
  /** Whether the namespace is there. */
  namespaceExists: boolean;
  /** What may cost requests, a sentence each. */
  warnings: string[];
}

/**
 * Renders the release and finds out whether it may be applied: images, kinds, permissions.
 * @throws UserError for anything that speaks against it
 */
export async function prepare(
  settings: DeploySettings,
  manifest: ReleaseManifest,
  secrets: SecretValues,
  cluster: Cluster,
  signal: AbortSignal,
): Promise<PreparedRelease> {
  const { manifests, chart, namespace, vault } = settings;
  const rendered = [
    ...(await readFiles(manifests, signal)),
    ...(chart ? await renderChart(chart, cluster, signal) : []),
  ];
  const complete = vault?.mode === 'csi' ? await withSecretProviderClasses(rendered, vault) : rendered;
  const wanted = annotateRun(
    releaseObjects(complete, secrets, manifest.components, namespace),
    manifest,
    runInfo(),
  );
  judgeImages(wanted, manifest, settings.strictImages);
  const recreated = setRollout(wanted, settings.rollout);
  signal.throwIfAborted();

  const [exists, placed] = await Promise.all([namespaceExists(cluster), place(cluster, wanted)]);
  await checkPermissions(cluster, neededPermissions(placed, !exists), signal);
  const scaled: Scaled = await findScaled(cluster, bare(placed));
  const objects = leaveReplicas(placed, scaled);
  const warnings = [
    ...recreated.map(
      (name) => `${name} keeps its strategy Recreate, whatever maxSurge and maxUnavailable say.`,
    ),
    ...availabilityWarnings(bare(objects), scaled),
  ];
  if (warnings.length > 0)
    warning(`${localized('MayCostRequests')}\n${warnings.map((line) => `- ${line}`).join('\n')}`);
  return { objects, namespaceExists: exists, warnings };
}

/**
 * Has the API server judge all objects, and shows what the release changes.
 * @param former objects of the release that is there
 * @throws RefusedError that lists all objects that it refuses
 */
export async function planChanges(
  { forceConflicts, planOnly, namespace }: ReleaseSettings,
  cluster: Cluster,
  { objects, namespaceExists, warnings }: PreparedRelease,
  former: readonly KubernetesObject[],
  signal: AbortSignal,
): Promise<{ shown: ShownPlan; judged: Judged[] }> {
  const judged = await judge(cluster, objects, { former, forceConflicts, namespaceExists, signal });
  const changes = planOf(judged, former);
  const diffs = reportPlan({ namespace, changes, warnings, planOnly });
  return { shown: { changes, diffs, warnings }, judged };
}

/** An image without a digest is not the one that was built and scanned, and a rollback may not find it again. */
function judgeImages(
  objects: readonly ManifestObject[],
  { components }: ReleaseManifest,
  strict: boolean,
): void {
  const loose = looseImages(objects);
  if (loose.length === 0) return;
  const known = components.map(({ name }) => name).join(', ');
  if (!strict) {
    warning(`${localized('ImagesNotPinned', known)}\n${loose.join('\n')}`);
    return;
  }
  throw new UserError([localized('ImagesRefused', known), ...loose, localized('PinImages')].join('\n'));
}

export function bare(objects: readonly { object: KubernetesObject }[]): KubernetesObject[] {
  return objects.map(({ object }) => object);
}
