import type { Resources } from './connections';

/** One step of one task, as a pipeline's YAML would state it. */
export interface StepOptions {
  /** Name of the task: its folder below `tasks`. */
  task: string;
  /** As in YAML; a `connectedService:` input takes the connection's name. */
  inputs: Record<string, string>;
  resources?: Resources;
  /** Variables of the job. */
  variables?: Record<string, string>;
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

/** Runs one step as a job of its own: pre-job, main and post-job phase. */
export async function runStep(options: StepOptions): Promise<StepOutcome> {
  await Promise.resolve();
  throw new Error(`The harness cannot run ${options.task} yet.`);
}
