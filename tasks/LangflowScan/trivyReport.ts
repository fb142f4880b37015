import Ajv, { type ValidateFunction } from 'ajv';
import { messageOf, UserError } from '../common/errors';
import type { Excepted, Finding, Report, Severity } from './findings';
import { artifactOf, type ImageTarget, type Target } from './targets';
import schema from './trivyReport.schema.json';

/** Trivy's JSON, as far as trivyReport.schema.json vouches for it. */
interface TrivyReport {
  Trivy: { Version: string };
  ArtifactName: string;
  ArtifactType: string;
  Metadata?: {
    RepoDigests?: string[];
    ImageConfig?: {
      os: string;
      architecture: string;
      history?: { created_by?: string; empty_layer?: boolean }[];
      rootfs?: { diff_ids?: string[] };
    };
    OS?: { Family?: string; Name?: string; EOSL?: boolean };
  };
  /** Absent when there is none. */
  Results?: Result[];
}

interface Result {
  Target: string;
  Class: string;
  Packages?: { Identifier?: { UID?: string }; Locations?: { StartLine?: number }[] }[];
  Vulnerabilities?: TrivyVulnerability[];
  Misconfigurations?: TrivyMisconfiguration[];
  Secrets?: TrivySecret[];
  Licenses?: TrivyLicense[];
  ExperimentalModifiedFindings?: Modified[];
}

interface TrivyVulnerability {
  VulnerabilityID: string;
  PkgName: string;
  PkgPath?: string;
  PkgIdentifier?: { UID?: string };
  InstalledVersion: string;
  FixedVersion?: string;
  PrimaryURL?: string;
  Title?: string;
  Severity: Severity;
  Layer?: { DiffID?: string };
}

interface TrivyMisconfiguration {
  ID: string;
  Title: string;
  Message?: string;
  Resolution?: string;
  PrimaryURL?: string;
  Severity: Severity;
  Status: 'PASS' | 'FAIL' | 'EXCEPTION';
  CauseMetadata?: { StartLine?: number };
}

interface TrivySecret {
  RuleID: string;
  Title: string;
  StartLine: number;
  Severity: Severity;
}

interface TrivyLicense {
  Name: string;
  Category?: string;
  PkgName?: string;
  FilePath?: string;
  Link?: string;
  Severity: Severity;
}

type Modified = { Status: string; Statement?: string; Source?: string } & (
  | { Type: 'vulnerability'; Finding: TrivyVulnerability }
  | { Type: 'misconfiguration'; Finding: TrivyMisconfiguration }
  | { Type: 'secret'; Finding: TrivySecret }
  | { Type: 'license'; Finding: TrivyLicense }
);

/** Values of Trivy's Class by which it says that it understood something of a target. */
const UNDERSTOOD = {
  image: ['os-pkgs', 'lang-pkgs'],
  source: ['lang-pkgs', 'config'],
  sbom: ['os-pkgs', 'lang-pkgs'],
} as const;

/** Values of ArtifactType (pkg/fanal/types/artifact.go); a folder that is a clone counts as a repository. */
const ARTIFACTS = {
  image: ['container_image'],
  source: ['filesystem', 'repository'],
  sbom: ['cyclonedx', 'spdx'],
} as const;

/**
 * Reads the JSON that Trivy wrote about a target.
 * @param version of the Trivy that was asked
 * @throws UserError unless it is a whole report of schema version 2 about this very target, in which Trivy recognised
 * something: a target of which it understood nothing would look like one without findings
 */
export function readReport(json: string, target: Target, version: string): Report {
  const report = validated(json);
  if (report.Trivy.Version !== version) {
    throw refused(`it was written by version ${report.Trivy.Version}, not by ${version}, which was started`);
  }
  if (report.ArtifactName !== artifactOf(target)) {
    throw refused(`it is about ${JSON.stringify(report.ArtifactName)}, not about ${artifactOf(target)}`);
  }
  const types: readonly string[] = ARTIFACTS[target.kind];
  if (!types.includes(report.ArtifactType)) {
    throw refused(`its ArtifactType is ${JSON.stringify(report.ArtifactType)}, not ${types.join(' or ')}`);
  }
  if (target.kind === 'image') checkPlatform(report, target);
  const results = report.Results ?? [];
  const classes: readonly string[] = UNDERSTOOD[target.kind];
  if (!results.some(({ Class }) => classes.includes(Class))) throw refused(NOTHING[target.kind]);
  const context: Context = { target: target.name, instructions: instructionsOf(report) };
  const os = report.Metadata?.OS;
  const digest = report.Metadata?.RepoDigests?.[0];
  return {
    findings: results.flatMap((result) => findingsOf(result, context)),
    excepted: results.flatMap((result) =>
      (result.ExperimentalModifiedFindings ?? []).map((one) => exceptedOf(one, result, context)),
    ),
    ...(os?.EOSL === true && { endOfLife: `${os.Family ?? ''} ${os.Name ?? ''}`.trim() }),
    ...(digest !== undefined && { digest }),
  };
}

const NOTHING = {
  image: 'Trivy recognised neither an operating system nor a package in the image',
  source:
    'Trivy recognised neither a lock file nor a configuration file (Dockerfile, Kubernetes, Terraform, ARM) in the folder',
  sbom: 'Trivy recognised no package in the file',
} as const;

