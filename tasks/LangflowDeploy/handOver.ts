import * as tl from 'azure-pipelines-task-lib/task';

/** What the post-job phase has to know of the step: both are processes of their own. */
export interface Begun {
  /** Of the lease's holder, so that the phase takes over the lease of a killed step at once. */
  identity: string;
  /** Of the record that the step is about to write. */
  revision: number;
}

const VARIABLE = 'begun';

/**
 * The phases of one step share task variables (azure-pipelines-agent, JobExtension.cs).
 * @param begun undefined when the step has ended what it began, so that the phase need not ask the cluster
 */
export function handOver(begun: Begun | undefined): void {
  tl.setTaskVariable(VARIABLE, begun === undefined ? '' : JSON.stringify(begun));
}

/** Undefined when nothing is left to be done. */
export function handedOver(): Begun | undefined {
  const text = tl.getTaskVariable(VARIABLE);
  return text === undefined || text === '' ? undefined : (JSON.parse(text) as Begun);
}
