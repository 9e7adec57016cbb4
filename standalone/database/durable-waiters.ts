/** Work that waits until a transaction is on disk, such as the answer to a publish. */
export class DurableWaiters {
  #durable = -1n;
  #waiting: { offset: bigint; run: () => void }[] = [];

  /** Runs at once when `offset` is durable already. Offsets come in any order. */
  when(offset: bigint, run: () => void): void {
    if (offset <= this.#durable) run();
    else this.#waiting.push({ offset, run });
  }

  reached(offset: bigint): void {
    this.#durable = offset;
    if (this.#waiting.length === 0) return;
    const ready = this.#waiting.filter((entry) => entry.offset <= offset);
    this.#waiting = this.#waiting.filter((entry) => entry.offset > offset);
    for (const { run } of ready) run();
  }
}
