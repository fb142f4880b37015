import { info } from '../common/agent/log';
import { publishSummary, setOutput } from '../common/agent/results';
import { systemClock } from '../common/clock';
import type { Cluster } from '../common/kubernetes/cluster';
import { addSection, digestsOf, type ReleaseManifest } from '../common/release/release';
import type { ReleaseResult } from '../common/rollout/applyRelease';
import { appliedBy, type ReleaseRecord } from '../common/rollout/record';
import type { RestoreResult } from '../common/rollout/restore';
import type { Timeline } from '../common/rollout/timeline';
import type { ReleaseSettings, Settings } from './inputs';
import { restorationSummary, summaryOf } from './summary';

export interface DeploymentEnd {
  settings: ReleaseSettings;
  manifest: ReleaseManifest;
  cluster: Cluster;
  record: ReleaseRecord;
  result: ReleaseResult;
  timeline: Timeline;
  tookMs: number;
}

/** Tells how a deployment ended: output variables, the run page, the release manifest. */
export async function report(end: DeploymentEnd): Promise<void> {
  const { settings, manifest, cluster, record, result, timeline, tookMs } = end;
  const { outcome } = result;
  setOutput('outcome', outcome);
  setOutput('revision', `${record.revision}`);
  const deployment = {
    time: new Date(systemClock.now()).toISOString(),
    cluster: cluster.server,
    namespace: cluster.namespace,
    digests: digestsOf(manifest),
    revision: record.revision,
    outcome,
  };
  info(`Outcome: ${outcome}, revision ${record.revision}.`);
  publishSummary(
    `Langflow deployment to ${cluster.namespace}`,
    summaryOf({
      manifest,
      deployment,
      objects: appliedBy(record),
      result,
      timeline: timeline.entries(),
      tookMs,
    }),
  );
  await addSection(settings.releaseManifest, 'deployment', deployment);
}

/** Tells what the post-job phase has put back. */
export function publishRestoration(
  { namespace }: Settings,
  record: ReleaseRecord,
  result: RestoreResult,
): void {
  publishSummary(`Langflow deployment to ${namespace}`, restorationSummary(record, result));
}
