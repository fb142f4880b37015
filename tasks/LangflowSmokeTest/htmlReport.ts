import { formatDuration } from '../common/duration';
import { countsOf, verdictOf } from './report';
import type { Outcome } from './run';

const STYLE = `
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 70rem; padding: 0 1rem; color: #1b1b1b; background: #fff; }
h1 { font-size: 1.4rem; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .35rem .6rem; border-bottom: 1px solid #ddd; vertical-align: top; overflow-wrap: anywhere; }
pre { background: #f4f4f4; padding: .6rem; overflow: auto; max-height: 24rem; white-space: pre-wrap; }
.bar { background: #cfd8e3; height: .5rem; min-width: 1px; }
.passed { color: #11691d; } .failed { color: #b00020; font-weight: 600; } .warning { color: #8a5a00; } .skipped { color: #555; }
@media (prefers-color-scheme: dark) {
  body { color: #e6e6e6; background: #1e1e1e; } th, td { border-color: #444; } pre { background: #2a2a2a; } .bar { background: #4a5a6e; }
  .passed { color: #7fd18b; } .failed { color: #ff8a80; } .warning { color: #e7b75c; } .skipped { color: #aaa; }
}`;

/** One file that needs nothing else, neither script nor network: it opens from an artifact or a mail. */
export function htmlReport(
  outcomes: readonly Outcome[],
  {
    release,
    namespace,
    time,
    notes,
  }: { release: string; namespace: string; time: Date; notes: readonly string[] },
): string {
  const verdict = verdictOf(outcomes).passed ? 'passed' : 'failed';
  const longest = Math.max(1, ...outcomes.map(({ durationMs }) => durationMs));
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Smoke test of ${escapeHtml(release)}: ${verdict}</title>
<style>${STYLE}</style>
<h1>Release ${escapeHtml(release)} <span class="${verdict}">${verdict}</span></h1>
<p>Namespace ${escapeHtml(namespace)}, ${time.toISOString()}. ${escapeHtml(countsOf(outcomes))}</p>
${notes.map((note) => `<p>${escapeHtml(note)}</p>`).join('\n')}
<table>
<tr><th>Result<th>Group<th>Check<th>Time<th>
${outcomes.map((outcome) => rowOf(outcome, longest)).join('\n')}
</table>
</html>
`;
}

function rowOf(outcome: Outcome, longest: number): string {
  const { status, group, name, what, durationMs, attempts, reasons, output, evidence } = outcome;
  const tries = attempts > 1 ? ` (${attempts} attempts)` : '';
  const block = (title: string, text: string): string =>
    text === '' ? '' : `<details><summary>${title}</summary><pre>${escapeHtml(text)}</pre></details>`;
  return (
    `<tr><td class="${status}">${status}<td>${escapeHtml(group)}<td><b>${escapeHtml(name)}</b><br>${escapeHtml(what)}` +
    reasons.map((reason) => `<br><span class="${status}">${escapeHtml(reason)}</span>`).join('') +
    block('What came', output) +
    block('What stands behind it', evidence) +
    `<td>${formatDuration(durationMs)}${tries}<td><div class="bar" style="width: ${((8 * durationMs) / longest).toFixed(2)}rem"></div>`
  );
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
