import { formatDuration } from '../common/duration';
import type { ReleaseManifest } from '../common/release/release';
import { codeBlock, shortDigest, table } from '../common/reports/markdown';
import type { BuildResult } from './build';
import { barsOf, mermaidGantt } from './gantt';
import { cacheUseOf, durationOf } from './progress';

/** The section of the run page: every image by digest, what it cost and what it stands on. */
export function summaryOf(result: BuildResult, manifest: ReleaseManifest | undefined): string {
  const images = result.components.filter(({ publish }) => publish).map(({ name }) => name);
  const released = new Map(manifest?.components.map((component) => [component.name, component]));
  const bars = barsOf(result.vertices);
  const done = manifest
    ? `Built and pushed in ${formatDuration(result.duration)} from commit ${manifest.source.commit.slice(0, 10)}.`
    : `Built in ${formatDuration(result.duration)}; nothing was pushed.`;
  return [
    done,
    table(
      ['Component', 'Digest', 'Size', 'Time', 'From cache', 'Tests', 'Base images'],
      images.map((name) => [
        name,
        released.has(name) ? shortDigest(released.get(name)?.digest ?? '') : '-',
        sizeText(result.sizes[name]),
        timeText(name, result),
        cacheText(name, result),
        testText(name, result),
        (released.get(name)?.baseImages ?? [])
          .map((base) => `${base.image} (${shortDigest(base.digest)})`)
          .join('\n'),
      ]),
    ),
    ...(bars.length === 0
      ? []
      : [
          '<details><summary>Where the time went</summary>',
          codeBlock(mermaidGantt(bars), 'mermaid'),
          '</details>',
        ]),
    '',
  ].join('\n\n');
}

function timeText(name: string, { vertices }: BuildResult): string {
  const duration = durationOf(vertices, name);
  return duration === undefined ? '-' : formatDuration(duration);
}

function cacheText(name: string, { vertices }: BuildResult): string {
  const { instructions, cached } = cacheUseOf(vertices, new Set([name]));
  return instructions === 0
    ? '-'
    : `${cached} of ${instructions} (${Math.round((100 * cached) / instructions)} %)`;
}

function testText(name: string, { tests }: BuildResult): string {
  const own = tests.filter(({ component }) => component === name);
  if (own.length === 0) return '-';
  const sum = (key: 'tests' | 'skipped'): number => own.reduce((total, report) => total + report[key], 0);
  const skipped = sum('skipped');
  return `${sum('tests') - skipped} passed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}

/** `212.4 MB (+1.3 MB)`; the change is against what the branch had. */
export function sizeText(size: { now: number | undefined; before: number | undefined } | undefined): string {
  if (size?.now === undefined) return '-';
  const { now, before } = size;
  if (before === undefined) return megabytes(now);
  const change = now - before;
  return `${megabytes(now)} (${change === 0 ? 'same' : `${change > 0 ? '+' : '−'}${megabytes(Math.abs(change))}`})`;
}

function megabytes(bytes: number): string {
  return bytes < 100_000 ? `${(bytes / 1_000).toFixed(1)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}
