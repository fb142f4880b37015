import { mkdirSync } from 'node:fs';
import * as path from 'node:path';
import { startTask, success, type JobContext, type StartedStep, type StepOutcome } from '../task';
import { readTaskDefinition, referenceTo } from '../taskDefinition';
import { environmentName, type Variables } from '../variables';
import { addToArtifact, checkout, download, publish, runScript, type Folders } from './actions';
import { holds, worst, type Result } from './conditions';
import { PipelineError } from './located';
import type { Job, Phase, Step } from './model';
import type { RunTimeline, TimelineRecord } from './timeline';

/** What a job needs of its run. */
export interface JobRun {
  job: Job;
  context: JobContext;
  folders: Folders;
  /** Folder for the steps' own folders. */
  folder: string;
  clock: () => number;
  timeline: RunTimeline;
  /** Of the job. */
  record: TimelineRecord;
}

export interface StepReport {
  name: string;
  result: Result;
  message: string;
  milliseconds: number;
  /** Undefined for a step that did not run. */
  outcome?: StepOutcome;
}

export interface JobReport {
  name: string;
  result: Result;
  milliseconds: number;
  steps: StepReport[];
  /** `step.variable` → value. */
  outputs: Record<string, string>;
}

/** Runs the steps of a job one after the other; one that fails decides, by their conditions, which of the others run. */
export async function runJob(run: JobRun): Promise<JobReport> {
  const { job, folders, clock } = run;
  const started = clock();
  for (const folder of [folders.workspace, folders.sources, path.join(folders.workspace, 'a'), run.folder])
    mkdirSync(folder, { recursive: true });
  const unfinished: Unfinished[] = [];
  const report: JobReport = { name: job.name, result: 'Succeeded', milliseconds: 0, steps: [], outputs: {} };
  for (const phase of job.phases) {
    const { result } = report;
    const after = phase.hook === 'failure' || phase.hook === 'success';
    if (after && (phase.hook === 'failure') !== (result === 'Failed')) continue;
    // The steps of `on: failure` run because of the failure, not in spite of it.
    if (after) report.result = 'Succeeded';
    for (const step of withImplicitSteps(job, phase)) await runStepOf(run, step, report, unfinished);
    report.result = worst([report, { result }]);
  }
  // The last begun is the first to be ended (Agent.Worker/JobExtension.cs: a stack).
  for (const step of unfinished.reverse()) await runPostJob(run, step, report);
  if (report.result === 'Failed' && job.continueOnError) report.result = 'SucceededWithIssues';
  report.milliseconds = clock() - started;
  return report;
}

/** A step whose post-job phase waits for the end of the job. */
interface Unfinished {
  name: string;
  task: TimelineRecord['task'];
  finish: NonNullable<StartedStep['finish']>;
}

async function runPostJob(
  { context, clock, timeline, record: parent }: JobRun,
  step: Unfinished,
  job: JobReport,
): Promise<void> {
  const started = clock();
  const name = `Post-job: ${step.name}`;
  const record = timeline.begin({ type: 'Task', name, task: step.task }, parent);
  context.onLine(`##[section]Starting: ${name}`);
  const outcome = await step.finish(job.result);
  timeline.end(record, outcome.result, [outcome]);
  const { result, message } = outcome;
  if (message !== '') context.onLine(`${result === 'Failed' ? '##[error]' : ''}${message}`);
  context.onLine(`##[section]Finishing: ${name} (${result})`);
  job.steps.push({ name, result, message, milliseconds: clock() - started, outcome });
  job.result = worst([job, outcome]);
}

/** A job checks its repository out and a deployment fetches the artifacts, unless a step says what to do. */
function withImplicitSteps(job: Job, { hook, steps }: Phase): Step[] {
  const has = (...types: string[]): boolean => steps.some(({ action }) => types.includes(action.type));
  const implicit = (displayName: string, action: Step['action']): Step => ({
    file: job.file,
    line: job.line,
    name: undefined,
    displayName,
    condition: undefined,
    enabled: true,
    continueOnError: false,
    timeoutMinutes: 0,
    retries: 0,
    env: {},
    action,
  });
  if (hook === 'job')
    return has('checkout') ? steps : [implicit('checkout self', { type: 'checkout', self: true }), ...steps];
  if (hook !== 'deploy' || has('download', 'downloadNone')) return steps;
  return [implicit('download current', { type: 'download', artifact: undefined, path: undefined }), ...steps];
}

