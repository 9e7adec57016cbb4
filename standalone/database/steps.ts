/** Steps of work in the queue as promises, and what becomes of one that fails or is stopped. */
import { CallQueue } from './call-queue.ts';
import type { DatabaseCore } from './core.ts';
import { abandonCall, abandonLeftovers, type RunningCall } from './reducers.ts';

/** A call ran longer than it may. Its transaction has been undone and the log says so. */
export class StoppedError extends Error {}

/** Notes the running call, so that it can be undone. */
export type Begin = (call: RunningCall) => RunningCall;

export interface StepOptions {
  /** Reducer that the step may run, for the log. */
  reducer: string;
  run(begin: Begin): void;
  failed(error: unknown): void;
}

export class Steps {
  readonly #core: DatabaseCore;
  readonly #queue: CallQueue;

  /** `limit`: milliseconds that one step may take. */
  constructor(core: DatabaseCore, limit: number) {
    this.#core = core;
    this.#queue = new CallQueue(limit, {
      run: () => core.program?.instance.drain(),
      stopped: () => abandonLeftovers(core, limit),
    });
  }

  /** Queues a step. `failed` gets what it throws, or a StoppedError; by then its transaction has been undone. */
  push({ reducer, run, failed }: StepOptions): void {
    const core = this.#core;
    let running: RunningCall | undefined;
    this.#queue.push({
      run() {
        try {
          run((call) => {
            running = call;
            return call;
          });
        } catch (error) {
          undo(running);
          failed(error);
        }
      },
      stopped: (limit) =>
        failed(new StoppedError(running ? abandonCall(running, reducer, limit) : core.views.stopped(limit))),
    });
  }

  /**
   * Waits for its turn like a step, and then keeps the queue for itself until the function that it resolves with is
   * called: this is how a procedure's transaction, which spans turns of the event loop, excludes all others.
   */
  hold(): Promise<() => void> {
    return new Promise((resolve) => {
      const take = (): void => resolve(this.#queue.hold());
      this.#queue.push({ run: take, stopped: take });
    });
  }

  run<T>(reducer: string, step: (begin: Begin) => T): Promise<T> {
    return new Promise((resolve, reject) => {
      this.push({ reducer, run: (begin) => resolve(step(begin)), failed: reject });
    });
  }
}

/** Throws when the commit itself failed: then only the log knows the truth, and the thread must end. */
function undo(call: RunningCall | undefined): void {
  if (!call || call.transaction.phase === 'ended') return;
  if (call.transaction.phase === 'ending') throw new Error('A commit failed half-way; the database is opened again');
  call.transaction.rollback();
}
