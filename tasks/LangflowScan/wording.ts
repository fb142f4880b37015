import { localized } from '../common/agent/messages';
import { plural } from '../common/plural';
import { isUnfixed, KINDS, SEVERITIES, subjectOf, type Finding, type Severity } from './findings';
import type { Judged, Policy, Status, Verdict } from './policy';

/** How many findings the result of the step names; all of them are in the reports. */
const NAMED = 10;

/** The worst severity first, as people read it. */
export const WORST_FIRST: readonly Severity[] = [...SEVERITIES].reverse();

/** A finding and every target that has it: a package of a common base image is in all of them. */
export interface Group {
  finding: Finding;
  status: Status;
  isNew: boolean;
  reason: string | undefined;
  targets: string[];
}

/** Findings that one change mends together, in the order of their first one. */
export function grouped(judged: readonly Judged[]): Group[] {
  const groups = new Map<string, Group>();
  for (const { finding, status, isNew, reason } of judged) {
    const key = JSON.stringify([status, finding.kind, finding.id, what(finding)]);
    const group = groups.get(key) ?? { finding, status, isNew: false, reason, targets: [] };
    if (!group.targets.includes(finding.target)) group.targets.push(finding.target);
    group.isNew ||= isNew;
    groups.set(key, group);
  }
  return [...groups.values()];
}

/** `urllib3 1.24.1 → 1.26.5`, `secret in app/.env line 3`, `backend/Dockerfile line 1: Specify a tag`. */
export function what(finding: Finding): string {
  switch (finding.kind) {
    case 'vulnerability': {
      const fixed = finding.fixedVersion === '' ? 'no fixed version yet' : finding.fixedVersion;
      return `${finding.package} ${finding.installedVersion} → ${fixed}`;
    }
    case 'secret':
      return `secret in ${place(finding)}`;
    case 'licence':
      return `licence ${finding.id} of ${subjectOf(finding)}`;
    case 'misconfiguration':
    case 'code':
      return `${place(finding)}: ${finding.message || finding.title || finding.id}`;
  }
}

/** `app/.env line 3` */
export function place({ path, line }: Finding): string {
  return line === undefined ? path : `${path} line ${line}`;
}

/** Findings of each severity, as the release manifest has them. */
export function countBySeverity(findings: readonly Finding[]): Record<Severity, number> {
  const counts = Object.fromEntries(WORST_FIRST.map((severity) => [severity, 0])) as Record<Severity, number>;
  for (const { severity } of findings) counts[severity] += 1;
  return counts;
}

/** How many findings stand how with the gate, as the release manifest and the results tab have them. */
export function countByStatus({ judged, fixed }: Verdict): Record<Status | 'new' | 'fixed', number> {
  const count = (wanted: Status): number => judged.filter(({ status }) => status === wanted).length;
  return {
    blocking: count('blocking'),
    known: count('known'),
    tolerated: count('tolerated'),
    excepted: count('excepted'),
    new: judged.filter(({ isNew }) => isNew).length,
    fixed: fixed.length,
  };
}

/** `1 critical, 3 low`, or `nothing found`. */
export function counts(findings: readonly Finding[]): string {
  const found = Object.entries(countBySeverity(findings)).filter(([, count]) => count > 0);
  return found.length === 0
    ? 'nothing found'
    : found.map(([severity, count]) => `${count} ${severity.toLowerCase()}`).join(', ');
}

export function findingsOf(judged: readonly Judged[], ...statuses: Status[]): Finding[] {
  return judged
    .filter(({ status }) => statuses.length === 0 || statuses.includes(status))
    .map(({ finding }) => finding);
}

/** The policy in words: `HIGH or worse (vulnerability, misconfiguration), CRITICAL (secret), with or without a fixed version`. */
export function policyText({ thresholds, ignoreUnfixed }: Policy): string {
  const byThreshold = new Map<string, string[]>();
  for (const kind of KINDS)
    byThreshold.set(thresholds[kind], [...(byThreshold.get(thresholds[kind]) ?? []), kind]);
  byThreshold.delete('none');
  const parts = [...byThreshold].map(
    ([threshold, kinds]) =>
      `${threshold === 'CRITICAL' ? 'CRITICAL' : `${threshold} or worse`} (${kinds.join(', ')})`,
  );
  const fixed = ignoreUnfixed ? 'with a fixed version' : 'with or without a fixed version';
  return parts.length === 0 ? 'nothing' : `${parts.join(', ')}, ${fixed}`;
}

/** Why the gate failed, which findings are the gravest, and what to do. */
export function failureMessage(verdict: Verdict, policy: Policy, report: string): string {
  const blocking = verdict.judged.filter(({ status }) => status === 'blocking');
  const groups = grouped(blocking);
  const named = groups
    .slice(0, NAMED)
    .map(
      ({ finding, targets }) =>
        `- ${finding.severity} ${what(finding)} (${finding.id}) in ${targets.join(', ')}`,
    );
  const unnamed = groups.length - named.length;
  return [
    localized('ScanFailed'),
    ...verdict.doubts,
    ...expiredSentences(verdict),
    ...(groups.length === 0
      ? []
      : [
          blocking.length === 1
            ? localized('OneBlockingFinding', policyText(policy))
            : localized('BlockingFindings', blocking.length, policyText(policy)),
          ...named,
          ...(unnamed > 0 ? [localized('MoreFindings', unnamed)] : []),
          remedyFor(findingsOf(blocking)),
        ]),
    localized('AllFindings', report),
  ].join('\n');
}

export function expiredSentences({ expired }: Verdict): string[] {
  return expired.map(
    ({ file, line, id, expires, owner }) =>
      `${file}, line ${line}: the exception for ${id} ended on ${expires}, and it counts again. Ask ${owner}.`,
  );
}

const REMEDIES = {
  vulnerability: 'Upgrade the packages to the versions after the arrows, or build on a newer base image.',
  misconfiguration: 'Change the named lines.',
  secret: 'Take the secrets out, and replace them: who has the image or the repository has them.',
  licence: 'Replace the packages, or have the licences allowed.',
  code: 'Change the named lines.',
} as const;

function remedyFor(findings: readonly Finding[]): string {
  const unfixed = findings.filter(isUnfixed).length;
  const remedies = KINDS.filter((kind) => findings.some((finding) => finding.kind === kind)).map(
    (kind) => REMEDIES[kind],
  );
  return [
    ...new Set(remedies),
    ...(unfixed > 0
      ? [`With ignoreUnfixed: true, ${plural(unfixed, 'finding')} without a fixed version would pass.`]
      : []),
  ].join(' ');
}
