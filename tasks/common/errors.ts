/**
 * An error whose message is written for the person who runs the pipeline. `runTask` prints it as it is, without a stack.
 * Everything else that is thrown is a defect of ours and is printed with its stack.
 */
export class UserError extends Error {
  override name = 'UserError';
}

/** A wrong input: names it, what was found, what is accepted and, where it is not plain, what to do. */
export class InputError extends UserError {
  override name = 'InputError';

  constructor(input: string, found: string, accepted: string, remedy?: string) {
    const shown = found === '' ? 'it is empty' : `found ${JSON.stringify(shorten(found))}`;
    super(`Input '${input}': ${shown}; accepted is ${accepted}.${remedy ? ` ${remedy}` : ''}`);
  }
}

/** The reason of the abort signal when the agent cancels the step. */
export class CancelledError extends UserError {
  override name = 'CancelledError';

  constructor(signal: NodeJS.Signals) {
    super(`The step was cancelled (${signal}).`);
  }
}

/** The message of anything thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

function shorten(text: string): string {
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}
