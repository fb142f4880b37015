import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import * as path from 'node:path';
import { runStep, type StepOptions, type StepOutcome } from '../../agent/step';
import type { LocalEnvironment } from '../../environment';
import { summaryOf } from './files';

export const COMMIT = '0123456789012345678901234567890123456789';

export interface BuildOutcome extends StepOutcome {
  /** Path of the release manifest, whether or not it was written. */
  releaseManifest: string;
  /** Folder of the run. */
  run: string;
  summary: string;
}

/** Writes files below a folder. */
export function writeFiles(folder: string, files: Record<string, string>): void {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    writeFileSync(path.join(folder, name), content);
  }
}

/** Runs LangflowBuild and asserts that nothing of it is left: no credential, no builder, no child. */
export async function buildStep(
  environment: LocalEnvironment,
  { folder, sources, prefix }: { folder: string; sources: string; prefix: string },
  inputs: Record<string, string> = {},
  { variables, ...more }: Partial<StepOptions> = {},
): Promise<BuildOutcome> {
  const run = mkdtempSync(path.join(folder, 'run-'));
  const releaseManifest = path.join(run, 'release', 'release.json');
  const outcome = await runStep({
    task: 'LangflowBuild',
    resources: environment.resources,
    folder: run,
    sources,
    variables: {
      'Build.SourceVersion': COMMIT,
      'Build.SourceBranch': 'refs/heads/main',
      'Build.Repository.Uri': 'https://user:t0ken@example.org/langflow.git',
      'Build.BuildId': '7',
      ...variables,
    },
    ...more,
    inputs: {
      components: 'components.yml',
      containerRegistry: 'langflow-acr',
      repositoryPrefix: prefix,
      releaseName: 'test',
      tags: '7',
      builder: environment.builder,
      releaseManifest,
      ...inputs,
    },
  });
  const left = readdirSync(run, { recursive: true, encoding: 'utf8' }).filter((file) =>
    /(^|\/)(docker-config|buildx|bake)-[^/]+$/.test(file),
  );
  assert.deepEqual(left, []);
  assert.equal(isRunning(run), false, 'bake has ended');
  return { ...outcome, run, releaseManifest, summary: summaryOf(outcome) };
}

/** Whether a process runs whose command line matches. */
export function isRunning(commandLine: string): boolean {
  try {
    return execFileSync('pgrep', ['-f', commandLine], { encoding: 'utf8' }) !== '';
  } catch {
    return false;
  }
}
