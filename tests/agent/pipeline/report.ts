import { formatDuration } from '../../../tasks/common/duration';
import type { StageReport } from './run';

const MARKS = { Succeeded: '✓', SucceededWithIssues: '!', Failed: '✗', Canceled: '⊘', Skipped: '–' } as const;

/** The table of stages, jobs and steps with results and times; what failed has its message below. */
export function tableOf(stages: readonly StageReport[]): string {
  const rows: [string, string, string][] = [];
  const problems: string[] = [];
  for (const stage of stages) {
    rows.push([`${MARKS[stage.result]} ${stage.name}`, stage.result, timeOf(stage)]);
    for (const job of stage.jobs) {
      rows.push([`  ${MARKS[job.result]} ${job.name}`, job.result, timeOf(job)]);
      for (const step of job.steps) {
        rows.push([`    ${MARKS[step.result]} ${step.name}`, step.result, timeOf(step)]);
        if (step.result === 'Failed' && step.message !== '')
          problems.push(`${stage.name}.${job.name}, ${step.name}:\n${step.message}`);
      }
    }
  }
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => (row[column] ?? '').length), 5));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) =>
        column === 2 ? cell.padStart(widths[2] ?? 0) : cell.padEnd(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd();
  const rule = '─'.repeat(widths.reduce((sum, width) => sum + width, 4));
  return [
    line(['Stage', 'Result', 'Time']),
    rule,
    ...rows.map(line),
    ...problems.map((text) => `\n${text}`),
  ].join('\n');
}

function timeOf({ result, milliseconds }: { result: string; milliseconds: number }): string {
  return result === 'Skipped' ? '' : formatDuration(milliseconds);
}
