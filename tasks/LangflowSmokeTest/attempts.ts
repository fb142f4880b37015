import { formatDuration } from '../common/duration';
import { UserError } from '../common/errors';
import type { Check, Repeat } from './checks';
import {
  TimeLimit,
  withTimeLimit,
  type Answers,
  type Attempt,
  type ProbeContext,
  type ProbeResult,
} from './probe';

/** How a check ended. */
export interface Ending {
  status: 'passed' | 'failed' | 'skipped';
  attempts: number;
  durationMs: number;
  /** Why it failed or was not run, a sentence each. */
  reasons: string[];
  /** What came instead of what was expected; empty when nothing did. */
  output: string;
  /** Of the last attempt; undefined for what is no request, or had no answer. */
  answers?: Answers;
}

/** The fields of a check that decide how often it is tried. */
export type Trial = Pick<Check, 'retry' | 'repeat' | 'timeoutMs'>;

const LONGEST_PAUSE_MS = 30_000;

/**
 * Tries until the check passes, no longer than its retry says; then goes on for its window.
 * @throws the signal's reason, unless it is the time limit of the step
 */
export async function tryOften(
  trial: Trial,
  attempt: Attempt,
  context: Pick<ProbeContext, 'clock'>,
  signal: AbortSignal,
): Promise<Ending> {
  const started = context.clock.now();
  const passed = await untilPassed(trial, attempt, context, signal);
  const ended =
    passed.failures.length === 0 && trial.repeat !== undefined
      ? await throughWindow(trial, trial.repeat, passed.made, attempt, context, signal)
      : passed;
  const { failures, made, output = '', answers } = ended;
  return {
    status: failures.length === 0 ? 'passed' : 'failed',
    attempts: made,
    durationMs: context.clock.now() - started,
    reasons: failures,
    output: failures.length === 0 ? '' : output,
    ...(answers && { answers }),
  };
}

type Made = ProbeResult & { made: number };

async function untilPassed(
  { retry, timeoutMs }: Trial,
  attempt: Attempt,
  { clock }: Pick<ProbeContext, 'clock'>,
  signal: AbortSignal,
): Promise<Made> {
  if (signal.aborted) return { ...failureOf(signal.reason, signal), made: 0 };
  const deadline = retry.forMs === undefined ? Infinity : clock.now() + retry.forMs;
  let pauseMs = retry.intervalMs;
  let last: ProbeResult | undefined;
  for (let made = 1; ; made++) {
    const result = await tryOnce(timeoutMs, attempt, { clock }, signal);
    if (result.failures.length === 0) return { ...result, made };
    // That the time was over says less than what was wrong before.
    if (isAborted(signal)) return { ...(last === undefined ? result : both(last, result)), made };
    if (made >= retry.attempts || clock.now() + pauseMs >= deadline) return { ...result, made };
    last = result;
    try {
      await clock.sleep(pauseMs, signal);
    } catch (error) {
      return { ...both(last, failureOf(error, signal)), made };
    }
    pauseMs = Math.min(pauseMs * retry.backoff, Math.max(LONGEST_PAUSE_MS, retry.intervalMs));
  }
}

/** Tries for the whole window, or until more attempts have failed than may. */
async function throughWindow(
  { timeoutMs }: Trial,
  { forMs, intervalMs, errors }: Repeat,
  before: number,
  attempt: Attempt,
  { clock }: Pick<ProbeContext, 'clock'>,
  signal: AbortSignal,
): Promise<Made> {
  const started = clock.now();
  const allowed = Math.floor(errors * Math.max(1, Math.ceil(forMs / intervalMs)));
  let [made, failed] = [0, 0];
  let telling: ProbeResult = { failures: [] };
  let answers: Answers | undefined;
  const ending = (): Made => {
    const rate = ((100 * failed) / made).toFixed(1);
    const summary =
      `${failed} of ${made} attempts failed (${rate} %) within ${formatDuration(clock.now() - started)} of the window of ` +
      `${formatDuration(forMs)}; at most ${errors * 100} % may.`;
    return { ...telling, failures: [summary, ...telling.failures], made: before + made };
  };
  while (clock.now() - started < forMs) {
    try {
      await clock.sleep(intervalMs, signal);
    } catch (error) {
      return { ...both(telling, failureOf(error, signal)), made: before + made };
    }
    const result = await tryOnce(timeoutMs, attempt, { clock }, signal);
    made++;
    answers = result.answers;
    if (result.failures.length === 0) continue;
    failed++;
    telling = result;
    if (failed > allowed || isAborted(signal)) return ending();
  }
  return failed > errors * made ? ending() : { failures: [], made: before + made, answers };
}

async function tryOnce(
  timeoutMs: number,
  attempt: Attempt,
  { clock }: Pick<ProbeContext, 'clock'>,
  signal: AbortSignal,
): Promise<ProbeResult> {
  const limit = `It took longer than its time limit of ${formatDuration(timeoutMs)}.`;
  try {
    return await withTimeLimit(timeoutMs, limit, clock, signal, attempt);
  } catch (error) {
    return failureOf(error, signal);
  }
}

function both(first: ProbeResult, second: ProbeResult): ProbeResult {
  return { ...first, failures: [...first.failures, ...second.failures] };
}

function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}

/** What keeps a check from passing is a result; a cancelled step, or a defect of ours, is none. */
export function failureOf(error: unknown, signal: AbortSignal): ProbeResult {
  if (signal.aborted && !(signal.reason instanceof TimeLimit)) throw signal.reason;
  if (!(error instanceof UserError)) throw error;
  return { failures: [error.message] };
}
