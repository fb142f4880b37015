/** From the mildest to the worst; UNKNOWN is one that nobody has rated yet. */
export const SEVERITIES = ['UNKNOWN', 'LOW', 'MEDIUM', 'HIGH', 'CRITICAL'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** What can be found. `code` comes from SARIF files of other analysers, all else from Trivy. */
export const KINDS = ['vulnerability', 'misconfiguration', 'secret', 'licence', 'code'] as const;
export type Kind = (typeof KINDS)[number];

interface FindingBase {
  /** `CVE-…`, `GHSA-…`, `DS-0002`, the rule of a secret or of an analyser, the name of a licence. */
  id: string;
  severity: Severity;
  title: string;
  /** Name of the target that has it. */
  target: string;
  /** File in the image, or in the repository relative to its root; empty for a package of the operating system. */
  path: string;
  /** Of that file, from 1, where it is known. */
  line?: number;
  /** A web page about it. */
  url?: string;
}

export interface Vulnerability extends FindingBase {
  kind: 'vulnerability';
  package: string;
  installedVersion: string;
  /** Version, or several separated by commas, that has it no more; empty while there is none. */
  fixedVersion: string;
  /** The instruction that made the layer which has the package, as the image's history tells it. */
  layer?: string;
}

export interface Misconfiguration extends FindingBase {
  kind: 'misconfiguration';
  /** What is wrong here. */
  message: string;
  /** What to do about it. */
  resolution: string;
}

export interface Secret extends FindingBase {
  kind: 'secret';
}

export interface Licence extends FindingBase {
  kind: 'licence';
  /** Empty for a file that has it. */
  package: string;
}

export interface CodeIssue extends FindingBase {
  kind: 'code';
  /** The analyser. */
  tool: string;
  message: string;
}

/** The normal form of what was found: one for every package, file and image that has it, as the scanner counts. */
export type Finding = Vulnerability | Misconfiguration | Secret | Licence | CodeIssue;

/** A finding that does not count, because somebody said so where the scanner or analyser looked. */
export interface Excepted {
  finding: Finding;
  /** Who or what says so, and why. */
  reason: string;
}

/** What is known of one target. */
export interface Report {
  findings: Finding[];
  excepted: Excepted[];
  /** The operating system when its vendor has stopped fixing it, so that its advisories are incomplete. */
  endOfLife?: string;
  /** Of an image that was named by a tag: what the tag stood for. */
  digest?: string;
}

/** How bad, as a number that grows. */
export function rank(severity: Severity): number {
  return SEVERITIES.indexOf(severity);
}

/** A vulnerability of which no package is free yet. */
export function isUnfixed(finding: Finding): boolean {
  return finding.kind === 'vulnerability' && finding.fixedVersion === '';
}

/** What it is in: the package, else the file. */
export function subjectOf(finding: Finding): string {
  return 'package' in finding && finding.package !== '' ? finding.package : finding.path;
}

/**
 * What two findings share that are the same one in two scans or two images: not the version, which changes while the
 * vulnerability stays, nor the line, which moves.
 */
export function identityOf(finding: Finding): string {
  const { kind, id, path } = finding;
  // A package's files carry its version in their names; the package says enough.
  const where = 'package' in finding && finding.package !== '' ? `package ${finding.package}` : path;
  return JSON.stringify([kind, 'tool' in finding ? `${finding.tool} ${id}` : id, where]);
}
