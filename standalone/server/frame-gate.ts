/**
 * Holds back clients that send faster than their database works, by not reading from their sockets. What a database has
 * done is known from fences: requests that are answered when everything before them is done.
 */

/** A client whose socket can be left unread. */
export interface GatedClient {
  pause(): void;
  resume(): void;
}

const FENCE_EVERY_FRAMES = 1024;
const FENCE_EVERY_BYTES = 4 * 1024 * 1024;
const MAX_FRAMES = 16_384;
const MAX_BYTES = 64 * 1024 * 1024;

export class FrameGate {
  readonly #fence: () => Promise<unknown>;
  #sent = { frames: 0, bytes: 0 };
  #fenced = { frames: 0, bytes: 0 };
  #done = { frames: 0, bytes: 0 };
  readonly #held = new Set<GatedClient>();

  /** `fence` resolves when all frames sent before the call are done, and rejects when the database is gone. */
  constructor(fence: () => Promise<unknown>) {
    this.#fence = fence;
  }

  /** A frame of `client` was just given to the database. */
  sent(bytes: number, client: GatedClient): void {
    this.#sent.frames += 1;
    this.#sent.bytes += bytes;
    if (
      this.#sent.frames - this.#fenced.frames >= FENCE_EVERY_FRAMES ||
      this.#sent.bytes - this.#fenced.bytes >= FENCE_EVERY_BYTES
    ) {
      this.#putFence();
    }
    if (this.#isOver(1) && !this.#held.has(client)) {
      this.#held.add(client);
      client.pause();
    }
  }

  /** The client left; it is not waited for. */
  forget(client: GatedClient): void {
    this.#held.delete(client);
  }

  #putFence(): void {
    const upTo = { ...this.#sent };
    this.#fenced = upTo;
    const passed = () => {
      this.#done = upTo;
      if (this.#isOver(0.5)) return;
      for (const client of this.#held) client.resume();
      this.#held.clear();
    };
    // A database that is gone has nothing left to do: its clients are being closed.
    this.#fence().then(passed, passed);
  }

  #isOver(part: number): boolean {
    return (
      this.#sent.frames - this.#done.frames > MAX_FRAMES * part ||
      this.#sent.bytes - this.#done.bytes > MAX_BYTES * part
    );
  }
}
