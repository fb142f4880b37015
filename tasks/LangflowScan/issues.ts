import { error, harmless, warning, type SourceLocation } from '../common/agent/log';
import { localized } from '../common/agent/messages';
import type { Verdict } from './policy';
import { grouped, what, type Group } from './wording';

/** The agent shows the first ten errors and the first ten warnings of a step; one error is the step's own result. */
const ERRORS = 9;
const WARNINGS = 8;

export interface Issue {
  type: 'error' | 'warning';
  message: string;
  location?: SourceLocation;
}

/**
 * What the run page names: what fails the gate, gravest first, then known findings, then exceptions that ended or match
 * nothing. A finding of the source has file and line; one in three images is one issue.
 */
export function issuesOf(verdict: Verdict): Issue[] {
  const groups = grouped(verdict.judged.filter(({ status }) => status === 'blocking' || status === 'known'));
  const errors = groups
    .filter(({ status }) => status === 'blocking')
    .map((group): Issue => ({ type: 'error', ...issue(group) }))
    .slice(0, ERRORS);
  const warnings: Issue[] = [
    ...verdict.expired.map((one): Issue => ({
      type: 'warning',
      message: localized('ExceptionEnded', one.id, one.expires, one.owner),
      location: { path: one.file, line: one.line },
    })),
    ...verdict.unused.map((one): Issue => ({
      type: 'warning',
      message: localized('ExceptionUnused', one.id),
      location: { path: one.file, line: one.line },
    })),
    ...groups
      .filter(({ status }) => status === 'known')
      .map((group): Issue => ({ type: 'warning', ...issue(group) })),
  ];
  return [...errors, ...warnings.slice(0, WARNINGS)];
}

export function logIssues(issues: readonly Issue[]): void {
  for (const { type, message, location } of issues) (type === 'error' ? error : warning)(message, location);
}

function issue({ finding, targets, status }: Group): Omit<Issue, 'type'> {
  const known = status === 'known' ? ' (known: the baseline has it)' : '';
  const message = `${finding.severity} ${what(finding)} (${finding.id}) in ${targets.join(', ')}${known}`;
  const isInSource = targets.includes('source') && finding.path !== '';
  return isInSource
    ? {
        message,
        location: { path: harmless(finding.path), ...(finding.line !== undefined && { line: finding.line }) },
      }
    : { message };
}
