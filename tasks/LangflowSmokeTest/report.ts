import { localized } from '../common/agent/messages';
import { formatDuration } from '../common/duration';
import { plural } from '../common/plural';
import { codeBlock, escapeMarkdown, table } from '../common/reports/markdown';
import { junitReport } from '../common/reports/junit';
import type { Outcome } from './run';

export interface Verdict {
  passed: boolean;
  failed: number;
  warnings: number;
  skipped: number;
}

/** Checks that the summary names as the slowest. */
const SLOWEST = 5;
const WORDS = { passed: 'passed', failed: 'failed', warning: 'warning', skipped: 'not run' } as const;

/** A release passes when every check does that is not soft; one that was not run proves nothing. */
export function verdictOf(outcomes: readonly Outcome[]): Verdict {
  const count = (wanted: Outcome['status']): number =>
    outcomes.filter(({ status }) => status === wanted).length;
  const [failed, skipped] = [count('failed'), count('skipped')];
  const passed = failed === 0 && skipped === 0 && outcomes.length > 0;
  return { passed, failed, warnings: count('warning'), skipped };
}

/** `passed: log in (POST service/frontend:80/api/v1/login), 0.2s`, for the log. */
export function lineOf({ name, what, status, durationMs, attempts }: Outcome): string {
  const tries = attempts > 1 ? `, ${attempts} attempts` : '';
  return `${status}: ${name} (${what}), ${formatDuration(durationMs)}${tries}`;
}

/** What failed and why, for the step's result. */
export function failureMessage(outcomes: readonly Outcome[], junit: string): string {
  const { failed, skipped } = verdictOf(outcomes);
  return [
    skipped === 0
      ? localized('SmokeTestFailed', failed, outcomes.length)
      : localized('SmokeTestNotWhole', failed, outcomes.length, skipped),
    ...outcomes
      .filter(({ status }) => status === 'failed' || status === 'skipped')
      .map(({ name, what, reasons }) => `- ${name} (${what}): ${reasons.join(' ')}`),
    localized('AllResults', junit),
  ].join('\n');
}

/** `23 checks: 22 passed, 1 warning.` */
export function countsOf(outcomes: readonly Outcome[]): string {
  const { failed, warnings, skipped } = verdictOf(outcomes);
  const counts = [
    `${outcomes.length - failed - warnings - skipped} passed`,
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(warnings > 0 ? [plural(warnings, 'warning')] : []),
    ...(skipped > 0 ? [`${skipped} not run`] : []),
  ];
  return `${plural(outcomes.length, 'check')}: ${counts.join(', ')}.`;
}

/** The run's summary in markdown: the verdict, what did not pass and why, the slowest, all. */
export function summaryOf(
  outcomes: readonly Outcome[],
  release: string,
  notes: readonly string[] = [],
): string {
  const { passed } = verdictOf(outcomes);
  const wrong = outcomes.filter(({ status }) => status !== 'passed');
  const slowest = [...outcomes].sort((one, other) => other.durationMs - one.durationMs).slice(0, SLOWEST);
  return [
    `**Release ${escapeMarkdown(release)} ${passed ? 'passed' : 'did not pass'} the smoke test.** ${countsOf(outcomes)}`,
    ...notes.map(escapeMarkdown),
    ...wrong.flatMap(({ name, what, status, reasons, output, evidence }) => [
      `### ${escapeMarkdown(`${name}: ${WORDS[status]}`)}`,
      escapeMarkdown(what),
      ...reasons.map((reason) => `- ${escapeMarkdown(reason)}`),
      ...(output === '' ? [] : ['What came:', codeBlock(output)]),
      ...(evidence === '' ? [] : ['What stands behind it:', codeBlock(evidence)]),
    ]),
    '### Slowest checks',
    table(
      ['Check', 'Time', 'Attempts'],
      slowest.map(({ name, durationMs, attempts }) => [name, formatDuration(durationMs), `${attempts}`]),
    ),
    '### All checks',
    table(
      ['Result', 'Group', 'Check', 'What', 'Time'],
      outcomes.map(({ status, group, name, what, durationMs }) => [
        WORDS[status],
        group,
        name,
        what,
        formatDuration(durationMs),
      ]),
    ),
  ].join('\n\n');
}

/** The JUnit report. A soft check that failed is no failure there: what it found stands in its output. */
export function junitOf(outcomes: readonly Outcome[], time: Date): string {
  return junitReport(
    'Langflow smoke test',
    time,
    outcomes.map(({ name, group, what, status, durationMs, reasons, output, evidence }) => ({
      className: group || 'Langflow smoke test',
      name,
      durationMs,
      problem:
        status === 'failed' || status === 'skipped'
          ? { kind: status === 'failed' ? 'failure' : 'skipped', message: [what, ...reasons].join('\n') }
          : undefined,
      output: [...(status === 'warning' ? ['Warning:', ...reasons] : []), output, evidence]
        .filter((text) => text !== '')
        .join('\n'),
    })),
  );
}
