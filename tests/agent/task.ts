import { mkdirSync, rmSync } from 'node:fs';
import * as path from 'node:path';
import { obey, worse, type CommandContext } from './commandHandlers';
import { parseCommand } from './commands';
import type { Resources } from './connections';
import { resolveConnections } from './endpoints';
import { runHandler } from './handler';
import type { Masker } from './masker';
import {
  readTaskDefinition,
  resolveInputs,
  targetOf,
  type Phase,
  type TaskDefinition,
} from './taskDefinition';
import { environmentName, Variables } from './variables';

/** The agent's TaskResult without Skipped and Abandoned, which no single step ends with. */
export type StepResult = 'Succeeded' | 'SucceededWithIssues' | 'Failed' | 'Canceled';

export interface Issue {
  type: 'error' | 'warning';
  message: string;
  path?: string;
  line?: number;
  column?: number;
}

/** What a step left behind. Files are copies in the run folder, absolute paths. */
export interface StepOutcome {
  result: StepResult;
  /** The result message of `task.complete`, or what the agent says in its place. */
  message: string;
  /** Whole log, masked. */
  log: string;
  /** Output variables, without the step's name. */
  outputs: Record<string, string>;
  issues: Issue[];
  /** Summaries have the type `Distributedtask.Core.Summary`. */
  attachments: { type: string; name: string; file: string }[];
  testResults: { file: string; runTitle: string }[];
  coverage: string[];
  artifacts: { name: string; file: string }[];
  /** What the post-job phase did: the agent counts it as a step of its own. */
  post?: StepOutcome;
}

/** The job that a step runs in. */
export interface JobContext {
  /** Secret ones included; a step's `setvariable` changes them. */
  variables: Variables;
  masker: Masker;
  resources: Resources;
  /** Folder of the built tasks. */
  tasks: string;
  /** Path of the Node program. */
  node: string;
  /** Working directory of the steps. */
  workingDirectory: string;
  signal: AbortSignal;
  /** Called with each line of the log, masked. */
  onLine: (line: string) => void;
}

/** A task with its inputs, as a job runs it. */
export interface TaskStep {
  task: string;
  inputs: Record<string, string>;
  /** Of the step alone. */
  environment?: Record<string, string>;
  /** Folder for the step's temporary files and for what it publishes. */
  folder: string;
}

/** A step whose post-job phase is still to come. */
export interface StartedStep {
  outcome: StepOutcome;
  /** Runs the post-job phase; undefined for a task that has none. */
  finish?: (jobStatus: string) => Promise<StepOutcome>;
}

/** Runs all phases of a task one after the other, as in a job with no other step. */
export async function runTask(step: TaskStep, job: JobContext): Promise<StepOutcome> {
  const { outcome, finish } = await startTask(step, job);
  if (finish) outcome.post = await finish(outcome.result);
  return outcome;
}

/**
 * Runs the pre-job phase and the task itself, as Agent.Worker/StepsRunner.cs and TaskRunner.cs do. The post-job phase is
 * for the end of the job; it runs whatever has happened (Agent.Worker/JobExtension.cs).
 */
export async function startTask(step: TaskStep, job: JobContext): Promise<StartedStep> {
  const taskFolder = path.join(job.tasks, step.task);
  const definition = readTaskDefinition(taskFolder);
  const temporary = path.join(step.folder, '_temp');
  const main = commandContext(job, step.folder, definition);
  const given = resolveInputs(definition, step.inputs, job.variables);
  const { inputs, environment } = resolveConnections(definition, given, job.resources, job.masker);

  const runPhase = async (
    phase: Phase,
    context: CommandContext,
    { signal, jobStatus }: { signal: AbortSignal; jobStatus: string },
  ): Promise<void> => {
    const target = targetOf(definition, phase);
    if (target === undefined) return;
    const { outcome } = context;
    // What a task leaves there is nobody's.
    rmSync(temporary, { recursive: true, force: true });
    mkdirSync(temporary, { recursive: true });
    const exitCode = await runHandler({
      command: [job.node, path.join(taskFolder, target)],
      cwd: job.workingDirectory,
      environment: {
        ...process.env,
        NODE_OPTIONS: undefined,
        ...job.variables.environment(),
        'agent.jobstatus': jobStatus,
        ...environment,
        ...prefixed('INPUT_', inputs),
        ...taskVariablesOf(context),
        ...step.environment,
        AGENT_TEMPDIRECTORY: temporary,
      },
      signal,
      onLine: (line) => {
        receive(line, context);
      },
    });
    rmSync(temporary, { recursive: true, force: true });
    if (signal.aborted) outcome.result = 'Canceled';
    else if (exitCode !== 0) {
      outcome.result = worse(outcome.result, 'Failed');
      outcome.message ||= `Exit code ${exitCode} returned from process: file name '${job.node}', arguments '${target}'.`;
    }
    outcome.message = job.masker.mask(outcome.message);
  };

  const { outcome, taskVariables } = main;
  await runPhase('prejobexecution', main, { signal: job.signal, jobStatus: outcome.result });
  await runPhase('execution', main, { signal: job.signal, jobStatus: outcome.result });
  if (targetOf(definition, 'postjobexecution') === undefined) return { outcome };
  const finish = async (jobStatus: string): Promise<StepOutcome> => {
    const post = { ...commandContext(job, `${step.folder}-post`, definition), taskVariables };
    await runPhase('postjobexecution', post, { signal: new AbortController().signal, jobStatus });
    return post.outcome;
  };
  return { outcome, finish };
}

/** The outcome of a step that has done nothing yet. */
export function success(): StepOutcome {
  return {
    result: 'Succeeded',
    message: '',
    log: '',
    outputs: {},
    issues: [],
    attachments: [],
    testResults: [],
    coverage: [],
    artifacts: [],
  };
}

/** What the commands of a step may change, with an outcome that is still a success. */
export function commandContext(
  job: Pick<JobContext, 'variables' | 'masker' | 'onLine'>,
  folder: string,
  definition?: TaskDefinition,
): CommandContext {
  const outcome = success();
  return {
    definition,
    variables: job.variables,
    taskVariables: new Variables(job.masker),
    masker: job.masker,
    published: path.join(folder, 'published'),
    outcome,
    print: (line) => {
      const masked = job.masker.mask(line);
      outcome.log += `${masked}\n`;
      job.onLine(masked);
    },
  };
}

/** Obeys the command in a line of either stream, or prints the line. */
export function receive(line: string, context: CommandContext): void {
  const command = parseCommand(line);
  if (command === undefined) {
    context.print(line);
  } else if (command === 'malformed') {
    context.print(`##[warning]Unable to process command '${line}' successfully.`);
  } else {
    try {
      obey(command, context);
    } catch (error) {
      const message = `Unable to process command '##vso[${command.area}.${command.event}]': ${String(error)}`;
      context.print(`##[error]${message}`);
      context.outcome.result = worse(context.outcome.result, 'Failed');
      context.outcome.message ||= message;
    }
  }
}

function taskVariablesOf({ taskVariables }: CommandContext): Record<string, string> {
  return prefixed(
    'VSTS_TASKVARIABLE_',
    Object.fromEntries(taskVariables.all().map(({ name, value }) => [name, value])),
  );
}

function prefixed(prefix: string, values: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [`${prefix}${environmentName(name)}`, value]),
  );
}
