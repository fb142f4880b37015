import { UserError } from '../common/errors';

/** How many requests a run may send, so that a smoke test never becomes a load test by mistake. */
export class Budget {
  private spent = 0;

  constructor(private readonly requests: number) {}

  /** @throws UserError when nothing is left */
  spend(): void {
    if (this.spent >= this.requests) {
      throw new UserError(
        `The step's requests (input maxRequests: ${this.requests}) are all used; this one was not sent.`,
      );
    }
    this.spent++;
  }

  /** One request more: what was made is removed whatever was used before. */
  grant(): void {
    this.spent--;
  }

  get used(): number {
    return this.spent;
  }
}