function checkPlatform({ Metadata }: TrivyReport, target: ImageTarget): void {
  const config = Metadata?.ImageConfig;
  if (config === undefined) throw refused('it has no configuration of the image (Metadata.ImageConfig)');
  const { os: system, architecture } = config;
  if (!`${target.platform}/`.startsWith(`${system}/${architecture}/`)) {
    // Asked for another platform than the one that an image has, Trivy takes what is there without a word.
    throw refused(`it is about an image for ${system}/${architecture}, not for ${target.platform}`);
  }
}

/** What the findings of a report have in common. */
interface Context {
  target: string;
  /** Instruction by the diff id of the layer that it made. */
  instructions: ReadonlyMap<string, string>;
}

/** Layers and their history run in parallel once the steps that made no layer are out (OCI image-spec, config.md). */
function instructionsOf({ Metadata }: TrivyReport): Map<string, string> {
  const { history = [], rootfs } = Metadata?.ImageConfig ?? {};
  const steps = history.filter(({ empty_layer: empty }) => empty !== true);
  const layers = rootfs?.diff_ids ?? [];
  if (steps.length !== layers.length) return new Map();
  return new Map(layers.map((layer, index) => [layer, instruction(steps[index]?.created_by ?? '')]));
}

/** `RUN /bin/sh -c apt-get install … # buildkit` → `RUN apt-get install …` */
function instruction(createdBy: string): string {
  return createdBy
    .replace(/\s*# buildkit$/, '')
    .replace(/^\/bin\/sh -c #\(nop\)\s*/, '')
    .replace(/^(RUN )?\/bin\/sh -c /, 'RUN ')
    .replace(/\s+/g, ' ')
    .slice(0, 120);
}

function findingsOf(result: Result, context: Context): Finding[] {
  const lines = new Map(
    (result.Packages ?? []).map(({ Identifier, Locations }) => [Identifier?.UID, Locations?.[0]?.StartLine]),
  );
  return [
    ...(result.Vulnerabilities ?? []).map((found) => vulnerability(found, result, context, lines)),
    ...(result.Misconfigurations ?? [])
      .filter(({ Status }) => Status === 'FAIL')
      .map((found) => misconfiguration(found, result, context)),
    ...(result.Secrets ?? []).map((found) => secret(found, result, context)),
    ...(result.Licenses ?? []).map((found) => licence(found, result, context)),
  ];
}

function exceptedOf(modified: Modified, result: Result, context: Context): Excepted {
  const { Status, Statement, Source } = modified;
  const reason = [Source ?? 'Trivy', Status.replaceAll('_', ' '), Statement ?? ''].filter(
    (part) => part !== '',
  );
  return { finding: findingOf(modified, result, context), reason: reason.join(': ') };
}

function findingOf(modified: Modified, result: Result, context: Context): Finding {
  switch (modified.Type) {
    case 'vulnerability':
      return vulnerability(modified.Finding, result, context);
    case 'misconfiguration':
      return misconfiguration(modified.Finding, result, context);
    case 'secret':
      return secret(modified.Finding, result, context);
    case 'license':
      return licence(modified.Finding, result, context);
  }
}

function vulnerability(
  found: TrivyVulnerability,
  result: Result,
  { target, instructions }: Context,
  lines?: ReadonlyMap<string | undefined, number | undefined>,
): Finding {
  // For packages of the operating system, `Target` is the image; for a package's own files, `PkgPath` is more exact.
  const file = result.Class === 'os-pkgs' ? '' : result.Target;
  const layer = instructions.get(found.Layer?.DiffID ?? '');
  const uid = found.PkgIdentifier?.UID;
  return {
    kind: 'vulnerability',
    id: found.VulnerabilityID,
    severity: found.Severity,
    title: found.Title ?? '',
    target,
    path: found.PkgPath ?? file,
    ...line(uid === undefined ? undefined : lines?.get(uid)),
    package: found.PkgName,
    installedVersion: found.InstalledVersion,
    fixedVersion: found.FixedVersion ?? '',
    ...(layer !== undefined && layer !== '' && { layer }),
    ...web(found.PrimaryURL),
  };
}

function misconfiguration(found: TrivyMisconfiguration, result: Result, { target }: Context): Finding {
  return {
    kind: 'misconfiguration',
    id: found.ID,
    severity: found.Severity,
    title: found.Title,
    target,
    path: result.Target,
    ...line(found.CauseMetadata?.StartLine),
    message: found.Message ?? '',
    resolution: found.Resolution ?? '',
    ...web(found.PrimaryURL),
  };
}

function secret(found: TrivySecret, result: Result, { target }: Context): Finding {
  return {
    kind: 'secret',
    id: found.RuleID,
    severity: found.Severity,
    title: found.Title,
    target,
    path: result.Target,
    ...line(found.StartLine),
  };
}

function licence(found: TrivyLicense, result: Result, { target }: Context): Finding {
  return {
    kind: 'licence',
    id: found.Name,
    severity: found.Severity,
    title: found.Category ?? '',
    target,
    path: found.FilePath ?? (found.PkgName ? '' : result.Target),
    package: found.PkgName ?? '',
    ...web(found.Link),
  };
}

function line(value: number | undefined): { line?: number } {
  return value !== undefined && value > 0 ? { line: value } : {};
}

/** Viewers make a link of it, so nothing but a web address may stand there. */
function web(url: string | undefined): { url?: string } {
  return url !== undefined && /^https?:\/\/[^\s"'<>]+$/.test(url) ? { url } : {};
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
