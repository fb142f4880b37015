import * as tl from 'azure-pipelines-task-lib/task';

/** Who applies a release; from the agent's predefined variables, each undefined where the agent has none. */
export interface RunInfo {
  /** Address of the run. */
  url?: string;
  /** Whose run it is: `Build.RequestedFor`. */
  by?: string;
  /** `Build.BuildNumber`. */
  number?: string;
}

type Variables = (name: string) => string | undefined;

/** https://learn.microsoft.com/azure/devops/pipelines/build/variables */
export function runInfo(variable: Variables = tl.getVariable): RunInfo {
  return {
    url: runUrl(variable),
    by: variable('Build.RequestedFor'),
    number: variable('Build.BuildNumber'),
  };
}

/** The address of the run's page. */
export function runUrl(variable: Variables): string | undefined {
  const id = variable('Build.BuildId');
  if (!id) return undefined;
  const project = `${variable('System.CollectionUri') ?? ''}${encodeURIComponent(variable('System.TeamProject') ?? '')}`;
  return `${project}/_build/results?buildId=${id}`;
}
