import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import * as path from 'node:path';
import type { ScanReport } from '../../../tasks/LangflowScan/scanReport';
import { readRelease, type ReleaseManifest } from '../../../tasks/common/release/release';
import { runStep, type StepOptions, type StepOutcome } from '../../agent/step';
import type { LocalEnvironment } from '../../environment';
import { summaryOf, textOfFiles } from './files';

/** A digest, with its platforms when they are others than linux/amd64. */
export type Image = string | [string, ...string[]];

export interface ScanOptions extends Partial<Omit<StepOptions, 'task' | 'inputs' | 'folder'>> {
  /** The section of an earlier scan. */
  former?: ReleaseManifest['scan'] | undefined;
}

export interface ScanOutcome extends StepOutcome {
  release: ReleaseManifest;
  /** Undefined when the step wrote none. */
  sarif: { runs: SarifRun[] } | undefined;
  /** langflow-scan.json, likewise. */
  report: ScanReport | undefined;
  /** Folder of the reports. */
  reports: string;
  summary: string;
  /** Everything that the step left, in one text. */
  everything: string;
}

export interface SarifRun {
  tool: { driver: { name: string } };
  invocations?: { executionSuccessful: boolean }[];
  results: SarifResult[];
}

export interface SarifResult {
  ruleId: string;
  level?: string;
  suppressions?: { justification?: string }[];
  baselineState?: string;
  message: { text: string };
  locations: { physicalLocation: { artifactLocation: { uri: string }; region?: { startLine: number } } }[];
}

/**
 * Runs LangflowScan on a release whose components are all images of one repository of the local registry.
 * @param images by component; none: there is no release
 */
export async function scanStep(
  { environment, folder, repository }: { environment: LocalEnvironment; folder: string; repository: string },
  images: Record<string, Image>,
  inputs: Record<string, string>,
  { former, ...options }: ScanOptions,
): Promise<ScanOutcome> {
  const run = mkdtempSync(path.join(folder, 'run-'));
  const releaseManifest = path.join(run, 'release.json');
  const components = Object.entries(images).map(([name, value]) => {
    const [digest, ...platforms] = [value].flat();
    return {
      name,
      image: `${environment.registryHost}/${repository}`,
      digest,
      platforms: platforms.length > 0 ? platforms : ['linux/amd64'],
      baseImages: [],
    };
  });
  const reports = path.join(run, 'reports');
  const source = { commit: '0'.repeat(40) };
  const release = { schemaVersion: 1, name: 'r-1', source, components, ...(former && { scan: former }) };
  if (components.length > 0) writeFileSync(releaseManifest, JSON.stringify(release));
  const outcome = await runStep({
    task: 'LangflowScan',
    resources: environment.resources,
    folder: run,
    ...options,
    inputs: {
      releaseManifest: components.length > 0 ? releaseManifest : '',
      containerRegistry: 'langflow-acr',
      databaseRepository: environment.databaseRepository,
      reportDirectory: reports,
      ...inputs,
    },
  });
  const { sarif, report } = outcome.outputs;
  return {
    ...outcome,
    release: components.length > 0 ? await readRelease(releaseManifest) : ({} as ReleaseManifest),
    sarif: read(sarif) as ScanOutcome['sarif'],
    report: read(report) as ScanOutcome['report'],
    reports,
    summary: summaryOf(outcome),
    everything: textOfFiles(run),
  };
}

function read(file: string | undefined): unknown {
  return file === undefined ? undefined : JSON.parse(readFileSync(file, 'utf8'));
}
