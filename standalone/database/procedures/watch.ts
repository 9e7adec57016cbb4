/**
 * Notices that a thread has been silent for too long. This thread may itself have been busy all that time, with the
 * word it waits for in the mail: so the mail is read once more before anybody is given up.
 */
export class Watch {
  readonly #limit: number;
  readonly #expired: () => void;
  #timer: NodeJS.Timeout | undefined;
  #touched = 0;

  /** `limit` in milliseconds. */
  constructor(limit: number, expired: () => void) {
    this.#limit = limit;
    this.#expired = expired;
  }

  /** The time starts anew. */
  start(): void {
    this.stop();
    this.#timer = setTimeout(() => {
      const before = this.#touched;
      setImmediate(() => {
        if (this.#touched === before) this.#expired();
      });
    }, this.#limit);
  }

  stop(): void {
    this.#touched++;
    clearTimeout(this.#timer);
  }
}
