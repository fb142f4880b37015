import { formatDuration } from '../common/duration';
import { codeBlock, escapeMarkdown, table } from '../common/reports/markdown';
import { junitReport } from '../common/reports/junit';
import type { Outcome } from './run';

export interface Verdict {
  passed: boolean;
  failed: number;
  skipped: number;
}

/** A release passes when every check does; one that was not run proves nothing. */
export function verdictOf(outcomes: readonly Outcome[]): Verdict {
  const count = (wanted: Outcome['status']): number =>
    outcomes.filter(({ status }) => status === wanted).length;
  const [failed, skipped] = [count('failed'), count('skipped')];
  return { passed: failed === 0 && skipped === 0 && outcomes.length > 0, failed, skipped };
}

/** `passed: log in (POST service/frontend:80/api/v1/login), 0.2s`, for the log. */
export function lineOf({ name, what, status, durationMs, attempts }: Outcome): string {
  const tries = attempts > 1 ? `, ${attempts} attempts` : '';
  return `${status}: ${name} (${what}), ${formatDuration(durationMs)}${tries}`;
}

/** What failed and why, for the step's result. */
export function failureMessage(outcomes: readonly Outcome[], junit: string): string {
  const { failed, skipped } = verdictOf(outcomes);
  const notRun = skipped === 0 ? '' : `, ${skipped} could not be run`;
  return [
    `The release does not pass the smoke test: ${failed} of ${outcomes.length} checks failed${notRun}.`,
    ...outcomes
      .filter(({ status }) => status !== 'passed')
      .map(({ name, what, reasons }) => `- ${name} (${what}): ${reasons.join(' ')}`),
    `All results: ${junit}`,
  ].join('\n');
}

/** The run's summary in markdown. */
export function summaryOf(outcomes: readonly Outcome[], release: string): string {
  const { passed, failed, skipped } = verdictOf(outcomes);
  const counts = `${outcomes.length} checks, ${failed} failed, ${skipped} not run.`;
  return [
    `**Release ${escapeMarkdown(release)} ${passed ? 'passed' : 'did not pass'} the smoke test.** ${counts}`,
    table(
      ['Result', 'Check', 'What', 'Time', 'Attempts'],
      outcomes.map(({ status, name, what, durationMs, attempts }) => [
        status,
        name,
        what,
        formatDuration(durationMs),
        `${attempts}`,
      ]),
    ),
    ...outcomes
      .filter(({ status }) => status !== 'passed')
      .flatMap(({ name, reasons, output }) => [
        `### ${escapeMarkdown(name)}`,
        ...reasons.map((reason) => `- ${escapeMarkdown(reason)}`),
        ...(output === '' ? [] : [codeBlock(output)]),
      ]),
  ].join('\n\n');
}

/** The JUnit report. */
export function junitOf(outcomes: readonly Outcome[], time: Date): string {
  return junitReport(
    'Langflow smoke test',
    time,
    outcomes.map(({ name, status, durationMs, reasons, output }) => ({
      className: 'Langflow smoke test',
      name,
      durationMs,
      problem:
        status === 'passed'
          ? undefined
          : { kind: status === 'failed' ? 'failure' : 'skipped', message: reasons.join('\n') },
      output,
    })),
  );
}
