import { escapeXml } from '../common/reports/junit';
import { plural } from '../common/plural';
import { topFixes } from './fixes';
import type { Scan } from './scanReport';
import { artifactOf } from './targets';
import {
  countBySeverity,
  expiredSentences,
  grouped,
  policyText,
  what,
  WORST_FIRST,
  type Group,
} from './wording';

/** Rows; a browser becomes slow with more, and langflow-scan.json has all. */
const MOST = 2_000;

const STYLE = `
:root{color-scheme:light dark;font:15px/1.5 system-ui,sans-serif}
body{max-width:75rem;margin:2rem auto;padding:0 1rem}
table{border-collapse:collapse;width:100%;margin:1rem 0}
th,td{border-bottom:1px solid #8886;padding:.3rem .6rem;text-align:left;vertical-align:top;overflow-wrap:anywhere}
th{white-space:nowrap}
.passed{color:#1a7f37}.failed,.CRITICAL,.blocking{color:#cf222e}.HIGH{color:#bc4c00}.MEDIUM{color:#9a6700}
code{font-size:.9em}`;

/** A page that needs nothing else: no script, no font, no picture; a policy in its head forbids them. */
export function htmlOf(scan: Scan): string {
  const { verdict, policy, outcomes, database, scannerVersion, time } = scan;
  const groups = grouped(verdict.judged);
  const shown = groups.slice(0, MOST);
  const fixes = topFixes(verdict.judged, 20);
  const result = verdict.passed ? 'passed' : 'failed';
  return [
    '<!doctype html>',
    '<html lang="en"><head><meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">`,
    `<title>Scan ${result}</title><style>${STYLE}</style></head><body>`,
    `<h1>Scan <span class="${result}">${result}</span></h1>`,
    `<p>${text(new Date(time).toISOString())}. Trivy ${text(scannerVersion)}, database of ` +
      `${text(new Date(database.updatedAt).toISOString())} from ${text(database.source)}. Gate: ${text(policyText(policy))}.</p>`,
    list([...verdict.doubts, ...expiredSentences(verdict)]),
    '<h2>Targets</h2>',
    table(
      ['Target', 'Artifact', ...WORST_FIRST],
      outcomes.map((outcome) => [
        text(outcome.target.name),
        `<code>${text(artifactOf(outcome.target))}</code>`,
        ...('failure' in outcome
          ? WORST_FIRST.map(() => '<span class="failed">not scanned</span>')
          : Object.values(countBySeverity(outcome.report.findings)).map(String)),
      ]),
    ),
    ...(fixes.length === 0
      ? []
      : [
          '<h2>Top fixes</h2>',
          table(
            ['Upgrade', 'In', 'Removes', 'Targets'],
            fixes.map((fix) => [
              text(`${fix.package} ${fix.from} → ${fix.to}`),
              `<code>${text(fix.where)}</code>`,
              text(plural(fix.removes, 'finding')),
              text(fix.targets.join(', ')),
            ]),
          ),
        ]),
    `<h2>${text(plural(groups.length, 'finding'))}</h2>`,
    ...(groups.length > shown.length ? [`<p>The gravest ${MOST}; langflow-scan.json has all.</p>`] : []),
    table(['Severity', 'Status', 'Id', 'What', 'Title', 'Where', 'Targets'], shown.map(row)),
    ...(verdict.fixed.length === 0
      ? []
      : [
          '<h2>Fixed since the baseline</h2>',
          list(
            verdict.fixed
              .slice(0, MOST)
              .map((finding) => `${finding.severity} ${finding.id} ${what(finding)}`),
          ),
        ]),
    '</body></html>',
    '',
  ].join('\n');
}

function row({ finding, status, isNew, reason, targets }: Group): string[] {
  const id = text(finding.id);
  const note = reason === undefined ? '' : `: ${reason}`;
  return [
    `<span class="${finding.severity}">${finding.severity}</span>`,
    `<span class="${status}">${status}</span>${text(note)}${isNew ? ' (new)' : ''}`,
    finding.url === undefined ? id : `<a rel="noreferrer" href="${text(finding.url)}">${id}</a>`,
    text(what(finding)),
    text(finding.title),
    `<code>${text(finding.kind === 'vulnerability' ? (finding.layer ?? finding.path) : finding.path)}</code>`,
    text(targets.join(', ')),
  ];
}

/** Cells are HTML already. */
function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = (tag: string, row: readonly string[]): string =>
    `<tr>${row.map((cell) => `<${tag}>${cell}</${tag}>`).join('')}</tr>`;
  return `<table>${cells('th', headings)}\n${rows.map((row) => cells('td', row)).join('\n')}</table>`;
}

function list(items: readonly string[]): string {
  return items.length === 0 ? '' : `<ul>${items.map((item) => `<li>${text(item)}</li>`).join('')}</ul>`;
}

function text(value: string): string {
  return escapeXml(value);
}
