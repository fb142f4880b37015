import * as tl from 'azure-pipelines-task-lib/task';
import { cancellationSignal } from './cancellation';
import { messageOf, UserError } from '../errors';
import { debug, harmless } from './log';

/** How long open handles (an agent keep-alive, a half-closed socket) may hold the finished step, in milliseconds. */
const LINGER_MS = 2_000;

/**
 * Runs a task and is the only place that decides its result: `main` returns the message of success, or throws.
 * `TaskResult.Cancelled` is never used: task-lib spells it in a way that the agent cannot parse.
 */
export async function runTask(main: (signal: AbortSignal) => Promise<string>): Promise<void> {
  const signal = cancellationSignal();
  try {
    tl.setResult(tl.TaskResult.Succeeded, harmless(await main(signal)));
  } catch (thrown) {
    if (thrown instanceof Error) debug(thrown.stack ?? '');
    tl.setResult(tl.TaskResult.Failed, harmless(describe(thrown)));
  }
  setTimeout(() => process.exit(), LINGER_MS).unref();
}

/** A UserError speaks for itself; anything else is a defect and needs its stack to be reported. */
function describe(thrown: unknown): string {
  if (thrown instanceof UserError) return thrown.message;
  const stack = thrown instanceof Error ? thrown.stack : undefined;
  return `Unexpected error, please report it: ${stack ?? messageOf(thrown)}`;
}
