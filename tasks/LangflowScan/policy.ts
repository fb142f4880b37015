import { minimatch } from 'minimatch';
import type { Baseline } from './baseline';
import { identityOf, isUnfixed, rank, SEVERITIES, type Finding, type Kind, type Report } from './findings';
import type { ShortPolicy } from './shortPolicy';
import type { Target } from './targets';

/** `none`: findings are shown, and fail nothing. */
export type Threshold = ShortPolicy['severity'] | 'none';

/** A finding that does not count for a while, because somebody answers for it. */
export interface Exception {
  id: string;
  kind?: Kind;
  package?: string;
  /** A target's name, or that of a component with several platforms. */
  target?: string;
  /** Glob. */
  path?: string;
  reason: string;
  owner: string;
  /** As it was written: the last day. */
  expires: string;
  /** From when on it holds no more, in milliseconds since the epoch. */
  expiresAt: number;
  /** Where it was written. */
  file: string;
  line: number;
}

export interface Policy {
  /** The lowest severity of each kind that fails the gate. */
  thresholds: Record<Kind, Threshold>;
  /** Let vulnerabilities pass that have no fixed version. */
  ignoreUnfixed: boolean;
  exceptions: readonly Exception[];
}

/** How the scan of one target ended. */
export type Outcome = { target: Target; report: Report } | { target: Target; failure: string };

/** What a scan is judged by, apart from what it found. */
export interface Circumstances {
  policy: Policy;
  /** Undefined: every finding counts as new. */
  baseline: Baseline | undefined;
  /** When the vulnerability database was made, in milliseconds since the epoch. */
  databaseTime: number;
  maximumDatabaseAgeMs: number;
  /** The present, likewise. */
  now: number;
  /** What else is in doubt, a sentence each: an analyser that failed, a file that nobody looked at. */
  doubts?: readonly string[];
}

/**
 * - `blocking`: fails the gate.
 * - `known`: would fail it, but the baseline has it too.
 * - `tolerated`: below the threshold, or unfixed where those are ignored.
 * - `excepted`: somebody answers for it, see `reason`.
 */
export type Status = 'blocking' | 'known' | 'tolerated' | 'excepted';

export interface Judged {
  finding: Finding;
  status: Status;
  /** Whether the baseline lacks it. */
  isNew: boolean;
  /** Why it is excepted. */
  reason?: string;
}

export interface Verdict {
  passed: boolean;
  /** Everything that was found, gravest first. */
  judged: Judged[];
  /** What the baseline has and this scan has no more. */
  fixed: Finding[];
  /** Why it failed, apart from the findings: a sentence each. */
  doubts: string[];
  /** Exceptions that ended, though what they were for is still there. */
  expired: Exception[];
  /** Exceptions that match nothing. */
  unused: Exception[];
}

/**
 * The gate. It passes only when every target was scanned, by a database of these days, and nothing that counts was found:
 * whatever cannot be known fails.
 * @param analysers what other analysers than Trivy found
 */
