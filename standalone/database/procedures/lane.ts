/**
 * Procedures and HTTP handlers run beside the database's queue, each in a thread that is its own for the whole run;
 * only their transactions take turns with everything else. Reference "module host" 1.6 and 6.7.
 */
import { type DatabaseCore, now, type Program } from '../core.ts';
import type { FunctionCall } from './messages.ts';
import type { RunOptions } from './procedure-run.ts';
import { type FunctionOutcome, ProcedureThread } from './procedure-thread.ts';

/** Threads that run at once; further calls wait. Most of them will be waiting for an HTTP answer. */
const mostThreads = 16;
/** Threads that load their module at once; a call is often sooner served by one that is about to be free. */
const mostLoading = 2;
/** Calls that may wait for a thread. */
const longestQueue = 4096;
/** Threads that are kept for the next call. */
const mostIdle = 2;

type LaneOptions = Omit<RunOptions, 'onOverdue'>;

/** A call without its time, which is when it begins. */
export type WantedCall = FunctionCall extends infer Call
  ? Call extends FunctionCall
    ? Omit<Call, 'timestamp'>
    : never
  : never;

interface Waiting {
  call: WantedCall;
  /** Earliest timestamp. */
  timestamp: bigint;
  resolve(outcome: FunctionOutcome): void;
}

export class ProcedureLane {
  readonly #core: DatabaseCore;
  readonly #options: LaneOptions;
  #idle: ProcedureThread[] = [];
  readonly #running = new Set<ProcedureThread>();
  readonly #waiting: Waiting[] = [];
  #closed = false;

  constructor(options: LaneOptions) {
    this.#core = options.core;
    this.#options = options;
  }

  /** Never rejects. `timestamp` is the earliest time that the function is told, in microseconds since the epoch. */
  run(call: WantedCall, timestamp = 0n): Promise<FunctionOutcome> {
    if (this.#waiting.length >= longestQueue) {
      const message = `${longestQueue} calls of procedures are waiting already; try again later`;
      return Promise.resolve({ ok: false, message, offset: -1n });
    }
    return new Promise((resolve) => {
      this.#waiting.push({ call, timestamp, resolve });
      this.#startWaiting();
    });
  }

  #startWaiting(): void {
    const { program } = this.#core;
    this.#endIdle((thread) => thread.program !== program || !thread.isUsable);
    for (;;) {
      const next = this.#waiting[0];
      if (!next) return;
      if (!program || this.#closed) {
        next.resolve({ ok: false, message: 'The database is closing', offset: -1n });
      } else {
        const thread = this.#idle.pop() ?? this.#newThread(program);
        if (!thread) return;
        void this.#run(thread, next);
      }
      this.#waiting.shift();
    }
  }

  /** Undefined when a thread that will be free or loaded later is to be waited for. */
  #newThread(program: Program): ProcedureThread | undefined {
    const loading = [...this.#running].filter((thread) => !thread.isLoaded).length;
    if (this.#running.size >= mostThreads || loading >= mostLoading) return undefined;
    return new ProcedureThread(program, this.#options, () => this.#startWaiting());
  }

  async #run(thread: ProcedureThread, { call, timestamp, resolve }: Waiting): Promise<void> {
    this.#running.add(thread);
    const present = now();
    const outcome = await thread.run({ ...call, timestamp: timestamp > present ? timestamp : present });
    this.#running.delete(thread);
    // After an exception its state may be anything; the real server takes a fresh one too.
    const isWanted = this.#waiting.length > 0 || this.#idle.length < mostIdle;
    if (outcome.ok && thread.isUsable && !this.#closed && isWanted) this.#idle.push(thread);
    else void thread.terminate();
    resolve(outcome);
    this.#startWaiting();
  }

  #endIdle(which: (thread: ProcedureThread) => boolean): void {
    for (const thread of this.#idle) if (which(thread)) void thread.terminate();
    this.#idle = this.#idle.filter((thread) => !which(thread));
  }

  /** Threads of a module that has been replaced are of no use; what runs in them ends as it would have. */
  programChanged(): void {
    this.#endIdle(() => true);
  }

  /** Ends all threads; what they run fails. */
  async close(): Promise<void> {
    this.#closed = true;
    const threads = [...this.#idle, ...this.#running];
    this.#idle = [];
    await Promise.all(threads.map((thread) => thread.terminate()));
  }
}
