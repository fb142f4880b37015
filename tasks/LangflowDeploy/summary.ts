import { formatDuration } from '../common/duration';
import type { KubernetesObject } from '../common/kubernetes/object';
import type { ReleaseManifest } from '../common/release/release';
import { codeBlock, escapeMarkdown, shortDigest, table } from '../common/reports/markdown';
import type { ReleaseResult } from '../common/rollout/applyRelease';
import type { ReleaseRecord } from '../common/rollout/record';
import type { RestoreResult } from '../common/rollout/restore';
import type { RollbackResult } from '../common/rollout/rollback';
import type { TimelineEntry } from '../common/rollout/timeline';
import { containerImages } from './images';

export interface DeploymentReport {
  manifest: ReleaseManifest;
  deployment: NonNullable<ReleaseManifest['deployment']>;
  objects: readonly KubernetesObject[];
  result: ReleaseResult;
  timeline: readonly TimelineEntry[];
  tookMs: number;
}

const OUTCOMES = {
  deployed: 'is deployed and healthy',
  canary: 'serves as a canary beside the former one',
  restored: 'was not healthy; the former state was restored',
  notRestored: 'was not healthy, and the former state could not be restored whole',
};

/** The markdown of the run page. */
export function summaryOf(report: DeploymentReport): string {
  const { manifest, deployment, objects, result, timeline, tookMs } = report;
  const { outcome, namespace, revision, cluster = '' } = deployment;
  return [
    `**Release ${escapeMarkdown(manifest.name)} ${OUTCOMES[outcome]}.** Revision ${revision} in ` +
      `${escapeMarkdown(namespace)} of ${escapeMarkdown(cluster)}, ${formatDuration(tookMs)}.`,
    ...('diagnosis' in result ? [codeBlock(result.diagnosis), escapeMarkdown(result.message)] : []),
    ...timelineTable(timeline),
    imageTable(objects),
  ].join('\n\n');
}

/** The markdown of a rollback that was asked for. */
export function rollbackSummary(
  namespace: string,
  { outcome, message, record, timeline }: RollbackResult,
): string {
  const what = outcome === 'restored' ? 'was rolled back' : 'was not rolled back';
  return [
    `**The release in ${escapeMarkdown(namespace)} ${what}.**`,
    outcome === 'restored' ? escapeMarkdown(message) : codeBlock(message),
    ...timelineTable(timeline.entries()),
    ...(record ? [imageTable(record.objects)] : []),
  ].join('\n\n');
}

/** The markdown of a canary that was rejected. */
export function rejectionSummary(namespace: string, message: string): string {
  return `**The canary in ${escapeMarkdown(namespace)} was rejected.** ${escapeMarkdown(message)}`;
}

/** The markdown of the post-job phase. */
export function restorationSummary({ name, revision }: ReleaseRecord, { message }: RestoreResult): string {
  return `**The deployment of release ${escapeMarkdown(name)} (revision ${revision}) was cut off.** ${escapeMarkdown(message)}`;
}

/** When each object was applied and healthy, and what it went through. */
function timelineTable(entries: readonly TimelineEntry[]): string[] {
  if (entries.length === 0) return [];
  const rows = entries.map(({ name, appliedAt, healthyAt, states }) => [
    name,
    formatDuration(appliedAt),
    healthyAt === undefined ? '–' : formatDuration(healthyAt),
    healthyAt === undefined ? '–' : formatDuration(healthyAt - appliedAt),
    states.map(({ detail }) => detail).join(' → '),
  ]);
  return [table(['Object', 'Applied', 'Healthy', 'Took', 'States'], rows)];
}

function imageTable(objects: readonly KubernetesObject[]): string {
  const rows = containerImages(objects).map(({ workload, container, image, digest = '' }) => [
    workload,
    container,
    image,
    shortDigest(digest),
  ]);
  return table(['Workload', 'Container', 'Image', 'Digest'], rows);
}
