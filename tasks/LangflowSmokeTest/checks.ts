import type { Content, Expectation } from './expectations';
import type { LatencyLimits } from './latency';
import type { Conditions } from './matchers';
import type { Target } from './target';
import type { Json } from './values';

/** All checks of a run: `first` one after the other, then the groups at the same time. */
export interface Plan {
  first: Check[];
  groups: { name: string; checks: Check[] }[];
}

interface CommonCheck {
  name: string;
  /** File and line, from 1; undefined for a built-in check. */
  place: { file: string; line: number } | undefined;
  /** Names of captured values without which it cannot run. */
  needs: string[];
  retry: Retry;
  /** Undefined: it has to pass once. */
  repeat: Repeat | undefined;
  /** Of one attempt. */
  timeoutMs: number;
  /** Whether a failure is but a warning. */
  soft: boolean;
  /** Whose events and logs explain a failure; undefined: what stands behind the target. */
  component: string | undefined;
  captures: Capture[];
  cleanup: Cleanup | undefined;
}

export interface Retry {
  attempts: number;
  /** Undefined: no limit but that of the step. */
  forMs: number | undefined;
  intervalMs: number;
  backoff: number;
}

/** The window in which a check that has passed must go on to. */
export interface Repeat {
  forMs: number;
  intervalMs: number;
  /** Share of the attempts that may fail, from 0 to 1. */
  errors: number;
}

export interface Capture {
  name: string;
  from: { json: string } | { header: string };
  secret: boolean;
}

/** Texts may still have references. */
export interface HttpRequest {
  path: string;
  method: string;
  headers: Record<string, string>;
  body?: Json;
  form?: Record<string, string>;
}

export interface Cleanup {
  target: Target;
  request: HttpRequest;
  /** Captured values without which there is nothing to clean up. */
  needs: string[];
}

/** Texts of requests and expectations may still have references. */
export interface HttpCheck extends CommonCheck {
  kind: 'http';
  target: Target;
  request: HttpRequest;
  redirects: number;
  times: number;
  concurrency: number;
  expect: Expectation & { latency?: LatencyLimits; assets?: 'page' | 'all' };
}

export interface WebSocketCheck extends CommonCheck {
  kind: 'websocket';
  target: Target;
  request: Pick<HttpRequest, 'path' | 'headers'>;
  send: Json[];
  /** Undefined: that the connection opens. */
  expect: Content | undefined;
}

export interface EventsCheck extends CommonCheck {
  kind: 'events';
  target: Target;
  request: HttpRequest;
  expect: Expectation & { count: number; firstWithinMs?: number };
}

export interface PrometheusCheck extends CommonCheck {
  kind: 'prometheus';
  target: Target;
  query: string;
  headers: Record<string, string>;
  expect: Conditions & { empty: boolean };
}

export interface Workload {
  kind: 'Deployment' | 'StatefulSet' | 'DaemonSet';
  name: string;
}

export interface PodsCheck extends CommonCheck {
  kind: 'pods';
  /** Undefined: all pods of the release. */
  of: Workload | undefined;
  expect: { restarts: number };
}

export type CommandExpectation = Omit<Content, 'body'> & { exitCode: number };

export interface JobCheck extends CommonCheck {
  kind: 'job';
  workload: Workload;
  /** Undefined: the first. */
  container: string | undefined;
  command: string[];
  expect: CommandExpectation;
}

export interface CommandCheck extends CommonCheck {
  kind: 'command';
  run: string[];
  env: Record<string, string>;
  /** Absolute path of the folder in which it runs. */
  folder: string;
  expect: CommandExpectation;
}

export type Check =
  HttpCheck | WebSocketCheck | EventsCheck | PrometheusCheck | PodsCheck | JobCheck | CommandCheck;

/** The fields that differ by kind. */
export type OwnFields<C extends Check> = Omit<C, keyof CommonCheck>;
export type CommonFields = Omit<CommonCheck, 'captures' | 'cleanup'>;

/** Every check in the order of the file. */
export function allChecks({ first, groups }: Plan): Check[] {
  return [...first, ...groups.flatMap(({ checks }) => checks)];
}
