import { formatDuration } from '../common/duration';
import { nameOf, type KubernetesObject } from '../common/kubernetes/object';
import type { ReleaseManifest } from '../common/release/release';
import { codeBlock, escapeMarkdown, shortDigest, table } from '../common/reports/markdown';
import { containersOf, podTemplateOf } from './podSpec';

export interface DeploymentReport {
  manifest: ReleaseManifest;
  deployment: NonNullable<ReleaseManifest['deployment']>;
  objects: readonly KubernetesObject[];
  /** Why the release was not healthy. */
  diagnosis?: string;
  tookMs: number;
}

const OUTCOMES = {
  deployed: 'is deployed and healthy',
  restored: 'was not healthy; the former state was restored',
  notRestored: 'was not healthy, and the former state could not be restored whole',
};

/** The markdown of the run page. */
export function summaryOf({ manifest, deployment, objects, diagnosis, tookMs }: DeploymentReport): string {
  const { outcome, namespace, revision, cluster = '' } = deployment;
  const rows = objects.flatMap((object) =>
    containersOf(podTemplateOf(object) ?? {}).map(({ name, image = '' }) => {
      const [repository = '', digest = ''] = image.split('@');
      return [nameOf(object), name, repository, shortDigest(digest)];
    }),
  );
  return [
    `**Release ${escapeMarkdown(manifest.name)} ${OUTCOMES[outcome]}.** Revision ${revision} in ` +
      `${escapeMarkdown(namespace)} of ${escapeMarkdown(cluster)}, ${formatDuration(tookMs)}.`,
    ...(diagnosis === undefined ? [] : [codeBlock(diagnosis)]),
    table(['Workload', 'Container', 'Image', 'Digest'], rows),
  ].join('\n\n');
}