export function judge(
  targets: readonly Target[],
  outcomes: readonly Outcome[],
  circumstances: Circumstances,
  analysers: Pick<Report, 'findings' | 'excepted'> = { findings: [], excepted: [] },
): Verdict {
  const { policy, baseline, now } = circumstances;
  const remaining = new Map(baseline?.counts);
  const used = new Set<Exception>();
  const one = (finding: Finding, foreignReason?: string): Judged => {
    const identity = identityOf(finding);
    const left = remaining.get(identity) ?? 0;
    // A second secret of a sort in one file is new, though the first was known.
    const isNew = left === 0;
    if (!isNew) remaining.set(identity, left - 1);
    const exceptions = policy.exceptions.filter((exception) => covers(exception, finding));
    exceptions.forEach((exception) => used.add(exception));
    const valid = exceptions.find(({ expiresAt }) => now < expiresAt);
    const reason = foreignReason ?? (valid && `${valid.owner}: ${valid.reason} (until ${valid.expires})`);
    const status =
      reason !== undefined
        ? 'excepted'
        : !counts(finding, policy)
          ? 'tolerated'
          : isNew
            ? 'blocking'
            : 'known';
    return { finding, status, isNew, ...(reason !== undefined && { reason }) };
  };
  const reports = [
    ...outcomes.flatMap((outcome) => ('report' in outcome ? [outcome.report] : [])),
    analysers,
  ];
  const judged = reports
    .flatMap(({ findings, excepted }) => [
      ...findings.map((finding) => one(finding)),
      ...excepted.map(({ finding, reason }) => one(finding, reason)),
    ])
    .sort(gravestFirst);
  const doubts = [
    ...(targets.length === 0 ? ['There was nothing to scan.'] : []),
    ...targets.flatMap((target) => doubtAbout(target, outcomes)),
    ...ageDoubts(circumstances),
    ...(circumstances.doubts ?? []),
  ];
  const isExpired = ({ expiresAt }: Exception): boolean => now >= expiresAt;
  return {
    passed: doubts.length === 0 && !judged.some(({ status }) => status === 'blocking'),
    judged,
    fixed: fixedOf(baseline, outcomes, remaining),
    doubts,
    expired: policy.exceptions.filter((exception) => used.has(exception) && isExpired(exception)),
    unused: policy.exceptions.filter((exception) => !used.has(exception)),
  };
}

/** What fails the gate first, then by severity. */
function gravestFirst(a: Judged, b: Judged): number {
  return weight(b) - weight(a);
}

const ORDER: readonly Status[] = ['excepted', 'tolerated', 'known', 'blocking'];

function weight({ status, finding }: Judged): number {
  return ORDER.indexOf(status) * SEVERITIES.length + rank(finding.severity);
}

/** What nobody has rated may be as bad as anything, and counts as such. */
function counts(finding: Finding, policy: Policy): boolean {
  const threshold = policy.thresholds[finding.kind];
  if (threshold === 'none' || (policy.ignoreUnfixed && isUnfixed(finding))) return false;
  return finding.severity === 'UNKNOWN' || rank(finding.severity) >= rank(threshold);
}

function covers(exception: Exception, finding: Finding): boolean {
  return (
    exception.id === finding.id &&
    (exception.kind === undefined || exception.kind === finding.kind) &&
    (exception.package === undefined || ('package' in finding && exception.package === finding.package)) &&
    (exception.target === undefined ||
      [finding.target, componentOf(finding.target)].includes(exception.target)) &&
    (exception.path === undefined ||
      minimatch(finding.path.replace(/^\/+/, ''), exception.path, { dot: true }))
  );
}

/** `backend (linux/arm64)` → `backend` */
function componentOf(target: string): string {
  return target.replace(/ \([^()]*\)$/, '');
}

function doubtAbout(target: Target, outcomes: readonly Outcome[]): string[] {
  const outcome = outcomes.find((candidate) => candidate.target === target);
  if (outcome === undefined) return [`${target.name} was not scanned.`];
  return 'failure' in outcome ? [`${target.name} was not scanned: ${outcome.failure}`] : [];
}

function ageDoubts({ databaseTime, maximumDatabaseAgeMs, now }: Circumstances): string[] {
  // A time that is no number or lies ahead is no proof either.
  if (Math.abs(now - databaseTime) <= maximumDatabaseAgeMs) return [];
  const made = Number.isFinite(databaseTime) ? new Date(databaseTime).toISOString() : 'an unknown time';
  const days = maximumDatabaseAgeMs / (24 * 60 * 60 * 1_000);
  return [
    `The vulnerability database is of ${made}; accepted is one of the last ${days} days (input databaseMaxAgeDays). ` +
      'Have the mirror of the database (input databaseRepository) updated, or check the clock of the agent.',
  ];
}

/** A target that could not be scanned has fixed nothing. */
function fixedOf(
  baseline: Baseline | undefined,
  outcomes: readonly Outcome[],
  remaining: ReadonlyMap<string, number>,
): Finding[] {
  if (baseline === undefined || outcomes.some((outcome) => 'failure' in outcome)) return [];
  const left = new Map(remaining);
  return baseline.findings.filter((finding) => {
    const identity = identityOf(finding);
    const count = left.get(identity) ?? 0;
    left.set(identity, count - 1);
    return count > 0;
  });
}
