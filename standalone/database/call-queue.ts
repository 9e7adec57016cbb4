/**
 * The one queue of a database: whatever runs module code or changes data waits here and runs to its end before the
 * next begins, which is what makes transactions serializable.
 *
 * Module code that never returns must be stopped. A time limit in V8 costs 0.14 ms to set up (it starts a thread), so
 * one limit spans a batch of tasks: everything that is waiting, for at most `batchTime`. Stopping inside the worker,
 * and not ending the worker, keeps the other clients connected and the data of in-memory databases.
 */
import { isTimeout, runLimited } from '../host/instance.ts';

export interface Task {
  run(): void;
  /** The task was stopped half-way; undo what it did and tell whoever waits. */
  stopped(limit: number): void;
}

/** Milliseconds after which a batch ends, so that reading the disk's and the server's answers is not put off. */
const batchTime = 10;

export class CallQueue {
  readonly #limit: number;
  readonly #afterBatch: Task;
  #tasks: Task[] = [];
  #next = 0;
  #running: Task | undefined;
  #scheduled = false;
  #held = false;

  /** `limit`: milliseconds that one task may run. `afterBatch` runs under the same limit when a batch is through. */
  constructor(limit: number, afterBatch: Task) {
    this.#limit = limit;
    this.#afterBatch = afterBatch;
  }

  push(task: Task): void {
    this.#tasks.push(task);
    this.#schedule();
  }

  /** Nothing runs any more, from the end of the running task until the returned function is called. */
  hold(): () => void {
    let isMine = true;
    this.#held = true;
    return () => {
      if (!isMine) return;
      isMine = false;
      this.#held = false;
      this.#schedule();
    };
  }

  #schedule(): void {
    if (this.#scheduled || this.#held) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#runBatch();
    });
  }

  #runBatch(): void {
    try {
      runLimited(() => this.#runTasks(), this.#limit + batchTime);
    } catch (error) {
      if (!isTimeout(error)) throw error;
      this.#stopRunning();
    }
    if (this.#next < this.#tasks.length) this.#schedule();
  }

  /** The limit may also strike between two tasks, on a machine that was asleep or busy: then nothing was harmed. */
  #stopRunning(): void {
    const task = this.#running;
    this.#running = undefined;
    if (task === undefined) return;
    // Struck before it was counted as begun: it must not begin again.
    if (task === this.#tasks[this.#next]) this.#next++;
    task.stopped(this.#limit);
  }

  #runTasks(): void {
    const until = performance.now() + batchTime;
    for (;;) {
      const task = this.#held ? undefined : this.#tasks[this.#next];
      if (!task) break;
      this.#running = task;
      this.#next++;
      task.run();
      this.#running = undefined;
      if (performance.now() > until) break;
    }
    this.#running = this.#afterBatch;
    this.#afterBatch.run();
    this.#running = undefined;
    if (this.#next === this.#tasks.length) this.#tasks = [];
    else if (this.#next > 1024) this.#tasks = this.#tasks.slice(this.#next);
    else return;
    this.#next = 0;
  }
}
