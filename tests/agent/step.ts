import { mkdirSync } from 'node:fs';
import * as path from 'node:path';
import type { Resources } from './connections';
import { jobVariables } from './jobVariables';
import { Masker } from './masker';
import { runTask, type JobContext, type StepOutcome } from './task';
import { Variables } from './variables';

export type { StepOutcome } from './task';

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
  /** Cancels the step when it aborts. */
  cancel?: AbortSignal;
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
    signal: options.cancel ? AbortSignal.any([cancel.signal, options.cancel]) : cancel.signal,
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
