import { cpSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import * as path from 'node:path';
import { stringify } from 'yaml';
import type { ReleaseManifest } from '../../../tasks/common/release/release';
import { runStep, type StepOptions, type StepOutcome } from '../../agent/step';
import type { LocalEnvironment } from '../../environment';
import { summaryOf } from './files';

/** An image of the local registry. */
export interface ReleasedImage {
  repository: string;
  digest: string;
}

const PROJECT = path.resolve(import.meta.dirname, '../../..');

/** Two images with a shell that local-up keeps in the registry. */
export const DEBIAN = { repository: 'mirror/library/debian', tag: 'bookworm-slim' };
export const PYTHON = { repository: 'mirror/library/python', tag: '3.11-slim-bookworm' };

/** Where a suite's steps run: its environment, a folder for their runs, the sources of the job, its own namespace. */
export interface DeployPlace {
  environment: LocalEnvironment;
  folder: string;
  sources: string;
  namespace: string;
}

export interface DeployOptions extends Partial<Omit<StepOptions, 'task' | 'inputs'>> {
  /** The section of LangflowScan. */
  scan?: ReleaseManifest['scan'] | undefined;
}

export interface DeployOutcome extends StepOutcome {
  /** Path of the release manifest. */
  file: string;
  summary: string;
}

/**
 * Runs LangflowDeploy on a release, with all manifests of the sources.
 * @param images the release's components by name
 */
export async function deployStep(
  { environment, folder, sources, namespace }: DeployPlace,
  images: Record<string, ReleasedImage>,
  inputs: Record<string, string> = {},
  { scan, ...more }: DeployOptions = {},
): Promise<DeployOutcome> {
  const run = mkdtempSync(path.join(folder, 'run-'));
  const file = path.join(run, 'release.json');
  const components = Object.entries(images).map(([name, { repository, digest }]) => ({
    name,
    image: `${environment.registryHost}/${repository}`,
    digest,
    platforms: ['linux/amd64'],
    baseImages: [],
  }));
  const source = { commit: '0'.repeat(40) };
  writeFileSync(
    file,
    JSON.stringify({ schemaVersion: 1, name: 'r', source, components, ...(scan && { scan }) }),
  );
  const outcome = await runStep({
    task: 'LangflowDeploy',
    resources: environment.resources,
    folder: run,
    sources,
    ...more,
    inputs: {
      releaseManifest: file,
      kubernetesServiceConnection: 'langflow-aks',
      namespace,
      manifests: '*.yaml',
      timeout: '60s',
      rollbackTimeout: '60s',
      ...inputs,
    },
  });
  return { ...outcome, file, summary: summaryOf(outcome) };
}

/** LangflowDeploy without its post-job phase, which no agent is left to run; for `tasks` of a step. */
export function withoutPostJob(folder: string): string {
  const tasks = path.join(folder, 'tasks');
  cpSync(path.join(PROJECT, 'dist/tasks/LangflowDeploy'), path.join(tasks, 'LangflowDeploy'), {
    recursive: true,
  });
  const file = path.join(tasks, 'LangflowDeploy/task.json');
  const { postjobexecution, ...definition } = JSON.parse(readFileSync(file, 'utf8')) as Record<
    string,
    unknown
  >;
  if (postjobexecution === undefined) throw new Error('LangflowDeploy has no post-job phase to take away.');
  writeFileSync(file, JSON.stringify(definition));
  // What was bundled is CommonJS.
  writeFileSync(path.join(tasks, 'package.json'), '{}');
  return tasks;
}

/** Writes objects as one manifest of several documents. */
export function writeManifest(file: string, objects: readonly object[]): void {
  writeFileSync(file, objects.map((object) => stringify(object)).join('---\n'));
}
