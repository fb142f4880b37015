import { readFileSync } from 'node:fs';
import * as path from 'node:path';
import { fileURLToPath } from 'node:url';
import Ajv, { type ValidateFunction } from 'ajv';
import { messageOf, UserError } from '../common/errors';
import { isWithin, relativePath } from '../common/paths';
import type { CodeIssue, Excepted, Report, Severity } from './findings';
import schema from './sarifLog.schema.json';

/** A SARIF file of another analyser (SARIF 2.1.0), as far as sarifLog.schema.json vouches for it. */
interface SarifInput {
  runs: Run[];
}

interface Run {
  tool: { driver: Component; extensions?: Component[] };
  invocations?: {
    executionSuccessful: boolean;
    toolExecutionNotifications?: { message?: Message }[];
  }[];
  results: Result[];
}

interface Component {
  name: string;
  rules?: Rule[];
}

interface Rule {
  id: string;
  shortDescription?: Message;
  helpUri?: string;
  defaultConfiguration?: { level?: Level };
  properties?: { 'security-severity'?: string | number };
}

interface Message {
  text?: string;
  markdown?: string;
}

interface Result {
  ruleId?: string;
  ruleIndex?: number;
  rule?: { id?: string; index?: number; toolComponent?: { index?: number } };
  kind?: string;
  level?: Level;
  message: Message;
  baselineState?: string;
  locations?: {
    physicalLocation?: {
      artifactLocation?: { uri?: string };
      region?: { startLine?: number };
    };
  }[];
  suppressions?: { kind: string; status?: string; justification?: string }[];
}

type Level = 'none' | 'note' | 'warning' | 'error';

/** What other analysers say. */
export interface Analysis {
  report: Pick<Report, 'findings' | 'excepted'>;
  /** The runs as they are in the files, for the merged report. */
  runs: object[];
  /** Analysers that say that they failed: a sentence each. */
  doubts: string[];
}

/** SARIF has no CRITICAL, and Trivy's own SARIF calls HIGH what is an error. */
const SEVERITY_OF: Record<Exclude<Level, 'none'>, Severity> = {
  error: 'HIGH',
  warning: 'MEDIUM',
  note: 'LOW',
};

/**
 * Reads SARIF files of other analysers.
 * @param sources absolute path of the sources: absolute addresses below it become relative
 * @throws UserError for the first file that cannot be read whole: its findings would be missing
 */
export function readSarifFiles(files: readonly string[], sources: string): Analysis {
  const analysis: Analysis = { report: { findings: [], excepted: [] }, runs: [], doubts: [] };
  for (const file of files) {
    for (const run of readLog(file).runs) {
      const { findings, excepted } = reportOf(run, sources);
      analysis.report.findings.push(...findings);
      analysis.report.excepted.push(...excepted);
      analysis.runs.push(run);
      analysis.doubts.push(...failureOf(run, file));
    }
  }
  return analysis;
}

let compiled: ValidateFunction<SarifInput> | undefined;

function readLog(file: string): SarifInput {
  let value: unknown;
  try {
    // Tools of Microsoft write a byte order mark.
    value = JSON.parse(readFileSync(file, 'utf8').replace(/^\uFEFF/, ''));
  } catch (error) {
    throw refused(file, messageOf(error));
  }
  const validate = (compiled ??= new Ajv({ allowUnionTypes: true }).compile<SarifInput>(schema));
  if (!validate(value)) {
    const mistake = validate.errors?.[0];
    throw refused(file, `${mistake?.instancePath || 'it'} ${mistake?.message ?? ''}`);
  }
  return value;
}

function refused(file: string, reason: string): UserError {
  return new UserError(
    `Input 'sarifFiles': ${file} is not a whole SARIF 2.1.0 file: ${reason}. Nothing that its analyser found could count. ` +
      'Look at the step that writes it.',
  );
}

function failureOf({ tool, invocations = [] }: Run, file: string): string[] {
  const failed = invocations.find(({ executionSuccessful }) => !executionSuccessful);
  if (failed === undefined) return [];
  const words = (failed.toolExecutionNotifications ?? [])
    .map(({ message }) => message?.text ?? '')
    .filter((text) => text !== '')
    .slice(0, 3);
  return [
    `${tool.driver.name} says that it failed (executionSuccessful in ${file})${words.length > 0 ? `: ${words.join(' ')}` : '.'}`,
  ];
}

