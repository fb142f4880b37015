import { mkdirSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import * as path from 'node:path';
import { obey, worse, type CommandContext } from './commandHandlers';
import { parseCommand } from './commands';
import type { Resources } from './connections';
import { resolveConnections } from './endpoints';
import { runHandler } from './handler';
import { Masker } from './masker';
import { PHASES, readTaskDefinition, resolveInputs, targetOf } from './taskDefinition';
import { environmentName, Variables } from './variables';

const PROJECT = path.resolve(import.meta.dirname, '../..');

/** One step of one task, as a pipeline's YAML would state it. */
export interface StepOptions {
  /** Name of the task: its folder below `tasks`. */
  task: string;
  /** As in YAML; a `connectedService:` input takes the connection's name. */
  inputs: Record<string, string>;
  resources?: Resources;
  /** Variables of the job. */
  variables?: Record<string, string>;
  /** Secret variables of the job. */
  secrets?: Record<string, string>;
  /** Run folder: workspace, temporary folder, log and everything that the step published. Made when missing. */
  folder: string;
  /** Node that runs the task; default 20, as an agent without the flag UseNode24withHandlerData. */
  node?: 20 | 24;
  /** Folder of the built tasks; default dist/tasks of this project. */
  tasks?: string;
  /** Working directory of the step (System.DefaultWorkingDirectory); default: an empty one below `folder`. */
  sources?: string;
  /** Cancels the step once this holds for the masked log so far; asked after every line. */
  cancelAfter?: (log: string) => boolean;
}

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
  artifacts: { name: string; file: string }[];
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

/** Runs one step as a job of its own. */
export async function runStep(options: StepOptions): Promise<StepOutcome> {
  const { folder, resources = {}, node = 20 } = options;
  const sources = options.sources ?? path.join(folder, 's');
  const masker = new Masker();
  const cancel = new AbortController();
  const variables = new Variables(masker, {
    ...jobVariables(folder, sources, resources.agent?.caInfo),
    ...options.variables,
  });
  for (const [name, value] of Object.entries(options.secrets ?? {})) {
    variables.set(name, value, { secret: true });
  }
  let log = '';
  const job: JobContext = {
    variables,
    masker,
    resources,
    tasks: options.tasks ?? path.join(PROJECT, 'dist/tasks'),
    node: path.join(PROJECT, `node_modules/node${node}/bin/node`),
    workingDirectory: sources,
    signal: cancel.signal,
    onLine: (line) => {
      log += `${line}\n`;
      if (options.cancelAfter?.(log)) cancel.abort();
    },
  };
  for (const directory of ['Agent.ToolsDirectory', 'Build.ArtifactStagingDirectory'])
    mkdirSync(job.variables.get(directory)?.value ?? folder, { recursive: true });
  mkdirSync(sources, { recursive: true });
  return runTask({ task: options.task, inputs: options.inputs, folder }, job);
}

/** Runs a task's phases, as Agent.Worker/StepsRunner.cs and TaskRunner.cs do; the post-job phase always runs. */
export async function runTask(step: TaskStep, job: JobContext): Promise<StepOutcome> {
  const taskFolder = path.join(job.tasks, step.task);
  const definition = readTaskDefinition(taskFolder);
  const outcome: StepOutcome = {
    result: 'Succeeded',
    message: '',
    log: '',
    outputs: {},
    issues: [],
    attachments: [],
    testResults: [],
    artifacts: [],
  };
  const temporary = path.join(step.folder, '_temp');
  const context: CommandContext = {
    definition,
    variables: job.variables,
    taskVariables: new Variables(job.masker),
    masker: job.masker,
    published: path.join(step.folder, 'published'),
    outcome,
    print: (line) => {
      const masked = job.masker.mask(line);
      outcome.log += `${masked}\n`;
      job.onLine(masked);
    },
  };
  const given = resolveInputs(definition, step.inputs, job.variables);
  const { inputs, environment } = resolveConnections(definition, given, job.resources, job.masker);
  for (const phase of PHASES) {
    const target = targetOf(definition, phase);
    if (target === undefined) continue;
    // What a task leaves there is nobody's.
    rmSync(temporary, { recursive: true, force: true });
    mkdirSync(temporary, { recursive: true });
    const exitCode = await runHandler({
      node: job.node,
      target: path.join(taskFolder, target),
      cwd: job.workingDirectory,
      environment: {
        ...process.env,
        NODE_OPTIONS: undefined,
        ...job.variables.environment(),
        'agent.jobstatus': outcome.result,
        ...environment,
        ...prefixed('INPUT_', inputs),
        ...taskVariablesOf(context),
        ...step.environment,
        AGENT_TEMPDIRECTORY: temporary,
      },
      signal: phase === 'postjobexecution' ? new AbortController().signal : job.signal,
      onLine: (line) => {
        receive(line, context);
      },
    });
    if (job.signal.aborted) outcome.result = 'Canceled';
    else if (exitCode !== 0) {
      outcome.result = worse(outcome.result, 'Failed');
      outcome.message ||= `Exit code ${exitCode} returned from process: file name '${job.node}', arguments '${target}'.`;
    }
  }
  rmSync(temporary, { recursive: true, force: true });
  outcome.message = job.masker.mask(outcome.message);
  return outcome;
}

function receive(line: string, context: CommandContext): void {
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

/** Variables of every job (learn.microsoft.com/azure/devops/pipelines/build/variables). */
export function jobVariables(folder: string, sources: string, caInfo?: string): Record<string, string> {
  const cache = process.env.XDG_CACHE_HOME ?? path.join(homedir(), '.cache');
  return {
    'System.HostType': 'build',
    'System.Culture': 'en-US',
    'System.DefaultWorkingDirectory': sources,
    'System.TeamProject': 'langflow',
    'Agent.OS': 'Linux',
    'Agent.OSArchitecture': 'X64',
    'Agent.Version': '4.260.0',
    'Agent.BuildDirectory': folder,
    'Agent.ToolsDirectory': path.join(cache, 'langflow-delivery/agent-tools'),
    'Pipeline.Workspace': folder,
    'Build.SourcesDirectory': sources,
    'Build.ArtifactStagingDirectory': path.join(folder, 'a'),
    ...(caInfo === undefined ? {} : { 'Agent.CAInfo': caInfo, NODE_EXTRA_CA_CERTS: caInfo }),
  };
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