async function runStepOf(run: JobRun, step: Step, job: JobReport, unfinished: Unfinished[]): Promise<void> {
  const { context, folders, clock, timeline } = run;
  const { variables, signal, onLine } = context;
  const started = clock();
  variables.set('Agent.JobStatus', job.result === 'Skipped' ? 'Succeeded' : job.result);
  const scope = {
    values: { variables: valuesOf(variables) },
    results: { job: job.result },
    canceled: signal.aborted,
  };
  const report: StepReport = { name: step.displayName, result: 'Skipped', message: '', milliseconds: 0 };
  job.steps.push(report);
  const runs = step.enabled && holds(step, step.condition, scope);
  if (runs) report.name = context.masker.mask(variables.expand(step.displayName));
  const task = taskOf(step, context);
  const record = timeline.begin({ type: 'Task', name: report.name, task }, run.record);
  if (!runs) {
    timeline.end(record, 'Skipped');
    return;
  }
  onLine(`##[section]Starting: ${report.name}`);
  const { outcome, finish, outcomes } = await attempts(
    run,
    step,
    { 'System.TaskInstanceId': record.id, 'System.TaskDisplayName': report.name },
    path.join(run.folder, `${job.steps.length}-${slug(step.displayName)}`),
  );
  if (finish) unfinished.push({ name: report.name, task, finish });
  Object.assign(report, { outcome, result: outcome.result, message: outcome.message });
  if (outcome.result === 'Failed' && step.continueOnError) report.result = 'SucceededWithIssues';
  if (outcome.message !== '') onLine(`${outcome.result === 'Failed' ? '##[error]' : ''}${outcome.message}`);
  for (const [name, value] of Object.entries(outcome.outputs)) {
    if (step.name === undefined) continue;
    job.outputs[`${step.name}.${name}`] = value;
    variables.set(`${step.name}.${name}`, value);
  }
  for (const { name, file } of outcome.artifacts) addToArtifact(folders.artifacts, name, file);
  report.milliseconds = clock() - started;
  timeline.end(record, report.result, outcomes);
  onLine(`##[section]Finishing: ${report.name} (${report.result})`);
  job.result = worst([job, report]);
}

/** The post-job phase is that of the last attempt, with whose task variables it runs. */
async function attempts(
  run: JobRun,
  step: Step,
  variables: Record<string, string>,
  folder: string,
): Promise<StartedStep & { outcomes: StepOutcome[] }> {
  const outcomes: StepOutcome[] = [];
  for (let attempt = 0; ; attempt++) {
    const started = await act(run, step, variables, attempt === 0 ? folder : `${folder}-${attempt + 1}`);
    const { outcome } = started;
    outcomes.push(outcome);
    if (outcome.result !== 'Failed' || attempt >= step.retries) return { ...started, outcomes };
    run.context.onLine(`##[warning]Attempt ${attempt + 1} failed: ${outcome.message}; trying again.`);
  }
}

async function act(
  { context, folders }: JobRun,
  step: Step,
  own: Record<string, string>,
  folder: string,
): Promise<StartedStep> {
  const { action, timeoutMinutes } = step;
  const { variables } = context;
  const timeout = timeoutMinutes > 0 ? AbortSignal.timeout(timeoutMinutes * 60_000) : undefined;
  const job = timeout ? { ...context, signal: AbortSignal.any([context.signal, timeout]) } : context;
  // The agent sets these for the step alone (Agent.Worker/StepsRunner.cs).
  const environment = Object.fromEntries([
    ...Object.entries(own).map(([name, value]) => [environmentName(name), value]),
    ...Object.entries(step.env).map(([name, value]) => [name, variables.expand(value)]),
  ]) as Record<string, string>;
  const expand = (text: string | undefined): string | undefined => text && variables.expand(text);
  try {
    switch (action.type) {
      case 'task':
        return ended(
          await startTask({ task: action.task, inputs: action.inputs, environment, folder }, job),
          timeout,
        );
      case 'script':
        return ended({ outcome: await runScript(action, job, environment, folder) }, timeout);
      case 'checkout':
        if (action.self) checkout(folders, context.onLine);
        break;
      case 'publish':
        publish(
          folders,
          { ...action, path: variables.expand(action.path), artifact: variables.expand(action.artifact) },
          context.onLine,
        );
        break;
      case 'download':
        download(
          folders,
          { ...action, artifact: expand(action.artifact), path: expand(action.path) },
          context.onLine,
        );
    }
  } catch (error) {
    if (error instanceof PipelineError) throw error;
    return { outcome: { ...success(), result: 'Failed', message: (error as Error).message } };
  }
  return { outcome: success() };
}

function ended(started: StartedStep, timeout: AbortSignal | undefined): StartedStep {
  const { outcome } = started;
  if (!timeout?.aborted || outcome.result !== 'Canceled') return started;
  return { ...started, outcome: { ...outcome, result: 'Failed', message: 'The task has timed out.' } };
}

function taskOf({ action }: Step, { tasks }: JobContext): TimelineRecord['task'] {
  return action.type === 'task' ? referenceTo(readTaskDefinition(path.join(tasks, action.task))) : null;
}

/** For conditions; the name of a variable may hold dots, so that `variables['Build.Reason']` is one key. */
export function valuesOf(variables: Variables): Record<string, string> {
  return Object.fromEntries(variables.all().map(({ name, value }) => [name, value]));
}

function slug(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 40);
}
