import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import * as path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import * as tl from 'azure-pipelines-task-lib/task';
import { localized } from '../common/agent/messages';
import { publishSummary, publishTestResults, setOutput, uploadArtifact } from '../common/agent/results';
import { messageOf, UserError } from '../common/errors';
import { junitReport } from '../common/reports/junit';
import type { Scan as ScanView } from '../common/view/view.generated';
import { htmlOf } from './html';
import { testCases } from './junit';
import { sarifText } from './sarif';
import { reportText, type Scan } from './scanReport';
import { summaryOf } from './summary';

/** The artifact in which Azure DevOps' SARIF viewer looks for `*.sarif` (microsoft/sarif-azuredevops-extension). */
const SARIF_ARTIFACT = 'CodeAnalysisLogs';
/** Everything else that people and the next scan read. */
const ARTIFACT = 'langflow-scan';

/** Characters that are written at once. */
const BATCH = 1 << 18;

export interface WrittenReport {
  /** Absolute path. */
  file: string;
  /** `sha256:…` */
  digest: string;
}

export interface WrittenReports {
  json: WrittenReport;
  sarif: WrittenReport;
  html: WrittenReport;
  junit: WrittenReport;
}

/**
 * Writes all reports below a folder.
 * @throws UserError that names the file that could not be written: a gate without its reports has proven nothing
 */
export async function writeReports(scan: Scan, folder: string): Promise<WrittenReports> {
  const { outcomes, verdict, scannerVersion, analyserRuns, baseline, time } = scan;
  const sarif = sarifText(outcomes, verdict, scannerVersion, analyserRuns, baseline !== undefined);
  const junit = junitReport('LangflowScan', new Date(time), testCases(outcomes, verdict));
  return {
    json: await write(path.join(folder, 'langflow-scan.json'), reportText(scan)),
    sarif: await write(path.join(folder, 'langflow-scan.sarif'), sarif),
    html: await write(path.join(folder, 'langflow-scan.html'), [htmlOf(scan)]),
    junit: await write(path.join(folder, 'langflow-scan.junit.xml'), [junit]),
  };
}

/** Where the run has them, once they are published. */
export function downloadsOf(
  { json, sarif, html }: Pick<WrittenReports, 'json' | 'sarif' | 'html'>,
  sboms: readonly string[],
): ScanView['downloads'] {
  return [
    { kind: 'sarif', artifact: SARIF_ARTIFACT, path: path.basename(sarif.file) },
    { kind: 'json', artifact: ARTIFACT, path: path.basename(json.file) },
    { kind: 'html', artifact: ARTIFACT, path: path.basename(html.file) },
    ...sboms.map((file) => ({ kind: 'sbom' as const, artifact: ARTIFACT, path: path.basename(file) })),
  ];
}

/** Shows them on the run: SARIF viewer, Tests tab, artifact, summary, output variables. */
export function publish(
  scan: Scan,
  { json, sarif, html, junit }: WrittenReports,
  sboms: readonly string[],
): void {
  const title = tl.getVariable('System.TaskDisplayName') ?? 'Scan Langflow';
  uploadArtifact(SARIF_ARTIFACT, sarif.file);
  for (const file of [json.file, html.file, ...sboms]) uploadArtifact(ARTIFACT, file);
  publishTestResults(junit.file, title);
  publishSummary(title, summaryOf(scan));
  setOutput('verdict', scan.verdict.passed ? 'passed' : 'failed');
  setOutput('sarif', sarif.file);
  setOutput('report', json.file);
}

async function write(file: string, parts: Iterable<string>): Promise<WrittenReport> {
  try {
    await mkdir(path.dirname(file), { recursive: true });
    await pipeline(Readable.from(batches(parts)), createWriteStream(file));
    return { file, digest: await digestOf(file) };
  } catch (thrown) {
    throw new UserError(localized('ReportNotWritten', file, messageOf(thrown)));
  }
}

/** A write for each of a hundred thousand findings would take longer than all the rest. */
function* batches(parts: Iterable<string>): Generator<string> {
  let batch = '';
  for (const part of parts) {
    batch += part;
    if (batch.length < BATCH) continue;
    yield batch;
    batch = '';
  }
  if (batch !== '') yield batch;
}

/** `sha256:…` of a file. */
export async function digestOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return `sha256:${hash.digest('hex')}`;
}
