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

  constructor(
    readonly input: string,
    found: string,
    readonly accepted: string,
    readonly remedy?: string,
  ) {
    const shown = found === '' ? undefined : JSON.stringify(shorten(found));
    const what = shown === undefined ? 'it is empty' : `found ${shown}`;
    super(`Input '${input}': ${what}; accepted is ${accepted}.${remedy ? ` ${remedy}` : ''}`);
    this.found = shown;
  }

  /** As it is shown, in quotes; undefined when the input is empty. */
  readonly found: string | undefined;
}

/** The reason of the abort signal when the agent cancels the step. */
export class CancelledError extends UserError {
  override name = 'CancelledError';

  constructor(readonly signal: NodeJS.Signals) {
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
