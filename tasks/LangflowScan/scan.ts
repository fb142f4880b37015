import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import * as path from 'node:path';
import * as tl from 'azure-pipelines-task-lib/task';
import { info, warning } from '../common/agent/log';
import { publishSummary, setOutput, temporaryFolder, uploadArtifact } from '../common/agent/results';
import { systemClock } from '../common/clock';
import { withDockerConfig } from '../common/connections/dockerConfig';
import type { Registry } from '../common/connections/registry';
import { messageOf, UserError } from '../common/errors';
import { plural } from '../common/plural';
import {
  addSection,
  digestsOf,
  readRelease,
  writeRelease,
  type ReleaseManifest,
} from '../common/release/release';
import { findProgram, type FoundProgram } from '../common/tools/program';
import { readReport } from './findings';
import type { ScanInputs } from './inputs';
import { findingsOf, judge, type Outcome, type Verdict } from './policy';
import { sarifOf } from './sarif';
import { summaryOf } from './summary';
import { targetsOf, type Target } from './targets';
import { downloadDatabase, scanImage, type Database, type Trivy } from './trivy';
import { TRIVY } from './trivyProgram';
import { countBySeverity, counts, failureMessage, policyText } from './wording';

/** The artifact in which Azure DevOps' SARIF viewer looks for `*.sarif` (microsoft/sarif-azuredevops-extension). */
const SARIF_ARTIFACT = 'CodeAnalysisLogs';

/**
 * Scans every image of the release and passes or fails it; the release manifest gets the section either way.
 * @returns the message of success
 * @throws UserError when the release does not pass, or could not be scanned at all
 */
export async function scan(inputs: ScanInputs, signal: AbortSignal): Promise<string> {
  const manifest = await withoutFormerScan(inputs.releaseManifest);
  const program = await findProgram(TRIVY);
  const targets = targetsOf(manifest);
  const { database, outcomes } = await scanTargets(targets, program, inputs, signal);
  const now = systemClock.now();
  const verdict = judge(targets, outcomes, database.updatedAt, inputs.policy, now);
  const sarif = await report(inputs, manifest, program, database, outcomes, verdict);
  if (!verdict.passed) throw new UserError(failureMessage(verdict, inputs.policy, sarif));
  const found = counts(findingsOf(outcomes));
  return `${plural(targets.length, 'image')} passed: no finding of ${policyText(inputs.policy)} (${found}).`;
}

/** A verdict of an earlier run must not outlive a scan that ends before it has one of its own. */
async function withoutFormerScan(file: string): Promise<ReleaseManifest> {
  const { scan: former, ...manifest } = await readRelease(file);
  if (former !== undefined) await writeRelease(file, manifest);
  return manifest;
}

async function scanTargets(
  targets: readonly Target[],
  program: FoundProgram,
  inputs: ScanInputs,
  signal: AbortSignal,
): Promise<{ database: Database; outcomes: Outcome[] }> {
  const workingDirectory = await mkdtemp(path.join(temporaryFolder(), 'langflow-scan-'));
  try {
    return await withCredentials(inputs.registry, signal, async (environment) => {
      const trivy: Trivy = {
        file: program.file,
        cache: cacheFolder(),
        workingDirectory,
        ignoreFile: inputs.ignoreFile,
        environment,
        signal,
      };
      const database = await downloadDatabase(trivy, inputs.databaseRepository);
      const outcomes = await inParallel(targets, inputs.parallelism, (target) =>
        scanTarget(trivy, database, target),
      );
      return { database, outcomes };
    });
  } finally {
    await rm(workingDirectory, { recursive: true, force: true });
  }
}

/** Without a service connection, Trivy finds what an earlier `docker login` of the job left. */
async function withCredentials<T>(
  registry: Registry | undefined,
  signal: AbortSignal,
  use: (environment: Record<string, string>) => Promise<T>,
): Promise<T> {
  return registry === undefined ? use({}) : withDockerConfig([registry], use, { signal });
}

/**
 * The agent's tool folder is the one that lasts from run to run and that tasks may write to: its home belongs to the agent
 * itself, its temporary folder is emptied. Agents that share it must not share Trivy's locked caches.
 */
function cacheFolder(): string {
  const tools = tl.getVariable('Agent.ToolsDirectory');
  if (!tools) throw new Error('Agent.ToolsDirectory is not set; this program runs as a step of an agent.');
  return path.join(tools, 'langflow-scan', `agent-${tl.getVariable('Agent.Id') ?? '0'}`);
}

/** One image that cannot be scanned does not keep the others from being scanned. */
async function scanTarget(trivy: Trivy, database: Database, target: Target): Promise<Outcome> {
  try {
    const report = readReport(await scanImage(trivy, database, target), target);
    info(`${target.name}: ${counts(report.findings)}.`);
    if (report.endOfLife !== undefined) {
      warning(
        `${target.name} runs on ${report.endOfLife}, which its vendor no longer fixes: vulnerabilities found since ` +
          'are missing from the database. Build on a release that is still supported.',
      );
    }
    return { target, report };
  } catch (thrown) {
    trivy.signal.throwIfAborted();
    if (!(thrown instanceof UserError)) throw thrown;
    return { target, failure: messageOf(thrown) };
  }
}

/** Writes section, SARIF report, summary and outputs; returns the path of the SARIF report. */
async function report(
  inputs: ScanInputs,
  manifest: ReleaseManifest,
  { version }: FoundProgram,
  database: Database,
  outcomes: readonly Outcome[],
  verdict: Verdict,
): Promise<string> {
  await addSection(inputs.releaseManifest, 'scan', {
    time: new Date(systemClock.now()).toISOString(),
    scanner: { name: 'Trivy', version, databaseUpdatedAt: new Date(database.updatedAt).toISOString() },
    digests: digestsOf(manifest),
    severity: inputs.policy.severity,
    counts: countBySeverity(findingsOf(outcomes)),
    verdict: verdict.passed ? 'passed' : 'failed',
  });
  const sarif = path.join(inputs.reportDirectory, 'langflow-scan.sarif');
  await mkdir(inputs.reportDirectory, { recursive: true });
  await writeFile(sarif, JSON.stringify(sarifOf(outcomes, version), null, 2));
  uploadArtifact(SARIF_ARTIFACT, sarif);
  publishSummary(
    tl.getVariable('System.TaskDisplayName') ?? 'Scan Langflow images',
    summaryOf(outcomes, verdict, inputs.policy, version, database),
  );
  setOutput('verdict', verdict.passed ? 'passed' : 'failed');
  setOutput('sarif', sarif);
  return sarif;
}

/** Results in the order of the items; at most `limit` of them are under way at once. */
async function inParallel<T, R>(
  items: readonly T[],
  limit: number,
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const queue = [...items.entries()];
  const results = new Array<R>(items.length);
  const worker = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const [index, item] = next;
      results[index] = await work(item);
    }
  };
  await Promise.all(Array.from({ length: limit }, worker));
  return results;
}