function reportOf(run: Run, sources: string): { findings: CodeIssue[]; excepted: Excepted[] } {
  const findings: CodeIssue[] = [];
  const excepted: Excepted[] = [];
  for (const result of run.results) {
    const finding = findingOf(result, run, sources);
    if (finding === undefined) continue;
    const suppression = suppressionOf(result);
    if (suppression === undefined) findings.push(finding);
    else excepted.push({ finding, reason: `${finding.tool}: ${suppression}` });
  }
  return { findings, excepted };
}

/** Results of other kinds say that all is well (3.27.9); those that are absent were there in a former run (3.27.24). */
function findingOf(result: Result, run: Run, sources: string): CodeIssue | undefined {
  const rule = ruleOf(result, run);
  if (['pass', 'notApplicable', 'informational'].includes(result.kind ?? 'fail')) return undefined;
  if (result.baselineState === 'absent') return undefined;
  const severity = severityOf(result, rule);
  if (severity === undefined) return undefined;
  const { physicalLocation } = result.locations?.[0] ?? {};
  const line = physicalLocation?.region?.startLine;
  const url = rule?.helpUri;
  return {
    kind: 'code',
    id: result.ruleId ?? result.rule?.id ?? rule?.id ?? 'unnamed',
    severity,
    title: rule?.shortDescription?.text ?? '',
    target: 'source',
    path: pathOf(physicalLocation?.artifactLocation?.uri ?? '', sources),
    ...(line !== undefined && { line }),
    ...(url !== undefined && /^https?:\/\/[^\s"'<>]+$/.test(url) && { url }),
    tool: run.tool.driver.name,
    message: result.message.text ?? result.message.markdown ?? '',
  };
}

/** By index in the component that defines it, else by id (3.27.5 to 3.27.7). */
function ruleOf(result: Result, { tool }: Run): Rule | undefined {
  const component = tool.extensions?.[result.rule?.toolComponent?.index ?? -1] ?? tool.driver;
  const index = result.rule?.index ?? result.ruleIndex ?? -1;
  const id = result.ruleId ?? result.rule?.id;
  return component.rules?.[index] ?? component.rules?.find((rule) => rule.id === id);
}

/**
 * `security-severity` is a CVSS score from 0 to 10, as GitHub and most analysers use it; else the level counts, which is
 * `warning` where neither result nor rule state one (3.27.10).
 */
function severityOf(result: Result, rule: Rule | undefined): Severity | undefined {
  const level = result.level ?? rule?.defaultConfiguration?.level ?? 'warning';
  if (level === 'none') return undefined;
  const score = Number(rule?.properties?.['security-severity'] ?? NaN);
  if (score >= 9) return 'CRITICAL';
  if (score >= 7) return 'HIGH';
  if (score >= 4) return 'MEDIUM';
  if (score > 0) return 'LOW';
  return SEVERITY_OF[level];
}

/** Why a result does not count: it is suppressed unless a suppression was not accepted (3.27.23, 3.35.3). */
function suppressionOf({ suppressions = [] }: Result): string | undefined {
  if (
    suppressions.length === 0 ||
    suppressions.some(({ status }) => status !== undefined && status !== 'accepted')
  ) {
    return undefined;
  }
  const justified = suppressions.find(({ justification }) => justification);
  return justified?.justification ?? `suppressed (${suppressions[0]?.kind ?? 'external'})`;
}

/**
 * Where a file is in the sources, with slashes; a file elsewhere keeps its whole path.
 * @param uri absolute, or relative to the sources
 */
export function pathOf(uri: string, sources: string, rules: path.PlatformPath = path): string {
  let file: string;
  try {
    const isFile = uri.startsWith('file:');
    file = isFile ? fileURLToPath(uri, { windows: rules.sep === '\\' }) : decodeURIComponent(uri);
  } catch {
    file = uri;
  }
  if (rules.isAbsolute(file) && isWithin(sources, file, rules)) return relativePath(sources, file, rules);
  return file.replaceAll('\\', '/').replace(/^\.\//, '');
}
