import { formatDuration } from '../common/duration';
import { isInstruction, type Vertex } from './progress';

/** A bar of the chart; times are milliseconds from the beginning of the build. */
export interface Bar {
  target: string;
  title: string;
  start: number;
  end: number;
  cached: boolean;
  failed: boolean;
  vertex: Vertex;
}

/** Bars that are shown at most; the shorter ones are left out, for nobody looks for them. */
const MOST_BARS = 40;
const ROW = 18;
const LABELS = 230;
const CHART = 770;

type TimedVertex = Vertex & { started: number; completed: number };

/** What the chart can show. */
export function timedOf(vertices: readonly Vertex[]): TimedVertex[] {
  return vertices.filter(
    (vertex): vertex is TimedVertex =>
      vertex.started !== undefined &&
      vertex.completed !== undefined &&
      (isInstruction(vertex) || vertex.instruction.startsWith('exporting')),
  );
}

/** When the first of them began; Infinity when there are none. */
export function originOf(timed: readonly TimedVertex[]): number {
  return Math.min(...timed.map(({ started }) => started));
}

/** What took time, by target and start; the longest. */
export function barsOf(vertices: readonly Vertex[], most = MOST_BARS): Bar[] {
  const timed = timedOf(vertices);
  const origin = originOf(timed);
  const bars = timed.map((vertex) => ({
    target: [...vertex.targets][0] ?? '',
    title: vertex.instruction.replace(/\s+/g, ' ').slice(0, 80),
    start: vertex.started - origin,
    end: Math.max(vertex.started, vertex.completed) - origin,
    cached: vertex.cached,
    failed: vertex.error !== undefined,
    vertex,
  }));
  const longest = [...bars].sort((a, b) => b.end - b.start - (a.end - a.start)).slice(0, most);
  return longest.sort((a, b) => a.target.localeCompare(b.target) || a.start - b.start);
}

/** The chart as mermaid's gantt diagram (mermaid.js.org/syntax/gantt.html), whose syntax has `:`, `;`, `,` and `#`. */
export function mermaidGantt(bars: readonly Bar[]): string {
  const lines = ['gantt', '  dateFormat x', '  axisFormat %M:%S'];
  let target: string | undefined;
  for (const bar of bars) {
    if (bar.target !== target) lines.push(`  section ${plain(bar.target)}`);
    ({ target } = bar);
    const state = bar.failed ? 'crit, ' : bar.cached ? 'done, ' : '';
    lines.push(`  ${plain(bar.title)} :${state}${bar.start}, ${Math.max(bar.end, bar.start + 1)}`);
  }
  return lines.join('\n');
}

/** The chart as an SVG document of its own. */
export function svgGantt(bars: readonly Bar[]): string {
  const total = Math.max(1, ...bars.map(({ end }) => end));
  const x = (ms: number): string => (LABELS + (ms / total) * CHART).toFixed(1);
  const rows = bars.map((bar, index) => {
    const y = (index + 1) * ROW;
    const color = bar.failed ? '#c50f1f' : bar.cached ? '#8a8886' : '#0078d4';
    const title = `${bar.target}: ${bar.title} (${bar.cached ? 'cached' : formatDuration(bar.end - bar.start)})`;
    const width = Math.max(1, ((bar.end - bar.start) / total) * CHART).toFixed(1);
    return (
      `<g><title>${escapeXml(title)}</title>` +
      `<text x="${LABELS - 6}" y="${y + 12}" text-anchor="end">${escapeXml(`${bar.target} ${bar.title}`.slice(0, 36))}</text>` +
      `<rect x="${x(bar.start)}" y="${y + 2}" width="${width}" height="${ROW - 4}" fill="${color}"/></g>`
    );
  });
  const height = (bars.length + 2) * ROW;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${LABELS + CHART + 10}" height="${height}" font-family="sans-serif" font-size="11" role="img" aria-label="Vertices of the build over time">`,
    '<rect width="100%" height="100%" fill="#ffffff"/>',
    ...rows,
    `<text x="${LABELS}" y="${height - 4}">0</text>`,
    `<text x="${LABELS + CHART}" y="${height - 4}" text-anchor="end">${formatDuration(total)}</text>`,
    '</svg>',
    '',
  ].join('\n');
}

function plain(text: string): string {
  return (
    text
      .replace(/[:;,#%`<>{}[\]]/g, ' ')
      .replace(/\s+/g, ' ')
      .trim() || '-'
  );
}

function escapeXml(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;');
}
