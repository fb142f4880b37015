import type { Baseline } from './baseline';
import type { Database } from './database';
import type { Finding, Kind, Report, Severity } from './findings';
import type { Judged, Outcome, Policy, Status, Verdict } from './policy';
import { artifactOf } from './targets';
import { countBySeverity, findingsOf } from './wording';

/** Everything that is known at the end of a scan; the reports are views of it. */
export interface Scan {
  /** Milliseconds since the epoch. */
  time: number;
  outcomes: readonly Outcome[];
  /** What other analysers say; undefined when none was asked. */
  analysers: Pick<Report, 'findings' | 'excepted'> | undefined;
  /** SARIF runs of the other analysers. */
  analyserRuns: readonly object[];
  verdict: Verdict;
  policy: Policy;
  baseline: Baseline | undefined;
  scannerVersion: string;
  database: Database;
}

/** langflow-scan.json (scanReport.schema.json). */
export interface ScanReport {
  schemaVersion: 1;
  time: string;
  verdict: 'passed' | 'failed';
  scanner: { name: 'Trivy'; version: string };
  database: { version: number; updatedAt: string; source: string };
  policy: { thresholds: Policy['thresholds']; ignoreUnfixed: boolean };
  targets: { name: string; kind: string; artifact: string; digest?: string; failure?: string }[];
  doubts: string[];
  counts: Record<Severity, number>;
  findings: { status: Status; isNew: boolean; reason?: string; finding: Finding }[];
  fixed: Finding[];
}

/** The report without its findings, which are many: `reportText` writes them one by one. */
function headOf({
  time,
  outcomes,
  verdict,
  policy,
  scannerVersion,
  database,
}: Scan): Omit<ScanReport, 'findings' | 'fixed'> {
  return {
    schemaVersion: 1,
    time: new Date(time).toISOString(),
    verdict: verdict.passed ? 'passed' : 'failed',
    scanner: { name: 'Trivy', version: scannerVersion },
    database: {
      version: database.version,
      updatedAt: new Date(database.updatedAt).toISOString(),
      source: database.source,
    },
    policy: { thresholds: policy.thresholds, ignoreUnfixed: policy.ignoreUnfixed },
    targets: outcomes.map((outcome) => ({
      name: outcome.target.name,
      kind: outcome.target.kind,
      artifact: artifactOf(outcome.target),
      ...('failure' in outcome
        ? { failure: outcome.failure }
        : outcome.report.digest !== undefined && { digest: outcome.report.digest }),
    })),
    doubts: verdict.doubts,
    counts: countBySeverity(findingsOf(verdict.judged, 'blocking', 'known', 'tolerated')),
  };
}

/** The text of langflow-scan.json in parts: a hundred thousand findings need not be one string. */
export function* reportText(scan: Scan): Generator<string> {
  const head = JSON.stringify(headOf(scan), null, 2);
  yield `${head.slice(0, head.lastIndexOf('\n}'))},\n  "findings": [`;
  yield* items(scan.verdict.judged, ({ status, isNew, reason, finding }: Judged) => ({
    status,
    isNew,
    ...(reason !== undefined && { reason }),
    finding,
  }));
  yield '],\n  "fixed": [';
  yield* items(scan.verdict.fixed, (finding) => finding);
  yield ']\n}\n';
}

function* items<T>(list: readonly T[], jsonOf: (item: T) => object): Generator<string> {
  for (const [index, item] of list.entries())
    yield `${index === 0 ? '' : ','}\n    ${JSON.stringify(jsonOf(item))}`;
  if (list.length > 0) yield '\n  ';
}

/** Counts of what counts, by kind. */
export function countsByKind(verdict: Verdict, kinds: readonly Kind[]): Record<string, number> {
  const findings = findingsOf(verdict.judged, 'blocking', 'known', 'tolerated');
  return Object.fromEntries(
    kinds.map((kind) => [kind, findings.filter((finding) => finding.kind === kind).length]),
  );
}
