import { formatDuration } from '../common/duration';
import { UserError } from '../common/errors';
import type { Component } from '../common/release/release';
import type { Check } from './checks';
import { TimeLimit, withTimeLimit, type ProbeContext, type ProbeResult } from './probe';
import { probeHttp } from './probes/http';
import { probeImages } from './probes/images';
import { probeJob } from './probes/job';
import { targetText } from './target';

/** How a check ended. Its texts hold no secret any more, and are cut to a length that people read. */
export interface Outcome {
  name: string;
  /** What was done: `POST service/frontend:80/api/v1/login`. */
  what: string;
  /** Of the file of checks; undefined for the check that is always made. */
  line: number | undefined;
  status: 'passed' | 'failed' | 'skipped';
  attempts: number;
  durationMs: number;
  /** Why it failed or was not run, a sentence each. */
  reasons: string[];
  /** What came instead of what was expected; empty when nothing did. */
  output: string;
}

/** The check that is made besides those of the file, and how long it may take. */
export const IMAGES_CHECK = 'Running images are those of the release';
const IMAGES_TIMEOUT_MS = 60_000;

const LONGEST_REASON = 500;
const LONGEST_OUTPUT = 2_000;

/** The fields of a check that decide how often it is tried. */
type Trial = Pick<Check, 'attempts' | 'intervalMs' | 'timeoutMs'>;
type Attempt = (signal: AbortSignal) => Promise<ProbeResult>;

/**
 * Makes all checks, one after the other. One that fails keeps none from being made but those that need what it did not
 * capture; once the time of the step is over, the others fail unmade.
 * @param cancel aborts when the agent cancels the step
 * @param onOutcome is told of each check as soon as it has ended
 * @throws the reason of `cancel`; whatever is no UserError
 */
export async function runChecks(
  checks: readonly Check[],
  components: readonly Component[],
  context: ProbeContext,
  timeoutMs: number,
  cancel: AbortSignal,
  onOutcome: (outcome: Outcome) => void,
): Promise<Outcome[]> {
  const limit = `The time limit of the step (input timeout: ${formatDuration(timeoutMs)}) is over.`;
  return withTimeLimit(timeoutMs, limit, context.clock, cancel, async (signal) => {
    const outcomes: Outcome[] = [];
    const add = (outcome: Outcome): void => {
      const redacted = redact(outcome, context);
      outcomes.push(redacted);
      onOutcome(redacted);
    };
    const images = { attempts: 1, intervalMs: 0, timeoutMs: IMAGES_TIMEOUT_MS };
    add({
      ...(await tryOften(images, (inner) => probeImages(components, context, inner), context, signal)),
      name: IMAGES_CHECK,
      what: 'digests of the running containers',
      line: undefined,
    });
    for (const check of checks) {
      const missing = check.needs.filter((name) => !context.values.has(name));
      add({
        ...(missing.length > 0
          ? skipped(missing, checks)
          : await tryOften(check, (inner) => probe(check, context, inner), context, signal)),
        name: check.name,
        what: whatOf(check),
        line: check.line,
      });
    }
    return outcomes;
  });
}

type Ending = Omit<Outcome, 'name' | 'what' | 'line'>;

/** @throws the signal's reason, unless it is the time limit */
async function tryOften(
  { attempts, intervalMs, timeoutMs }: Trial,
  attempt: Attempt,
  { clock }: ProbeContext,
  signal: AbortSignal,
): Promise<Ending> {
  const started = clock.now();
  const ending = (made: number, { failures, output = '' }: ProbeResult): Ending => ({
    status: failures.length === 0 ? 'passed' : 'failed',
    attempts: made,
    durationMs: clock.now() - started,
    reasons: failures,
    output: failures.length === 0 ? '' : output,
  });
  if (isOver(signal)) return ending(0, failureOf(signal.reason, signal));
  let last: ProbeResult | undefined;
  for (let made = 1; ; made++) {
    const limit = `It took longer than its time limit of ${formatDuration(timeoutMs)}.`;
    const result = await withTimeLimit(timeoutMs, limit, clock, signal, attempt).catch((error: unknown) =>
      failureOf(error, signal),
    );
    if (result.failures.length === 0) return ending(made, result);
    // That the time was over says less than what was wrong before.
    if (isOver(signal)) return ending(made, last === undefined ? result : both(last, result));
    if (made >= attempts) return ending(made, result);
    last = result;
    try {
      await clock.sleep(intervalMs, signal);
    } catch (error) {
      return ending(made, both(last, failureOf(error, signal)));
    }
  }
}

function both(first: ProbeResult, second: ProbeResult): ProbeResult {
  return { ...first, failures: [...first.failures, ...second.failures] };
}

function isOver(signal: AbortSignal): boolean {
  return signal.aborted;
}

/** What keeps a check from passing is a result; a cancelled step, or a defect of ours, is none. */
function failureOf(error: unknown, signal: AbortSignal): ProbeResult {
  if (signal.aborted && !(signal.reason instanceof TimeLimit)) throw signal.reason;
  if (!(error instanceof UserError)) throw error;
  return { failures: [error.message] };
}

function probe(check: Check, context: ProbeContext, signal: AbortSignal): Promise<ProbeResult> {
  return check.kind === 'http' ? probeHttp(check, context, signal) : probeJob(check, context, signal);
}

function skipped(missing: readonly string[], checks: readonly Check[]): Ending {
  const reasons = missing.map((name) => {
    const giver = checks.find(
      (check) => check.kind === 'http' && check.captures.some((one) => one.name === name),
    );
    return `Not run: it needs ${name}, which check '${giver?.name ?? ''}' did not capture.`;
  });
  return { status: 'skipped', attempts: 0, durationMs: 0, reasons, output: '' };
}

function whatOf(check: Check): string {
  return check.kind === 'http'
    ? `${check.request.method} ${targetText(check.target)}${check.request.path}`
    : `Job like ${check.workload.kind} ${check.workload.name}`;
}

/** Secrets are taken out before anything is cut, so that no half of one remains. */
function redact(outcome: Outcome, { values }: ProbeContext): Outcome {
  const output = values.redact(outcome.output);
  return {
    ...outcome,
    what: values.redact(outcome.what),
    reasons: outcome.reasons.map((reason) => cut(values.redact(reason), LONGEST_REASON)),
    // Of a log, the end tells why.
    output: outcome.what.startsWith('Job ') ? output.slice(-LONGEST_OUTPUT) : cut(output, LONGEST_OUTPUT),
  };
}

function cut(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length)}…` : text;
}
