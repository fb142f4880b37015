import { formatDuration } from '../common/duration';
import { InputError } from '../common/errors';
import type { Component } from '../common/release/release';
import { tryOften, type Ending } from './attempts';
import { allChecks, type Check, type Plan } from './checks';
import { giverOf } from './checksFile';
import { cleanUp, withGrace } from './cleanup';
import { withTimeLimit, type Attempt, type ProbeContext } from './probe';
import { probeCommand } from './probes/command';
import { probeEvents } from './probes/events';
import { probeHttp } from './probes/http';
import { probeImages } from './probes/images';
import { probeJob } from './probes/job';
import { probePods } from './probes/pods';
import { probePrometheus } from './probes/prometheus';
import { probeWebSocket } from './probes/webSocket';
import { saidBy, type Said } from './said';
import { targetText } from './target';

/** How a check ended. Its texts hold no secret any more, and are cut to a length that people read. */
export interface Outcome extends Omit<Ending, 'status'> {
  name: string;
  /** Of the file; empty for checks outside a group. */
  group: string;
  /** What was done: `POST service/frontend:80/api/v1/login`. */
  what: string;
  place: Check['place'];
  /** warning: it failed, but is soft. */
  status: Ending['status'] | 'warning';
  /** Events and logs of what stands behind the target, when it failed. */
  evidence: string;
  /** What the check says is sent and expected; undefined for one that was not in a plan. */
  said?: Said;
}

/** The check that is always made, and how long it may take. */
export const IMAGES_CHECK = 'Running images are those of the release';
const IMAGES_TIMEOUT_MS = 60_000;
const RELEASE_GROUP = 'Release';
const ONCE = { attempts: 1, forMs: undefined, intervalMs: 0, backoff: 1 };

const LONGEST_REASON = 500;
const LONGEST_OUTPUT = 2_000;
const LONGEST_EVIDENCE = 8_000;

/** Checks with what their `${NAME}` stand for besides captured values. */
export interface VariablePlan {
  plan: Plan;
  variables: Readonly<Record<string, string>>;
}

export interface RunOptions {
  /** The file's and the built-in ones. What one captures the other does not see. */
  plans: readonly VariablePlan[];
  components: readonly Component[];
  timeoutMs: number;
  /** Told of each check as soon as it has ended. */
  onOutcome: (outcome: Outcome) => void;
  /** Events and logs for a check that failed; never throws. */
  evidenceOf: (check: Check) => Promise<string>;
}

/**
 * Makes all checks: of each plan first `first`, then its groups at the same time. One that fails keeps none from being made
 * but those that need what it did not capture; once the time of the step is over, the others fail unmade. What checks made
 * is removed after the last one of their group, also when the step is cancelled.
 * @returns the outcomes in the order of the files
 * @throws the reason of `cancel`; whatever is no UserError
 */
export async function runChecks(
  options: RunOptions,
  context: ProbeContext,
  cancel: AbortSignal,
): Promise<Outcome[]> {
  const { plans, components, timeoutMs } = options;
  const limit = `The time limit of the step (input timeout: ${formatDuration(timeoutMs)}) is over.`;
  return withTimeLimit(timeoutMs, limit, context.clock, cancel, async (signal) => {
    const images = async (): Promise<Outcome[]> => {
      const trial = { retry: ONCE, repeat: undefined, timeoutMs: IMAGES_TIMEOUT_MS };
      const ending = await tryOften(
        trial,
        (inner) => probeImages(components, context, inner),
        context,
        signal,
      );
      const own = { name: IMAGES_CHECK, group: RELEASE_GROUP, what: 'digests of the running containers' };
      return [tell({ ...ending, ...own, place: undefined, evidence: '' }, options, context)];
    };
    const outcomes = await settle([
      images(),
      ...plans.map(({ plan, variables }) =>
        runPlan(plan, options, { ...context, values: context.values.fork(variables) }, signal),
      ),
    ]);
    return outcomes.flat();
  });
}

async function runPlan(
  plan: Plan,
  options: RunOptions,
  context: ProbeContext,
  signal: AbortSignal,
): Promise<Outcome[]> {
  const sequence = (checks: readonly Check[], group: string, outcomes: Outcome[]) =>
    runSequence(checks, group, plan, outcomes, options, context, signal);
  const first: Outcome[] = [];
  // What `first` made is there until the last group that uses it has ended.
  return withCleanup(plan.first, '', options, context, async () => {
    await sequence(plan.first, '', first);
    const groups = await settle(
      plan.groups.map(({ name, checks }) => {
        const outcomes: Outcome[] = [];
        return withCleanup(checks, name, options, context, () => sequence(checks, name, outcomes));
      }),
    );
    return [...first, ...groups.flat()];
  });
}

async function runSequence(
  checks: readonly Check[],
  group: string,
  plan: Plan,
  outcomes: Outcome[],
  options: RunOptions,
  context: ProbeContext,
  signal: AbortSignal,
): Promise<Outcome[]> {
  const attempt = (check: Check): Attempt =>
    check.cleanup === undefined
      ? attemptOf(check, context)
      : withGrace(attemptOf(check, context), context.clock);
  for (const check of checks) {
    const missing = check.needs.filter((name) => !context.values.has(name));
    const ending: Ending =
      missing.length > 0
        ? skipped(
            missing.map(
              (name) => `Not run: it needs ${name}, which check '${giverOf(plan, name)}' did not capture.`,
            ),
          )
        : await tryOften(check, attempt(check), context, signal);
    const failed = ending.status === 'failed';
    const evidence = failed && !signal.aborted ? await options.evidenceOf(check) : '';
    const status = failed && check.soft ? 'warning' : ending.status;
    const own = { name: check.name, group, what: whatOf(check), place: check.place, said: saidBy(check) };
    outcomes.push(tell({ ...ending, ...own, status, evidence }, options, context));
  }
  return outcomes;
}

