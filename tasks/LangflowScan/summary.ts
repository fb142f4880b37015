import { escapeMarkdown, table } from '../common/reports/markdown';
import { plural } from '../common/plural';
import type { Finding } from './findings';
import { topFixes } from './fixes';
import type { Scan } from './scanReport';
import {
  countBySeverity,
  expiredSentences,
  findingsOf,
  grouped,
  policyText,
  what,
  WORST_FIRST,
  type Group,
} from './wording';

/** Rows of a table; the reports have all. */
const LONGEST = 25;
const FIXES = 10;

/** The run's summary in markdown: verdict, counts, what fails the gate, which upgrades remove most of it. */
export function summaryOf(scan: Scan): string {
  const { verdict, policy, database, scannerVersion, baseline } = scan;
  const blocking = grouped(verdict.judged.filter(({ status }) => status === 'blocking'));
  const excepted = grouped(verdict.judged.filter(({ status }) => status === 'excepted'));
  const fixes = topFixes(verdict.judged, FIXES);
  return [
    `**The scan ${verdict.passed ? 'passed' : 'did not pass'}.** Gate: ${policyText(policy)}. ` +
      `Trivy ${escapeMarkdown(scannerVersion)}, database of ${new Date(database.updatedAt).toISOString()}.`,
    ...[...verdict.doubts, ...expiredSentences(verdict)].map((doubt) => `- ${escapeMarkdown(doubt)}`),
    comparison(scan),
    table(['Target', ...WORST_FIRST, 'Excepted'], rows(scan)),
    ...section('What fails the gate', blocking, ['Severity', 'What', 'Id', 'Title', 'Targets'], row),
    ...section(
      'Top fixes',
      fixes,
      ['Upgrade', 'In', 'Removes', 'Worst', 'Targets'],
      ({ package: name, from, to, where, removes, severity, targets }) => [
        `${name} ${from} → ${to}`,
        where,
        plural(removes, 'finding'),
        severity,
        targets.join(', '),
      ],
    ),
    ...(baseline === undefined
      ? []
      : [
          ...section(
            'New, below the gate',
            grouped(tolerated(scan)),
            ['Severity', 'What', 'Id', 'Title', 'Targets'],
            row,
          ),
          ...section(
            'Fixed since the baseline',
            verdict.fixed,
            ['Severity', 'What', 'Id'],
            (finding: Finding) => [finding.severity, what(finding), finding.id],
          ),
        ]),
    ...section('Excepted', excepted, ['Severity', 'What', 'Id', 'Why', 'Targets'], (group) => [
      group.finding.severity,
      what(group.finding),
      group.finding.id,
      group.reason ?? '',
      group.targets.join(', '),
    ]),
  ].join('\n\n');
}

function tolerated({ verdict }: Scan): Scan['verdict']['judged'] {
  return verdict.judged.filter(({ status, isNew }) => status === 'tolerated' && isNew);
}

function row({ finding, targets }: Group): string[] {
  return [finding.severity, what(finding), finding.id, finding.title, targets.join(', ')];
}

function comparison({ verdict, baseline }: Scan): string {
  const { judged, fixed } = verdict;
  const distinct = plural(grouped(judged).length, 'finding');
  if (baseline === undefined) return `${distinct}. There was no baseline: every finding counts as new.`;
  const fresh = grouped(judged.filter(({ isNew }) => isNew)).length;
  const known = grouped(judged.filter(({ isNew }) => !isNew)).length;
  return `${distinct}; against the baseline **${fresh} new**, ${known} known, ${fixed.length} fixed.`;
}

function rows({ outcomes, verdict, analysers }: Scan): string[][] {
  const excepted = (name: string): string =>
    String(
      verdict.judged.filter(({ status, finding }) => status === 'excepted' && finding.target === name).length,
    );
  return [
    ...outcomes.map((outcome) => [
      outcome.target.name,
      ...('failure' in outcome
        ? [...WORST_FIRST.map(() => 'not scanned'), '']
        : [...cells(outcome.report.findings), excepted(outcome.target.name)]),
    ]),
    ...(analysers === undefined
      ? []
      : [['code', ...cells(analysers.findings), String(analysers.excepted.length)]]),
    [
      'All',
      ...cells(findingsOf(verdict.judged, 'blocking', 'known', 'tolerated')),
      String(findingsOf(verdict.judged, 'excepted').length),
    ],
  ];
}

function cells(findings: readonly Finding[]): string[] {
  return Object.values(countBySeverity(findings)).map(String);
}

/** A heading and a table, or nothing where there are no items. */
function section<T>(
  title: string,
  items: readonly T[],
  headings: readonly string[],
  cellsOf: (item: T) => string[],
): string[] {
  if (items.length === 0) return [];
  const heading = items.length > LONGEST ? `${title} (the first ${LONGEST} of ${items.length})` : title;
  return [`### ${heading}`, table(headings, items.slice(0, LONGEST).map(cellsOf))];
}
