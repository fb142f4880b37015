import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import * as path from 'node:path';
import type { Resources } from '../connections';
import { jobVariables } from '../jobVariables';
import { Masker } from '../masker';
import { Variables } from '../variables';
import { holds, runtimeValue, worst, type ConditionScope, type Result } from './conditions';
import { runGraph, transitive } from './graph';
import type { Value } from './expressions';
import { runJob, valuesOf, type JobReport } from './job';
import { PipelineError } from './located';
import type { Job, Pipeline, Stage, VariableSource } from './model';
import { RunTimeline, type TimelineRecord } from './timeline';

export interface RunOptions {
  pipeline: Pipeline;
  /** Root of the repository. */
  repository: string;
  resources: Resources;
  /** Folder of the built tasks. */
  tasks: string;
  /** Path of the Node program. */
  node: string;
  /** Of this run; its last part is the number of the run. */
  folder: string;
  /** Variables given for this run; they win over those of the file. */
  variables: Record<string, string>;
  /** Only this stage, as if what it depends on had succeeded. */
  stage?: string;
  signal: AbortSignal;
  /** Called with each line, masked, and with the job that it comes from: `Build.Images`. */
  onLine: (job: string, line: string) => void;
  clock: () => number;
}

export interface StageReport {
  name: string;
  result: Result;
  milliseconds: number;
  jobs: JobReport[];
}

/** Runs a pipeline: stages and jobs that depend on nothing unfinished run at the same time. */
export async function runPipeline(options: RunOptions): Promise<StageReport[]> {
  const { pipeline, stage: only } = options;
  if (only !== undefined && !pipeline.stages.some(({ name }) => name === only))
    throw new PipelineError({ file: pipeline.file, line: 1 }, `there is no stage '${only}'`);
  const masker = new Masker();
  mkdirSync(options.folder, { recursive: true });
  const timeline = new RunTimeline(options.folder, options.clock);
  const stages = pipeline.stages
    .filter(({ name }) => only === undefined || name === only)
    .map((stage) => (only === undefined ? stage : { ...stage, dependsOn: [] }));
  const reports = await runGraph(stages, (stage, done: Map<string, StageReport>) =>
    runStage(options, stage, done, { masker, timeline }),
  );
  return stages.flatMap(({ name }) => reports.get(name) ?? []);
}

async function runStage(
  options: RunOptions,
  stage: Stage,
  done: Map<string, StageReport>,
  { masker, timeline }: Pick<StageState, 'masker' | 'timeline'>,
): Promise<StageReport> {
  const { pipeline, signal, clock } = options;
  const started = clock();
  const variables = new Variables(masker, systemVariables(options));
  addVariables(variables, [...pipeline.variables, ...stage.variables], options, NO_SCOPE);
  for (const [name, value] of Object.entries(options.variables)) variables.set(name, value);
  const before = transitive(stage, pipeline.stages).flatMap((name) => done.get(name) ?? []);
  const report: StageReport = { name: stage.name, result: 'Skipped', milliseconds: 0, jobs: [] };
  const record = timeline.begin({ type: 'Stage', name: stage.displayName, identifier: stage.name });
  const scope: ConditionScope = {
    values: {
      variables: valuesOf(variables),
      dependencies: byName(before, ({ result, jobs }) => ({ result, outputs: stageOutputs(jobs) })),
    },
    results: resultsOf(before),
    canceled: signal.aborted,
  };
  if (!holds(stage, stage.condition, scope)) {
    timeline.end(record, 'Skipped');
    return report;
  }
  const stageDependencies = byName([...done.values()], ({ jobs }) =>
    byName(jobs, ({ name, result, outputs }) => ({ result, outputs: jobOutputs(name, outputs) })),
  );
  const jobs = await runGraph(stage.jobs, (job, others: Map<string, JobReport>) =>
    startJob(options, stage, job, { others, stageDependencies, variables, masker, timeline, record }),
  );
  report.jobs = stage.jobs.flatMap(({ name }) => jobs.get(name) ?? []);
  report.result = worst(report.jobs);
  timeline.end(record, report.result);
  report.milliseconds = clock() - started;
  return report;
}

interface StageState {
  others: Map<string, JobReport>;
  stageDependencies: Value;
  variables: Variables;
  masker: Masker;
  timeline: RunTimeline;
  /** Of the stage. */
  record: TimelineRecord;
}