/** Adds an outcome for every object that could not be removed. */
async function withCleanup(
  checks: readonly Check[],
  group: string,
  options: RunOptions,
  context: ProbeContext,
  work: () => Promise<Outcome[]>,
): Promise<Outcome[]> {
  const failures: Outcome[] = [];
  const clean = async (): Promise<void> => {
    for (const { check, what, problem, durationMs } of await cleanUp(checks, context)) {
      if (problem === undefined) continue;
      const outcome: Outcome = {
        name: `Cleanup: ${check.name}`,
        group,
        what,
        place: check.place,
        status: check.soft ? 'warning' : 'failed',
        attempts: 1,
        durationMs,
        reasons: [`What the check made is still there. ${problem}`],
        output: '',
        evidence: '',
      };
      failures.push(tell(outcome, options, context));
    }
  };
  let made: Outcome[];
  try {
    made = await work();
  } finally {
    await clean();
  }
  return [...made, ...failures];
}

/** As Promise.all, but nothing goes on unwatched after a failure: cleanups end before the step does. */
async function settle<T>(promises: readonly Promise<T>[]): Promise<T[]> {
  const results = await Promise.allSettled(promises);
  const failure = results.find((result) => result.status === 'rejected');
  if (failure) throw failure.reason;
  return results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
}

function attemptOf(check: Check, context: ProbeContext): Attempt {
  switch (check.kind) {
    case 'http':
      return (signal) => probeHttp(check, context, signal);
    case 'websocket':
      return (signal) => probeWebSocket(check, context, signal);
    case 'events':
      return (signal) => probeEvents(check, context, signal);
    case 'prometheus':
      return (signal) => probePrometheus(check, context, signal);
    case 'pods':
      return probePods(check, context);
    case 'job':
      return (signal) => probeJob(check, context, signal);
    case 'command':
      return (signal) => probeCommand(check, context, signal);
  }
}

function skipped(reasons: string[]): Ending {
  return { status: 'skipped', attempts: 0, durationMs: 0, reasons, output: '' };
}

function whatOf(check: Check): string {
  switch (check.kind) {
    case 'http':
    case 'events':
      return `${check.request.method} ${targetText(check.target)}${check.request.path}`;
    case 'websocket':
      return `WebSocket ${targetText(check.target)}${check.request.path}`;
    case 'prometheus':
      return `${targetText(check.target)} ${check.query}`;
    case 'pods':
      return check.of === undefined ? 'all pods of the release' : `pods of ${check.of.kind} ${check.of.name}`;
    case 'job':
      return `Job like ${check.workload.kind} ${check.workload.name}`;
    case 'command':
      return check.run[0] ?? '';
  }
}

/** Secrets are taken out before anything is cut, so that no half of one remains. */
function tell(outcome: Outcome, { onOutcome }: RunOptions, { values }: ProbeContext): Outcome {
  const output = values.redact(outcome.output);
  const isLog = outcome.what.startsWith('Job ');
  const redacted = {
    ...outcome,
    what: values.redact(values.known(outcome.what)),
    reasons: outcome.reasons.map((reason) => cut(values.redact(reason), LONGEST_REASON)),
    // Of a log, the end tells why.
    output: isLog ? output.slice(-LONGEST_OUTPUT) : cut(output, LONGEST_OUTPUT),
    evidence: cut(values.redact(outcome.evidence), LONGEST_EVIDENCE),
    ...(outcome.said && {
      said: {
        request: cut(values.redact(outcome.said.request), LONGEST_OUTPUT),
        expected: cut(values.redact(outcome.said.expected), LONGEST_OUTPUT),
      },
    }),
  };
  onOutcome(redacted);
  return redacted;
}

function cut(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length)}…` : text;
}

/**
 * Makes checks soft, or leaves them out, by their names.
 * @throws InputError for a name that no check has
 */
export function adjust(
  plans: readonly VariablePlan[],
  { soft, skip }: { soft: readonly string[]; skip: readonly string[] },
): VariablePlan[] {
  const names = plans.flatMap(({ plan }) => allChecks(plan).map(({ name }) => name));
  for (const [input, wanted] of [['softChecks', soft] as const, ['skipChecks', skip] as const]) {
    const unknown = wanted.find((name) => !names.includes(name));
    if (unknown !== undefined) throw new InputError(input, unknown, `names of checks: ${names.join('; ')}`);
  }
  const change = (checks: readonly Check[]): Check[] =>
    checks
      .filter(({ name }) => !skip.includes(name))
      .map((check) => (soft.includes(check.name) ? { ...check, soft: true } : check));
  return plans.map(({ plan, variables }) => ({
    variables,
    plan: {
      first: change(plan.first),
      groups: plan.groups.map(({ name, checks }) => ({ name, checks: change(checks) })),
    },
  }));
}
