import { formatDuration } from '../common/duration';
import type { ReleaseManifest } from '../common/release/release';
import { shortDigest, table } from '../common/reports/markdown';

/** The section of the run page: every image by digest, and what it stands on. */
export function summaryOf(manifest: ReleaseManifest, ms: number): string {
  const rows = manifest.components.map(({ name, image, tags = [], digest, platforms, baseImages }) => [
    name,
    `${image}:${tags.join(', ')}`,
    shortDigest(digest),
    platforms.join(', '),
    baseImages.map((base) => `${base.image} (${shortDigest(base.digest)})`).join('\n'),
  ]);
  return [
    `Built and pushed in ${formatDuration(ms)} from commit ${manifest.source.commit.slice(0, 10)}.`,
    '',
    table(['Component', 'Image', 'Digest', 'Platform', 'Base images'], rows),
    '',
  ].join('\n');
}
