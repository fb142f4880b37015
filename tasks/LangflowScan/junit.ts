import type { TestCase } from '../common/reports/junit';
import type { Outcome, Verdict } from './policy';
import { counts, grouped, what, type Group } from './wording';

/** Cases of one status; the server keeps each of them for months, and nobody reads more. */
const MOST = 1_000;

/**
 * The scan as tests: one for each target, one for whatever else is in doubt, and one for each finding that fails the gate,
 * is known, or is excepted. What is below the gate is in the other reports.
 */
export function testCases(outcomes: readonly Outcome[], verdict: Verdict): TestCase[] {
  const ofTargets = outcomes.map((outcome): TestCase => {
    const base = { className: 'targets', name: `${outcome.target.name} was scanned`, durationMs: 0 };
    return 'failure' in outcome
      ? { ...base, problem: { kind: 'failure', message: outcome.failure } }
      : { ...base, output: counts(outcome.report.findings) };
  });
  const ofDoubts = verdict.doubts
    .filter((doubt) => !outcomes.some((one) => 'failure' in one && doubt.startsWith(`${one.target.name} `)))
    .map((doubt): TestCase => ({
      className: 'gate',
      name: 'nothing is in doubt',
      durationMs: 0,
      problem: { kind: 'failure', message: doubt },
    }));
  const groups = grouped(verdict.judged);
  const of = (status: Group['status'], caseOf: (group: Group) => TestCase): TestCase[] => {
    const all = groups.filter((group) => group.status === status);
    const left = all.length - MOST;
    return [...all.slice(0, MOST).map(caseOf), ...(left > 0 ? [rest(status, left)] : [])];
  };
  return [
    ...ofTargets,
    ...ofDoubts,
    ...of('blocking', (group) => ({ ...base(group), problem: { kind: 'failure', message: textOf(group) } })),
    ...of('known', (group) => ({
      ...base(group),
      problem: { kind: 'skipped', message: 'known: the baseline has it' },
    })),
    ...of('excepted', (group) => ({
      ...base(group),
      problem: { kind: 'skipped', message: group.reason ?? '' },
    })),
  ];
}

function base({ finding }: Group): TestCase {
  return { className: finding.kind, name: `${finding.id} ${what(finding)}`, durationMs: 0 };
}

function textOf({ finding, targets }: Group): string {
  return [`${finding.severity} in ${targets.join(', ')}`, finding.title, finding.url ?? '']
    .filter((part) => part !== '')
    .join('\n');
}

function rest(status: Group['status'], count: number): TestCase {
  const message = `${count} more are in langflow-scan.json`;
  const problem = { kind: status === 'blocking' ? 'failure' : 'skipped', message } as const;
  return { className: 'gate', name: `more findings that are ${status}`, durationMs: 0, problem };
}
