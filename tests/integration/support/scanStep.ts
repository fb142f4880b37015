import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import * as path from 'node:path';
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
  sarif: { runs: { invocations: { executionSuccessful: boolean }[]; results: SarifResult[] }[] } | undefined;
  summary: string;
  /** Everything that the step left, in one text. */
  everything: string;
}

export interface SarifResult {
  ruleId: string;
  message: { text: string };
  locations: { physicalLocation: { artifactLocation: { uri: string } } }[];
}

/**
 * Runs LangflowScan on a release whose components are all images of one repository of the local registry.
 * @param images by component
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
  const source = { commit: '0'.repeat(40) };
  const release = { schemaVersion: 1, name: 'r-1', source, components, ...(former && { scan: former }) };
  writeFileSync(releaseManifest, JSON.stringify(release));
  const outcome = await runStep({
    task: 'LangflowScan',
    resources: environment.resources,
    folder: run,
    ...options,
    inputs: {
      releaseManifest,
      containerRegistry: 'langflow-acr',
      databaseRepository: environment.databaseRepository,
      reportDirectory: path.join(run, 'reports'),
      ...inputs,
    },
  });
  const { sarif } = outcome.outputs;
  return {
    ...outcome,
    release: await readRelease(releaseManifest),
    sarif:
      sarif === undefined ? undefined : (JSON.parse(readFileSync(sarif, 'utf8')) as ScanOutcome['sarif']),
    summary: summaryOf(outcome),
    everything: textOfFiles(run),
  };
}
