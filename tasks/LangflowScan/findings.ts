import Ajv, { type ValidateFunction } from 'ajv';
import { messageOf, UserError } from '../common/errors';
import type { Target } from './targets';
import schema from './trivyReport.schema.json';

/** From the mildest to the worst; UNKNOWN is one that nobody has rated yet. */
export const SEVERITIES = ['UNKNOWN', 'LOW', 'MEDIUM', 'HIGH', 'CRITICAL'] as const;
export type Severity = (typeof SEVERITIES)[number];

interface FindingBase {
  /** `CVE-…`, `GHSA-…`, or the rule of a secret. */
  id: string;
  severity: Severity;
  title: string;
  /** Name of the target that has it. */
  target: string;
  /** File in the image; empty for a package of the operating system. */
  path: string;
}

export interface Vulnerability extends FindingBase {
  kind: 'vulnerability';
  package: string;
  installedVersion: string;
  /** Version, or several separated by commas, that has it no more; empty while there is none. */
  fixedVersion: string;
  url?: string;
}

export interface Secret extends FindingBase {
  kind: 'secret';
  line: number;
}

/** The normal form of what a scanner found: one for every package, file and image that has it, as the scanner counts. */
export type Finding = Vulnerability | Secret;

/** What one image's report says. */
export interface Report {
  findings: Finding[];
  /** The operating system when its vendor has stopped fixing it, so that its advisories are incomplete. */
  endOfLife?: string;
}

/** Trivy's JSON, as far as trivyReport.schema.json vouches for it. */
interface TrivyReport {
  ArtifactName: string;
  Metadata: {
    ImageConfig: { os: string; architecture: string };
    OS?: { Family?: string; Name?: string; EOSL?: boolean };
  };
  /** Absent when there is none. */
  Results?: {
    Target: string;
    Class: string;
    Vulnerabilities?: {
      VulnerabilityID: string;
      PkgName: string;
      PkgPath?: string;
      InstalledVersion: string;
      FixedVersion?: string;
      PrimaryURL?: string;
      Title?: string;
      Severity: Severity;
    }[];
    Secrets?: { RuleID: string; Title: string; StartLine: number; Severity: Severity }[];
  }[];
}

type Result = NonNullable<TrivyReport['Results']>[number];

/**
 * Reads the JSON that Trivy wrote about a target.
 * @throws UserError unless it is a whole report of schema version 2 about this very image, in which Trivy recognised an
 * operating system or a package: an image of which it understood nothing would look like one without findings.
 */
export function readReport(json: string, target: Target): Report {
  const report = validated(json);
  if (report.ArtifactName !== target.reference) {
    throw refused(`it is about ${JSON.stringify(report.ArtifactName)}, not about ${target.reference}`);
  }
  const { os: system, architecture } = report.Metadata.ImageConfig;
  if (!`${target.platform}/`.startsWith(`${system}/${architecture}/`)) {
    // Asked for another platform than the one that an image has, Trivy takes what is there without a word.
    throw refused(`it is about an image for ${system}/${architecture}, not for ${target.platform}`);
  }
  const results = report.Results ?? [];
  if (!results.some(({ Class }) => Class === 'os-pkgs' || Class === 'lang-pkgs')) {
    throw refused('Trivy recognised neither an operating system nor a package in the image');
  }
  const os = report.Metadata.OS;
  return {
    findings: results.flatMap((result) => findingsOf(result, target.name)),
    ...(os?.EOSL === true && { endOfLife: `${os.Family ?? ''} ${os.Name ?? ''}`.trim() }),
  };
}

function findingsOf(result: Result, target: string): Finding[] {
  // For packages of the operating system, `Target` is the image; for a package's own files, `PkgPath` is more exact.
  const file = result.Class === 'os-pkgs' ? '' : result.Target;
  const vulnerabilities = (result.Vulnerabilities ?? []).map((found): Vulnerability => ({
    kind: 'vulnerability',
    id: found.VulnerabilityID,
    severity: found.Severity,
    title: found.Title ?? '',
    target,
    path: found.PkgPath ?? file,
    package: found.PkgName,
    installedVersion: found.InstalledVersion,
    fixedVersion: found.FixedVersion ?? '',
    ...(found.PrimaryURL !== undefined && { url: found.PrimaryURL }),
  }));
  const secrets = (result.Secrets ?? []).map((found): Secret => ({
    kind: 'secret',
    id: found.RuleID,
    severity: found.Severity,
    title: found.Title,
    target,
    path: result.Target,
    line: found.StartLine,
  }));
  return [...vulnerabilities, ...secrets];
}

let compiled: ValidateFunction<TrivyReport> | undefined;

function validated(json: string): TrivyReport {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (thrown) {
    throw refused(`it is not whole JSON (${messageOf(thrown)})`);
  }
  const validate = (compiled ??= new Ajv().compile<TrivyReport>(schema));
  if (!validate(value)) {
    const mistake = validate.errors?.[0];
    throw refused(`${mistake?.instancePath || 'it'} ${mistake?.message ?? ''} (schema version 2)`);
  }
  return value;
}

function refused(reason: string): UserError {
  return new UserError(`Trivy's report proves nothing: ${reason}.`);
}
