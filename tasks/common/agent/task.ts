import * as tl from 'azure-pipelines-task-lib/task';
import { cancellationSignal } from './cancellation';
import { systemClock } from '../clock';
import { CancelledError, InputError, messageOf, UserError } from '../errors';
import type { ViewDraft } from '../view/draft';
import { debug, harmless } from './log';
import { loadMessages, localized } from './messages';

/** How long open handles (an agent keep-alive, a half-closed socket) may hold the finished step, in milliseconds. */
const LINGER_MS = 2_000;

/**
 * Runs a task and is the only place that decides its result: `main` returns the message of success, or throws. Whatever
 * `main` has put into the draft by then is attached for the results tab.
 * `TaskResult.Cancelled` is never used: task-lib spells it in a way that the agent cannot parse.
 */
export async function runTask(
  view: ViewDraft,
  main: (signal: AbortSignal, view: ViewDraft) => Promise<string>,
): Promise<void> {
  loadMessages();
  const started = systemClock.now();
  const signal = cancellationSignal();
  const [result, message] = await outcomeOf(() => main(signal, view));
  // Loaded when it is needed: a task that refuses an input must not take longer to say so.
  const { publishView } = await import('../view/publish');
  const shown = result === 'failed' && signal.aborted ? 'canceled' : result;
  await publishView(view, { result: shown, message, started, finished: systemClock.now() });
  tl.setResult(result === 'succeeded' ? tl.TaskResult.Succeeded : tl.TaskResult.Failed, harmless(message));
  setTimeout(() => process.exit(), LINGER_MS).unref();
}

async function outcomeOf(
  main: () => Promise<string>,
): Promise<[result: 'succeeded' | 'failed', message: string]> {
  try {
    return ['succeeded', await main()];
  } catch (thrown) {
    if (thrown instanceof Error) debug(thrown.stack ?? '');
    return ['failed', describe(thrown)];
  }
}

/** A UserError speaks for itself; anything else is a defect and needs its stack to be reported. */
function describe(thrown: unknown): string {
  if (thrown instanceof InputError) return inputSentence(thrown);
  if (thrown instanceof CancelledError) return localized('StepCancelled', thrown.signal);
  if (thrown instanceof UserError) return thrown.message;
  const stack = thrown instanceof Error ? thrown.stack : undefined;
  return localized('UnexpectedError', stack ?? messageOf(thrown));
}

function inputSentence({ input, found, accepted, remedy }: InputError): string {
  const sentence =
    found === undefined
      ? localized('InputEmpty', input, accepted)
      : localized('InputWrong', input, found, accepted);
  return [sentence, remedy].filter(Boolean).join(' ');
}
