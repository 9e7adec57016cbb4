/**
 * When a database writes a snapshot. Rows are captured between two transactions, which takes about 10 ms for a million
 * of them, and written in short pieces while calls go on; the log begins a new segment there.
 *
 * While calls keep coming, a snapshot is written when the log since the last one is as long as that snapshot, so that
 * writing snapshots costs no more than writing the log, and opening reads at most twice what it must. When the
 * database has been quiet for a while, much less is enough.
 */
import type { DatabaseCore } from './core.ts';
import { removeObsolete } from './datastore/log-files.ts';
import { type CapturedState, captureState, writeSnapshot } from './datastore/snapshot.ts';
import type { SnapshotRules } from './messages.ts';
import { messageOf } from './refusal.ts';

const mebibyte = 1024 * 1024;

const defaultRules: SnapshotRules = {
  busyBytes: 16 * mebibyte,
  quietBytes: mebibyte,
  quietTime: 5000,
  keepLogBytes: 1024 * mebibyte,
};

interface Captured {
  directory: string;
  state: CapturedState;
  /** Settles when everything captured is durable, and the log goes on in a new segment. */
  segment: Promise<void>;
}

export class Snapshotter {
  readonly #core: DatabaseCore;
  readonly #inTurn: <T>(run: () => T) => Promise<T>;
  readonly #rules: SnapshotRules;
  /** Bytes of log that the last snapshot covers. */
  #covered = 0;
  #lastSize = 0;
  #work: Promise<void> | undefined;
  #quiet: NodeJS.Timeout | undefined;
  #closed = false;

  /** `inTurn` runs something while no transaction is open. */
  constructor(core: DatabaseCore, inTurn: <T>(run: () => T) => Promise<T>, rules: Partial<SnapshotRules> = {}) {
    this.#core = core;
    this.#inTurn = inTurn;
    this.#rules = { ...defaultRules, ...rules };
  }

  /** To be called whenever the log has grown, and once it is open. */
  logGrew(): void {
    if (this.#closed || this.#work) return;
    const { busyBytes, quietBytes, quietTime } = this.#rules;
    const grown = this.#core.logWritten - this.#covered;
    if (grown > Math.max(busyBytes, this.#lastSize)) {
      this.#begin();
    } else if (grown > quietBytes) {
      if (this.#quiet) this.#quiet.refresh();
      else this.#quiet = setTimeout(() => this.#begin(), quietTime).unref();
    }
  }

  #begin(): void {
    if (this.#closed || this.#work) return;
    clearTimeout(this.#quiet);
    this.#quiet = undefined;
    this.#work = this.#write().then(
      () => this.#ended(),
      (error: unknown) => {
        const reason = messageOf(error);
        this.#core.moduleLog.host(
          'Warn',
          `A snapshot could not be written (${reason}). Nothing is lost: the commit log has everything.`,
        );
        this.#ended();
      },
    );
  }

  #ended(): void {
    this.#work = undefined;
    this.logGrew();
  }

  async #write(): Promise<void> {
    const captured = await this.#inTurn(() => this.#capture());
    if (!captured) return;
    const { directory, state, segment } = captured;
    // A snapshot must never hold what the log could still lose.
    await segment;
    const size = await writeSnapshot(directory, state, () => !this.#closed);
    if (size === undefined) return;
    this.#lastSize = size;
    removeObsolete(directory, this.#rules.keepLogBytes);
  }

  #capture(): Captured | undefined {
    const core = this.#core;
    const { program, catalog, nextTableId, offset } = core;
    const { directory } = core.options;
    this.#covered = core.logWritten;
    if (!program || directory === undefined || this.#closed) return undefined;
    const state = { program: program.bytes, definition: program.definition, catalog, nextTableId, offset };
    return { directory, state: captureState(state), segment: core.beginLogSegment() };
  }

  /** Gives up what is under way. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#quiet);
    await this.#work;
  }
}