async function startJob(options: RunOptions, stage: Stage, job: Job, state: StageState): Promise<JobReport> {
  const { signal, folder } = options;
  const { others, stageDependencies, masker, timeline } = state;
  const before = transitive(job, stage.jobs).flatMap((name) => others.get(name) ?? []);
  const workspace = path.join(folder, 'jobs', `${stage.name}.${job.name}`);
  const sources = path.join(workspace, 's');
  const variables = new Variables(masker);
  for (const { name, value, secret, readonly } of state.variables.all())
    variables.set(name, value, { secret, readonly });
  const own = {
    ...jobVariables(workspace, sources, options.resources.agent?.caInfo),
    'System.StageName': stage.name,
    'System.StageDisplayName': stage.displayName,
    'System.JobAttempt': '1',
    'System.TimelineId': timeline.id,
    'System.JobName': job.name,
    'System.JobDisplayName': job.displayName,
    'Agent.JobName': job.displayName,
    ...(job.environment === undefined ? {} : { 'Environment.Name': job.environment }),
  };
  for (const [name, value] of Object.entries(own)) variables.set(name, value);
  const scope: ConditionScope = {
    values: {
      variables: valuesOf(variables),
      dependencies: byName(before, ({ name, result, outputs }) => ({
        result,
        outputs: jobOutputs(name, outputs),
      })),
      stageDependencies,
    },
    results: resultsOf(before),
    canceled: signal.aborted,
  };
  addVariables(variables, job.variables, options, scope);
  scope.values.variables = valuesOf(variables);
  const name = `${stage.name}.${job.name}`;
  const phase = timeline.begin({ type: 'Phase', name: job.displayName, identifier: name }, state.record);
  const record = timeline.begin(
    { type: 'Job', name: job.displayName, identifier: `${name}.__default` },
    phase,
  );
  const end = (report: JobReport): JobReport => {
    timeline.end(record, report.result);
    timeline.end(phase, report.result);
    return report;
  };
  if (!holds(job, job.condition, scope))
    return end({ name: job.name, result: 'Skipped', milliseconds: 0, steps: [], outputs: {} });
  if (job.environment !== undefined && !(job.environment in (options.resources.environments ?? {})))
    throw new PipelineError(job, `there is no environment '${job.environment}' in the resources file`);
  const report = await runJob({
    job,
    timeline,
    record,
    folder: path.join(folder, 'steps', name),
    clock: options.clock,
    folders: {
      repository: options.repository,
      artifacts: path.join(folder, 'artifacts'),
      workspace,
      sources,
    },
    context: {
      variables,
      masker,
      resources: options.resources,
      tasks: options.tasks,
      node: options.node,
      workingDirectory: sources,
      signal: AbortSignal.any([signal, AbortSignal.timeout(Math.max(1, job.timeoutMinutes) * 60_000)]),
      onLine: (line) => {
        options.onLine(name, masker.mask(line));
      },
    },
  });
  return end(report);
}

const NO_SCOPE: ConditionScope = { values: { variables: {} }, results: {}, canceled: false };

function addVariables(
  variables: Variables,
  sources: readonly VariableSource[],
  { resources }: RunOptions,
  scope: ConditionScope,
): void {
  for (const source of sources) {
    if ('name' in source) {
      const values = { ...scope.values, variables: valuesOf(variables) };
      variables.set(source.name, runtimeValue(source, source.value, { ...scope, values }), source);
      continue;
    }
    const group = resources.variableGroups?.[source.group];
    if (!group)
      throw new PipelineError(source, `there is no variable group '${source.group}' in the resources file`);
    for (const [name, value] of Object.entries(group)) {
      if (typeof value === 'object') variables.set(name, value.value, { secret: value.isSecret });
      else variables.set(name, String(value));
    }
  }
}

function systemVariables({ pipeline, repository, folder, clock }: RunOptions): Record<string, string> {
  const git = (...args: string[]): string => {
    try {
      return execFileSync('git', args, { cwd: repository, encoding: 'utf8', stdio: 'pipe' }).trim();
    } catch {
      return '';
    }
  };
  const id = path.basename(folder);
  const branch = git('rev-parse', '--abbrev-ref', 'HEAD');
  mkdirSync(folder, { recursive: true });
  return {
    'Build.BuildId': id,
    'Build.BuildNumber': `${new Date(clock()).toISOString().slice(0, 10).replaceAll('-', '')}.${id}`,
    'Build.DefinitionName': path.basename(pipeline.file, path.extname(pipeline.file)),
    'Build.Reason': pipeline.reason,
    ...(pipeline.reason === 'PullRequest' && { 'System.PullRequest.TargetBranch': 'refs/heads/main' }),
    'Build.SourceVersion': git('rev-parse', 'HEAD'),
    'Build.SourceBranch': `refs/heads/${branch}`,
    'Build.SourceBranchName': branch.split('/').at(-1) ?? branch,
    'Build.Repository.Name': path.basename(repository),
    'Build.Repository.Uri': git('remote', 'get-url', 'origin') || `file://${repository}`,
    'Build.Repository.Provider': 'Git',
  };
}

function byName<T extends { name: string }>(
  items: readonly T[],
  value: (item: T) => Value,
): Record<string, Value> {
  return Object.fromEntries(items.map((item) => [item.name, value(item)]));
}

function resultsOf(items: readonly { name: string; result: Result }[]): Record<string, Result> {
  return Object.fromEntries(items.map(({ name, result }) => [name, result]));
}

/** A deployment job's outputs also carry its own name. */
function jobOutputs(job: string, outputs: Record<string, string>): Record<string, string> {
  const named = Object.entries(outputs).map(([name, value]) => [`${job}.${name}`, value]);
  return { ...outputs, ...(Object.fromEntries(named) as Record<string, string>) };
}

function stageOutputs(jobs: readonly JobReport[]): Record<string, string> {
  return Object.fromEntries(
    jobs.flatMap(({ name, outputs }) =>
      Object.entries(outputs).map(([output, value]) => [`${name}.${output}`, value]),
    ),
  );
}
