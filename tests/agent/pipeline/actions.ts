import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import * as path from 'node:path';
import { runHandler } from '../handler';
import { commandContext, receive, type JobContext, type StepOutcome } from '../task';
import { worst, type Result } from './conditions';
import type { Action } from './model';

/** Folders of the run and of the job. */
export interface Folders {
  /** The repository's working tree that `checkout: self` copies. */
  repository: string;
  /** Where the artifacts of the run are kept, one folder each. */
  artifacts: string;
  /** Pipeline.Workspace of the job. */
  workspace: string;
  sources: string;
}

/** The working tree as it is, without what git ignores: a change can be tried before it is committed. */
export function checkout({ repository, sources }: Folders, print: (line: string) => void): void {
  const list = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: repository,
    encoding: 'utf8',
    maxBuffer: 256 * 1024 * 1024,
  });
  const files = list.split('\0').filter((file) => file !== '' && existsSync(path.join(repository, file)));
  for (const file of files) cpSync(path.join(repository, file), path.join(sources, file));
  print(`${files.length} files of the working tree ${repository}`);
}

/** @throws Error when the path does not exist, or the run has an artifact of the name already */
export function publish(
  { artifacts, sources }: Folders,
  { path: what, artifact }: Extract<Action, { type: 'publish' }>,
  print: (line: string) => void,
): void {
  const source = path.resolve(sources, what);
  const target = path.join(artifacts, artifact);
  if (!existsSync(source)) throw new Error(`Path does not exist: ${source}`);
  if (existsSync(target)) throw new Error(`Artifact ${artifact} already exists for this run.`);
  addToArtifact(artifacts, artifact, source);
  print(`Published ${source} as artifact ${artifact}`);
}

/** Copies a file, or what a folder holds, into an artifact, as `artifact.upload` does too. */
export function addToArtifact(artifacts: string, artifact: string, source: string): void {
  const target = path.join(artifacts, artifact);
  mkdirSync(target, { recursive: true });
  if (statSync(source).isDirectory()) cpSync(source, target, { recursive: true });
  else cpSync(source, path.join(target, path.basename(source)));
}

/** @throws Error when the run has no such artifact */
export function download(
  folders: Folders,
  { artifact, path: where, ofFormerRun }: Omit<Extract<Action, { type: 'download' }>, 'type'>,
  print: (line: string) => void,
): void {
  const { workspace } = folders;
  const artifacts = ofFormerRun ? formerArtifacts(folders.artifacts, artifact ?? '') : folders.artifacts;
  const existing = existsSync(artifacts) ? readdirSync(artifacts) : [];
  if (artifact !== undefined && !existing.includes(artifact))
    throw new Error(
      `Artifact ${artifact} was not found for this run; there are: ${existing.join(', ') || 'none'}.`,
    );
  for (const name of artifact === undefined ? existing : [artifact]) {
    // A path of one artifact holds its files themselves.
    const target =
      where === undefined
        ? path.join(workspace, name)
        : path.resolve(workspace, where, artifact === undefined ? name : '');
    cpSync(path.join(artifacts, name), target, { recursive: true });
    print(`Downloaded artifact ${name} to ${target}`);
  }
}

/**
 * The artifacts of the newest run before this one that has succeeded and has the artifact. All runs of a folder count as
 * runs of one pipeline on one branch.
 */
function formerArtifacts(artifacts: string, artifact: string): string {
  const run = path.dirname(artifacts);
  const runs = path.dirname(run);
  const found = readdirSync(runs)
    .filter((name) => Number(name) < Number(path.basename(run)))
    .sort((one, other) => Number(other) - Number(one))
    .map((name) => path.join(runs, name))
    .find((folder) => existsSync(path.join(folder, 'artifacts', artifact)) && hasSucceeded(folder));
  if (found === undefined) throw new Error(`No former run that succeeded has the artifact ${artifact}.`);
  return path.join(found, 'artifacts');
}

function hasSucceeded(run: string): boolean {
  const file = path.join(run, 'result.json');
  if (!existsSync(file)) return false;
  const stages = JSON.parse(readFileSync(file, 'utf8')) as { result: Result }[];
  return ['Succeeded', 'SucceededWithIssues'].includes(worst(stages));
}

/** Runs `script:` and `bash:`; secrets reach it only through the step's `env`. */
export async function runScript(
  { script, workingDirectory, failOnStderr }: Extract<Action, { type: 'script' }>,
  job: JobContext,
  environment: Record<string, string>,
  folder: string,
): Promise<StepOutcome> {
  const context = commandContext(job, folder);
  mkdirSync(path.join(folder, '_temp'), { recursive: true });
  const file = path.join(folder, '_temp', 'script.sh');
  writeFileSync(file, job.variables.expand(script));
  const plain = Object.entries(job.variables.environment()).filter(([name]) => !name.startsWith('SECRET_'));
  const exitCode = await runHandler({
    command: ['bash', '--noprofile', '--norc', file],
    cwd: path.resolve(job.workingDirectory, job.variables.expand(workingDirectory ?? '.')),
    environment: {
      ...process.env,
      ...Object.fromEntries(plain),
      ...environment,
      AGENT_TEMPDIRECTORY: path.dirname(file),
    },
    signal: job.signal,
    onLine: (line, stream) => {
      if (stream === 'stderr' && failOnStderr) context.outcome.result = 'Failed';
      receive(line, context);
    },
  });
  if (job.signal.aborted) context.outcome.result = 'Canceled';
  else if (exitCode !== 0) {
    context.outcome.result = 'Failed';
    context.outcome.message ||= `Bash exited with code '${exitCode}'.`;
  }
  return context.outcome;
}
