import type { Place } from './located';

/** A pipeline after its templates were filled in. */
export interface Pipeline {
  file: string;
  /** Build.Reason, which templates may ask for; default: Manual. */
  reason: string;
  variables: VariableSource[];
  stages: Stage[];
}

export type VariableSource = Place & ({ name: string; value: string; readonly: boolean } | { group: string });

/** What stages, jobs and steps have alike. */
interface Conditional extends Place {
  displayName: string;
  /** Expression; the default is `succeeded()`. */
  condition: string | undefined;
}

export interface Stage extends Conditional {
  name: string;
  dependsOn: string[];
  variables: VariableSource[];
  jobs: Job[];
}

export interface Job extends Conditional {
  name: string;
  dependsOn: string[];
  variables: VariableSource[];
  timeoutMinutes: number;
  continueOnError: boolean;
  /** Of a deployment job. */
  environment: string | undefined;
  /** A deployment job downloads all artifacts of the run unless a step says otherwise. */
  phases: Phase[];
}

/** A lifecycle hook of a deployment job; a job without one has a single phase. */
export interface Phase {
  /** `failure` and `success` are the hooks below `on`. */
  hook: 'job' | 'preDeploy' | 'deploy' | 'routeTraffic' | 'postRouteTraffic' | 'failure' | 'success';
  steps: Step[];
}

export interface Step extends Conditional {
  /** Undefined when it was given none: then its outputs cannot be named. */
  name: string | undefined;
  enabled: boolean;
  continueOnError: boolean;
  timeoutMinutes: number;
  retries: number;
  env: Record<string, string>;
  action: Action;
}

export type Action =
  | { type: 'task'; task: string; version: number; inputs: Record<string, string> }
  | { type: 'script'; script: string; workingDirectory: string | undefined; failOnStderr: boolean }
  | { type: 'checkout'; self: boolean }
  | { type: 'publish'; path: string; artifact: string }
  /** Without an artifact, all of the run. */
  | { type: 'download'; artifact: string | undefined; path: string | undefined; ofFormerRun?: boolean }
  | { type: 'downloadNone' };
