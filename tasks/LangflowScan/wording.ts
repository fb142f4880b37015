import { SEVERITIES, type Finding, type Severity } from './findings';
import { plural } from '../common/plural';
import { isUnfixed, type Policy, type Verdict } from './policy';

/** How many findings the result of the step names; all of them are in the SARIF report. */
const NAMED = 10;

/** The worst severity first, as people read it. */
export const WORST_FIRST: readonly Severity[] = [...SEVERITIES].reverse();

/** A finding and every target that has it: a package of a common base image is in all of them. */
export interface Group {
  finding: Finding;
  targets: string[];
}

/** Findings that one change mends together, in the order of their first one. */
export function grouped(findings: readonly Finding[]): Group[] {
  const groups = new Map<string, Group>();
  for (const finding of findings) {
    const key = `${finding.id} ${what(finding)}`;
    const group = groups.get(key) ?? { finding, targets: [] };
    if (!group.targets.includes(finding.target)) group.targets.push(finding.target);
    groups.set(key, group);
  }
  return [...groups.values()];
}

/** `urllib3 1.24.1 → 1.26.5`, or `secret in app/.env line 3`. */
export function what(finding: Finding): string {
  if (finding.kind === 'secret') return `secret in ${finding.path} line ${finding.line}`;
  const fixed = finding.fixedVersion === '' ? 'no fixed version yet' : finding.fixedVersion;
  return `${finding.package} ${finding.installedVersion} → ${fixed}`;
}

/** Findings of each severity, as the release manifest has them. */
export function countBySeverity(findings: readonly Finding[]): Record<Severity, number> {
  const count = (severity: Severity): number => findings.filter((one) => one.severity === severity).length;
  return Object.fromEntries(WORST_FIRST.map((severity) => [severity, count(severity)])) as Record<
    Severity,
    number
  >;
}

/** `1 critical, 3 low`, or `nothing found`. */
export function counts(findings: readonly Finding[]): string {
  const found = Object.entries(countBySeverity(findings)).filter(([, count]) => count > 0);
  return found.length === 0
    ? 'nothing found'
    : found.map(([severity, count]) => `${count} ${severity.toLowerCase()}`).join(', ');
}

/** The policy in words: `HIGH or worse, with or without a fixed version`. */
export function policyText({ severity, ignoreUnfixed }: Policy): string {
  return `${severity === 'CRITICAL' ? 'CRITICAL' : `${severity} or worse`}, ${
    ignoreUnfixed ? 'with a fixed version' : 'with or without a fixed version'
  }`;
}

/** Why the gate failed, which findings are the worst, and what to do. */
export function failureMessage(verdict: Verdict, policy: Policy, sarif: string): string {
  const groups = grouped(verdict.blocking);
  const named = groups
    .slice(0, NAMED)
    .map(
      ({ finding, targets }) =>
        `- ${finding.severity} ${what(finding)} (${finding.id}) in ${targets.join(', ')}`,
    );
  const unnamed = groups.length - named.length;
  return [
    'The release does not pass the scan.',
    ...verdict.doubts,
    ...(groups.length === 0
      ? []
      : [
          `${plural(verdict.blocking.length, 'finding')} of severity ${policyText(policy)}:`,
          ...named,
          ...(unnamed > 0 ? [`- and ${unnamed} more`] : []),
          remedyFor(verdict.blocking),
        ]),
    `All findings: ${sarif}`,
  ].join('\n');
}

function remedyFor(findings: readonly Finding[]): string {
  const unfixed = findings.filter(isUnfixed).length;
  return [
    findings.some(({ kind }) => kind === 'vulnerability') &&
      'Upgrade the packages to the versions after the arrows, or build on a newer base image.',
    findings.some(({ kind }) => kind === 'secret') &&
      'Take the secrets out of the images, and replace them: who has the image has them.',
    unfixed > 0 &&
      `With ignoreUnfixed: true, ${plural(unfixed, 'finding')} without a fixed version would pass.`,
  ]
    .filter((sentence) => sentence !== false)
    .join(' ');
}
