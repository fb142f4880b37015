import { rank, type Finding, type Severity, type Vulnerability } from './findings';
import type { Judged } from './policy';

/** One for all: `localeCompare` makes one for each call, which a hundred thousand findings feel. */
const VERSIONS = new Intl.Collator('en', { numeric: true });

/** One upgrade and what it removes. */
export interface Fix {
  package: string;
  /** The installed version. */
  from: string;
  /** The lowest version that has none of them; several where the advisories name several. */
  to: string;
  /** The instruction that made the layer, or the file. */
  where: string;
  targets: string[];
  /** How many findings it removes. */
  removes: number;
  /** Of the gravest of them. */
  severity: Severity;
}

/** The upgrades that remove most of what counts, gravest and most first. */
export function topFixes(judged: readonly Judged[], limit: number): Fix[] {
  const fixes = new Map<string, Fix>();
  for (const { finding, status } of judged) {
    if (status === 'excepted' || !isFixable(finding)) continue;
    const key = JSON.stringify([finding.package, finding.installedVersion, whereOf(finding)]);
    const fix = fixes.get(key);
    if (fix === undefined) {
      fixes.set(key, {
        package: finding.package,
        from: finding.installedVersion,
        to: finding.fixedVersion,
        where: whereOf(finding),
        targets: [finding.target],
        removes: 1,
        severity: finding.severity,
      });
      continue;
    }
    fix.removes += 1;
    fix.to = later(fix.to, finding.fixedVersion);
    if (!fix.targets.includes(finding.target)) fix.targets.push(finding.target);
    if (rank(finding.severity) > rank(fix.severity)) fix.severity = finding.severity;
  }
  return [...fixes.values()]
    .sort((a, b) => rank(b.severity) - rank(a.severity) || b.removes - a.removes)
    .slice(0, limit);
}

function isFixable(finding: Finding): finding is Vulnerability {
  return finding.kind === 'vulnerability' && finding.fixedVersion !== '';
}

function whereOf(finding: Vulnerability): string {
  return finding.layer ?? finding.path;
}

/**
 * The later of two fixed versions. Ecosystems order versions differently; numbers by value and the rest by letters is right
 * for what fixes of one package look like. A list of versions, one a release line, stays as it is.
 */
function later(one: string, other: string): string {
  if (one.includes(',')) return one;
  if (other.includes(',')) return other;
  return VERSIONS.compare(one, other) >= 0 ? one : other;
}
