import type { Clock } from '../common/clock';
import { UserError } from '../common/errors';
import type { KubernetesClient } from '../common/kubernetes/client';
import type { Budget } from './budget';
import type { Connections } from './connections';
import type { Values } from './values';

/** The reason of an abort signal when an attempt, or the step, has taken too long. */
export class TimeLimit extends UserError {
  override name = 'TimeLimit';
}

/** What every probe works with. */
export interface ProbeContext {
  client: KubernetesClient;
  namespace: string;
  /** In the names of all that the run makes. */
  runId: string;
  values: Values;
  clock: Clock;
  connections: Connections;
  budget: Budget;
  /** Whether the release serves as a canary, beside a stable one with other digests. */
  canary: boolean;
}

/** One attempt of a check. */
export type Attempt = (signal: AbortSignal) => Promise<ProbeResult>;

/** What one attempt found; texts are from outside and may still hold secrets. */
export interface ProbeResult {
  /** Why the check fails, a sentence each; none when it passes. */
  failures: string[];
  /** What came: the beginning of a body, the end of a log. */
  output?: string;
  /** What the answers of a request were like. */
  answers?: Answers;
}

/** Numbers about the answers of one attempt; they hold nothing confidential. */
export interface Answers {
  /** HTTP status of the one that tells most. */
  status: number;
  /** Of each, in milliseconds. */
  latenciesMs: readonly number[];
}

/** The promise's result, or the signal's reason as soon as it aborts; what the promise does then goes on unwatched. */
export async function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  let stop: (() => void) | undefined;
  try {
    return await Promise.race([
      promise,
      new Promise<never>((_resolve, reject) => {
        stop = () => {
          reject(signal.reason as Error);
        };
        signal.addEventListener('abort', stop, { once: true });
      }),
    ]);
  } finally {
    if (stop) signal.removeEventListener('abort', stop);
  }
}

/**
 * Does the work under a time limit of its own.
 * @param message of the TimeLimit with which the work's signal aborts after `ms` milliseconds
 */
export async function withTimeLimit<T>(
  ms: number,
  message: string,
  clock: Clock,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const limit = new AbortController();
  const done = new AbortController();
  const abort = (): void => {
    limit.abort(signal.reason);
  };
  if (signal.aborted) abort();
  signal.addEventListener('abort', abort, { once: true });
  clock.sleep(ms, done.signal).then(
    () => {
      limit.abort(new TimeLimit(message));
    },
    () => undefined,
  );
  try {
    return await work(limit.signal);
  } finally {
    signal.removeEventListener('abort', abort);
    done.abort();
  }
}
