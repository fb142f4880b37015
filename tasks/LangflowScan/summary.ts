import { escapeMarkdown, table } from '../common/reports/markdown';
import type { Database } from './trivy';
import { findingsOf, type Outcome, type Policy, type Verdict } from './policy';
import { countBySeverity, grouped, policyText, what, WORST_FIRST } from './wording';

/** Rows of the table of findings; the SARIF report has all. */
const LONGEST = 25;

/** The run's summary in markdown: verdict, counts by component and severity, the findings that fail the gate. */
export function summaryOf(
  outcomes: readonly Outcome[],
  verdict: Verdict,
  policy: Policy,
  scannerVersion: string,
  database: Database,
): string {
  const groups = grouped(verdict.blocking);
  return [
    `**The release ${verdict.passed ? 'passed' : 'did not pass'} the scan.** Gate: ${policyText(policy)}. ` +
      `Trivy ${escapeMarkdown(scannerVersion)}, database of ${new Date(database.updatedAt).toISOString()}.`,
    ...verdict.doubts.map((doubt) => `- ${escapeMarkdown(doubt)}`),
    table(
      ['Component', ...WORST_FIRST],
      [
        ...outcomes.map((outcome) => [outcome.target.name, ...cells(outcome)]),
        ['All', ...Object.values(countBySeverity(findingsOf(outcomes))).map(String)],
      ],
    ),
    ...(groups.length === 0
      ? []
      : [
          `### What fails the gate${groups.length > LONGEST ? ` (the worst ${LONGEST} of ${groups.length})` : ''}`,
          table(
            ['Severity', 'What → fixed in', 'Id', 'Title', 'Components'],
            groups
              .slice(0, LONGEST)
              .map(({ finding, targets }) => [
                finding.severity,
                what(finding),
                finding.id,
                finding.title,
                targets.join(', '),
              ]),
          ),
        ]),
  ].join('\n\n');
}

function cells(outcome: Outcome): string[] {
  if ('failure' in outcome) return WORST_FIRST.map(() => 'not scanned');
  return Object.values(countBySeverity(outcome.report.findings)).map(String);
}
