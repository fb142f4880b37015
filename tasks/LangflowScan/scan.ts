import { mkdtemp, rm } from 'node:fs/promises';
import * as path from 'node:path';
import * as tl from 'azure-pipelines-task-lib/task';
import { info, warning } from '../common/agent/log';
import { localized } from '../common/agent/messages';
import { temporaryFolder } from '../common/agent/results';
import { systemClock } from '../common/clock';
import { withDockerConfig } from '../common/connections/dockerConfig';
import type { Registry } from '../common/connections/registry';
import { UserError } from '../common/errors';
import { relativePath } from '../common/paths';
import {
  addSection,
  digestsOf,
  readRelease,
  writeRelease,
  type ReleaseManifest,
} from '../common/release/release';
import { findProgram, type FoundProgram } from '../common/tools/program';
import { releaseOf, type ViewDraft } from '../common/view/draft';
import { readBaseline, type Baseline } from './baseline';
import { bicepDoubt } from './bicep';
import { provideDatabase, refreshJavaDatabase, type Database } from './database';
import type { ScanInputs } from './inputs';
import { issuesOf, logIssues } from './issues';
import { judge } from './policy';
import { digestOf, downloadsOf, publish, writeReports, type WrittenReports } from './reports';
import { readSarifFiles } from './sarifInput';
import { scanSection } from './section';
import type { Scan } from './scanReport';
import { scanTargets, type Scanned } from './scanTargets';
import { imagesOf, type Target } from './targets';
import type { Trivy } from './trivy';
import { trivyFrom } from './trivyProgram';
import { scanView } from './view';
import { counts, failureMessage, findingsOf, policyText } from './wording';

/**
 * Scans every target and passes or fails them; the release manifest gets the section either way.
 * @returns the message of success
 * @throws UserError when something does not pass, or could not be scanned at all
 */
export async function scan(inputs: ScanInputs, signal: AbortSignal, view: ViewDraft): Promise<string> {
  view.releaseManifest = inputs.releaseManifest;
  const manifest = await withoutFormerScan(inputs.releaseManifest);
  view.release = manifest && releaseOf(manifest);
  // What people wrote is read before the long work begins.
  const analysis =
    inputs.sarifFiles.length === 0 ? undefined : readSarifFiles(inputs.sarifFiles, sourcesOf(inputs));
  const baseline = baselineOf(inputs);
  if (inputs.ignoreFile !== undefined) info(`Findings are ignored by ${inputs.ignoreFile}.`);
  const program = await findProgram(trivyFrom(inputs.trivyMirror));
  const targets = [...(manifest === undefined ? [] : imagesOf(manifest)), ...inputs.targets];
  const { database, scanned } = await scanAll(targets, program, inputs, signal);
  const doubts = [...(analysis?.doubts ?? []), ...(await sourceDoubts(inputs))];
  const time = systemClock.now();
  const { policy, databaseMaxAgeMs: maximumDatabaseAgeMs } = inputs;
  const circumstances = {
    policy,
    baseline,
    databaseTime: database.updatedAt,
    maximumDatabaseAgeMs,
    now: time,
    doubts,
  };
  const verdict = judge(targets, scanned.outcomes, circumstances, analysis?.report);
  const result: Scan = {
    ...{ time, outcomes: scanned.outcomes, analysers: analysis?.report, analyserRuns: analysis?.runs ?? [] },
    ...{ verdict, policy, baseline, scannerVersion: program.version, database },
  };
  const reports = await writeReports(result, inputs.reportDirectory);
  view.sections = () => ({ scan: scanView(result, downloadsOf(reports, scanned.sboms)) });
  await note(inputs, manifest, result, reports, scanned.sboms);
  publish(result, reports, scanned.sboms);
  logIssues(issuesOf(verdict));
  if (!verdict.passed) throw new UserError(failureMessage(verdict, policy, reports.html.file));
  const found = counts(findingsOf(verdict.judged, 'known', 'tolerated'));
  return targets.length === 1
    ? localized('OneTargetPassed', policyText(policy), found)
    : localized('TargetsPassed', targets.length, policyText(policy), found);
}

/** A verdict of an earlier run must not outlive a scan that ends before it has one of its own. */
async function withoutFormerScan(file: string | undefined): Promise<ReleaseManifest | undefined> {
  if (file === undefined) return undefined;
  const { scan: former, ...manifest } = await readRelease(file);
  if (former !== undefined) await writeRelease(file, manifest);
  return manifest;
}

function baselineOf({ baseline: file }: ScanInputs): Baseline | undefined {
  if (file === undefined) return undefined;
  const baseline = readBaseline(file);
  if (baseline === undefined) warning(localized('NoBaseline', file));
  return baseline;
}

function sourcesOf({ targets }: ScanInputs): string {
  const source = targets.find(({ kind }) => kind === 'source');
  return source?.kind === 'source'
    ? source.folder
    : (tl.getVariable('Build.SourcesDirectory') ?? process.cwd());
}

async function sourceDoubts({ targets, kinds, skipPaths }: ScanInputs): Promise<string[]> {
  if (!kinds.includes('misconfiguration')) return [];
  const sources = targets.filter((target) => target.kind === 'source');
  const doubts = await Promise.all(sources.map(({ folder }) => bicepDoubt(folder, skipPaths)));
  return doubts.filter((doubt) => doubt !== undefined);
}

async function scanAll(
  targets: readonly Target[],
  program: FoundProgram,
  inputs: ScanInputs,
  signal: AbortSignal,
): Promise<{ database: Database; scanned: Scanned }> {
  const workingDirectory = await mkdtemp(path.join(temporaryFolder(), 'langflow-scan-'));
  try {
    return await withCredentials(inputs.registry, signal, async (environment) => {
      const trivy: Trivy = {
        ...{ file: program.file, version: program.version, cache: inputs.cacheDirectory ?? cacheFolder() },
        ...{ workingDirectory, environment, server: inputs.server, signal },
      };
      const database = await provideDatabase(trivy, inputs.database);
      await refreshJavaDatabase(trivy, inputs.database);
      const { kinds, ignoreFile, vex, skipPaths, checksRepository, parallelism, sbomFormats, policy } =
        inputs;
      const offline = inputs.database.mode === 'offline';
      const imageLicences = policy.thresholds.licence !== 'none';
      const options = { kinds, imageLicences, ignoreFile, vex, skipPaths, checksRepository, offline };
      const sbomFolder = path.join(inputs.reportDirectory, 'sbom');
      const plan = {
        trivy,
        database,
        databases: inputs.database,
        options,
        parallelism,
        sbomFormats,
        sbomFolder,
      };
      return { database, scanned: await scanTargets(plan, targets) };
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

/** The verdict goes into the manifest last of all files: it must not stand there when a report could not be written. */
async function note(
  inputs: ScanInputs,
  manifest: ReleaseManifest | undefined,
  result: Scan,
  { json, sarif, html, junit }: WrittenReports,
  sboms: readonly string[],
): Promise<void> {
  if (inputs.releaseManifest === undefined || manifest === undefined) return;
  const files = [json, sarif, html, junit];
  for (const file of sboms) files.push({ file, digest: await digestOf(file) });
  const reports = files.map(({ file, digest }) => ({
    file: relativePath(inputs.reportDirectory, file),
    digest,
  }));
  await addSection(inputs.releaseManifest, 'scan', scanSection(result, digestsOf(manifest), reports));
}
