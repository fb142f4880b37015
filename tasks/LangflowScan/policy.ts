import { SEVERITIES, type Finding, type Report } from './findings';
import type { Target } from './targets';

/** What the input `severity` accepts. */
export const THRESHOLDS = ['CRITICAL', 'HIGH', 'MEDIUM', 'LOW'] as const;

export interface Policy {
  /** The lowest severity that fails the gate. */
  severity: (typeof THRESHOLDS)[number];
  /** Let vulnerabilities pass that have no fixed version. */
  ignoreUnfixed: boolean;
}

/** How the scan of one target ended. */
export type Outcome = { target: Target; report: Report } | { target: Target; failure: string };

export interface Verdict {
  passed: boolean;
  /** The findings that fail the gate, worst first. */
  blocking: Finding[];
  /** Why it failed, apart from the findings: a sentence each. */
  doubts: string[];
}

/** Trivy's vendor makes a database every six hours; a week without one means that a mirror has stopped. */
const OLDEST_DATABASE_MS = 7 * 24 * 60 * 60 * 1_000;

/**
 * The gate. It passes only when every target was scanned, by a database of these days, and nothing that counts was found:
 * whatever cannot be known fails.
 * @param databaseTime when the database was made, in milliseconds since the epoch
 * @param now the present, likewise
 */
export function judge(
  targets: readonly Target[],
  outcomes: readonly Outcome[],
  databaseTime: number,
  policy: Policy,
  now: number,
): Verdict {
  const blocking = findingsOf(outcomes)
    .filter((finding) => blocks(finding, policy))
    .sort((one, other) => rank(other) - rank(one));
  const doubts = [
    ...targets.flatMap((target) => {
      const outcome = outcomes.find((candidate) => candidate.target === target);
      if (outcome === undefined) return [`${target.name} was not scanned.`];
      return 'failure' in outcome ? [`${target.name} was not scanned: ${outcome.failure}`] : [];
    }),
    // A time that is no number or lies ahead is no proof either.
    ...(Math.abs(now - databaseTime) <= OLDEST_DATABASE_MS ? [] : [ageOf(databaseTime)]),
  ];
  return { passed: blocking.length === 0 && doubts.length === 0 && targets.length > 0, blocking, doubts };
}

/** All findings of the targets that were scanned. */
export function findingsOf(outcomes: readonly Outcome[]): Finding[] {
  return outcomes.flatMap((outcome) => ('report' in outcome ? outcome.report.findings : []));
}

/** A vulnerability of which no package is free yet. */
export function isUnfixed(finding: Finding): boolean {
  return finding.kind === 'vulnerability' && finding.fixedVersion === '';
}

/** What nobody has rated may be as bad as anything, and counts as such. */
function blocks(finding: Finding, policy: Policy): boolean {
  if (policy.ignoreUnfixed && isUnfixed(finding)) return false;
  return finding.severity === 'UNKNOWN' || rank(finding) >= SEVERITIES.indexOf(policy.severity);
}

function rank(finding: Finding): number {
  return SEVERITIES.indexOf(finding.severity);
}

function ageOf(databaseTime: number): string {
  const made = Number.isFinite(databaseTime) ? new Date(databaseTime).toISOString() : 'an unknown time';
  return (
    `The vulnerability database is of ${made}; accepted is one of the last 7 days. ` +
    'Have the mirror of the database (input databaseRepository) updated, or check the clock of the agent.'
  );
}
