import * as tl from 'azure-pipelines-task-lib/task';

/** What the post-job phase has to know of the step: both are processes of their own. */
export interface Begun {
  /** Of the lease's holder, so that the phase takes over the lease of a killed step at once. */
  identity: string;
  /** Of the record that the step is about to write. */
  revision: number;
}

const VARIABLE = 'begun';

/** The phases of one step share task variables (azure-pipelines-agent, JobExtension.cs). */
export function handOver(begun: Begun): void {
  tl.setTaskVariable(VARIABLE, JSON.stringify(begun));
}

/** Undefined when the step ended before it changed anything. */
export function handedOver(): Begun | undefined {
  const text = tl.getTaskVariable(VARIABLE);
  return text === undefined || text === '' ? undefined : (JSON.parse(text) as Begun);
}
