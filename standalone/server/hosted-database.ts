/**
 * A database under supervision: its thread is started when first needed, restarted when it dies, and reopened from its
 * commit log. The states are in one table; every change is logged.
 */
import type { DatabaseWorkerOptions, Metric, RequestArgs, RequestName, RequestReply } from '../database/messages.ts';
import { FrameGate, type GatedClient } from './frame-gate.ts';
import { messageOf } from './node-error.ts';
import type { ServerLogger } from './server-log.ts';
import { DatabaseUnavailable, startWorkerThread, type WorkerEvent, type WorkerThread } from './worker-thread.ts';

/** What may follow what. `waiting` is between a crash and the next start, `failed` needs a new request to try again. */
const TRANSITIONS = {
  idle: ['opening', 'closed'],
  opening: ['running', 'waiting', 'failed', 'closed'],
  running: ['waiting', 'failed', 'closed'],
  waiting: ['opening', 'closed'],
  failed: ['opening', 'closed'],
  closed: [],
} as const satisfies Record<string, readonly string[]>;

export type DatabaseState = keyof typeof TRANSITIONS;

/** Pause before each restart in a row; after the last one the database stays failed until somebody needs it. */
const RESTART_DELAYS_MS = [100, 500, 2000, 5000, 10_000];
/** A database that ran this long is not in a row of crashes any more. */
const STABLE_MS = 60_000;
/** How long a request waits for the database to come up. */
const READY_TIMEOUT_MS = 10_000;
/** A database that just failed answers at once instead of starting a thread per request. */
const FAILED_PAUSE_MS = 5000;
const METRICS_TIMEOUT_MS = 2000;
const CLOSE_TIMEOUT_MS = 10_000;

export interface HostedDatabaseOptions {
  workerFile: URL;
  worker: DatabaseWorkerOptions;
  logger: ServerLogger;
  /** Pause before each restart in a row; default `RESTART_DELAYS_MS`. */
  restartDelaysMs?: readonly number[];
  /** The program published last; run when the thread has none (a database in memory). */
  loadProgram(): Promise<Uint8Array | undefined>;
  onEvent(event: WorkerEvent): void;
  /** The thread died: sockets of this database have lost their connection. */
  onCrash(): void;
}

export class HostedDatabase {
  readonly #options: HostedDatabaseOptions;
  readonly #gate = new FrameGate(() => this.#thread?.request('drained', {}) ?? Promise.resolve());
  #state: DatabaseState = 'idle';
  #thread: WorkerThread | undefined;
  #failure = '';
  #failedAt = 0;
  #crashes = 0;
  #runningSince = 0;
  #timer: NodeJS.Timeout | undefined;
  #waiters = new Set<(thread: WorkerThread | undefined) => void>();
  #metrics: Metric[] = [];

  constructor(options: HostedDatabaseOptions) {
    this.#options = options;
  }

  get state(): DatabaseState {
    return this.#state;
  }

  /** Asks the database, starting it when necessary. Rejects with DatabaseUnavailable when it cannot answer. */
  async request<N extends RequestName>(name: N, args: RequestArgs<N>): Promise<RequestReply<N>> {
    const thread = this.#state === 'running' && this.#thread ? this.#thread : await this.#ready();
    return thread.request(name, args);
  }

  /**
   * Passes a frame on, and holds its client back while the database is far behind. Frames of a socket whose connection
   * is gone with its thread are dropped.
   */
  sendClientFrame(socket: number, data: Uint8Array, client: GatedClient): void {
    if (this.#state !== 'running' || !this.#thread) return;
    this.#thread.sendClientFrame(socket, data);
    this.#gate.sent(data.length, client);
  }

  /** The client left. */
  forgetClient(client: GatedClient): void {
    this.#gate.forget(client);
  }

  /** The newest snapshot. A database that is busy or down gives its last one, so that counters do not vanish. */
  async metrics(): Promise<Metric[]> {
    if (this.#state !== 'running' || !this.#thread) return this.#metrics;
    const answer = this.#thread.request('metrics', {}).then(
      ({ metrics }) => {
        this.#metrics = metrics;
      },
      // The thread ended meanwhile; its exit is reported where it is handled.
      () => {},
    );
    await withTimeout(answer, METRICS_TIMEOUT_MS);
    return this.#metrics;
  }

  /** Syncs and ends the thread; later requests are refused. */
  async close(): Promise<void> {
    if (this.#state === 'closed') return;
    const thread = this.#thread;
    const running = this.#state === 'running';
    clearTimeout(this.#timer);
    this.#change('closed');
    this.#settle(undefined);
    if (!thread) return;
    if (running) {
      const closed = thread.request('close', {}).catch((error: unknown) => {
        this.#log('warn', `did not close cleanly: ${messageOf(error)}`);
      });
      const inTime = await withTimeout(
        closed.then(() => true),
        CLOSE_TIMEOUT_MS,
      );
      if (!inTime) this.#log('warn', 'did not close in time and was stopped; its log keeps what was confirmed');
    }
    await thread.terminate();
  }

  #change(next: DatabaseState): void {
    const allowed: readonly string[] = TRANSITIONS[this.#state];
    if (!allowed.includes(next)) throw new Error(`a database cannot go from ${this.#state} to ${next}`);
    this.#state = next;
    if (next === 'failed') this.#failedAt = performance.now();
  }

  #ready(): Promise<WorkerThread> {
    if (this.#state === 'closed') return Promise.reject(new DatabaseUnavailable('The database is closed.'));
    if (this.#state === 'failed' && performance.now() - this.#failedAt < FAILED_PAUSE_MS) {
      return Promise.reject(this.#unavailable());
    }
    const ready = new Promise<WorkerThread | undefined>((resolve) => this.#waiters.add(resolve));
    if (this.#state === 'idle' || this.#state === 'failed') this.#start();
    return withTimeout(ready, READY_TIMEOUT_MS).then((thread) => {
      if (thread) return thread;
      throw this.#unavailable();
    });
  }

  #unavailable(): DatabaseUnavailable {
    const why = this.#failure === '' ? 'it is still starting' : this.#failure.replace(/\.$/, '');
    const advice =
      this.#state === 'failed'
        ? 'If it stays so, publish it with --delete-data: it then starts empty, and its old files are kept aside.'
        : 'Try again in a moment.';
    return new DatabaseUnavailable(`The database cannot be used now: ${why}. ${advice}`);
  }

  #settle(thread: WorkerThread | undefined): void {
    for (const settle of this.#waiters) settle(thread);
    this.#waiters.clear();
  }

  #start(): void {
    this.#change('opening');
    let exited = false;
    try {
      const thread = startWorkerThread(this.#options.workerFile, this.#options.worker, {
        onEvent: this.#options.onEvent,
        onExit: (reason) => {
          exited = true;
          if (this.#thread === thread) this.#exited(reason);
        },
      });
      this.#thread = thread;
      void this.#open(thread).catch((error: unknown) => {
        // An exit has been handled by then; anything else is a database that does not open.
        if (!exited && this.#thread === thread && this.#state === 'opening') this.#refused(messageOf(error));
      });
    } catch (error) {
      this.#refused(messageOf(error));
    }
  }

  async #open(thread: WorkerThread): Promise<void> {
    const opened = await thread.request('open', {});
    if (!opened.ok) throw new Error(opened.message);
    const program = opened.hasProgram ? undefined : await this.#options.loadProgram();
    if (program) {
      const published = await thread.request('publish', {
        program,
        clear: false,
        policy: 'Compatible',
        migrationToken: undefined,
      });
      if (!published.ok) throw new Error(published.message);
    }
    if (this.#thread !== thread || this.#state !== 'opening') return;
    this.#change('running');
    this.#runningSince = performance.now();
    this.#failure = '';
    this.#settle(thread);
  }

  /** The thread lives, but says that the database does not open: restarting at once would not help. */
  #refused(reason: string): void {
    const thread = this.#thread;
    this.#thread = undefined;
    this.#failure = reason;
    this.#change('failed');
    this.#log('error', `does not open: ${reason}`);
    this.#settle(undefined);
    void thread?.terminate();
  }

  #exited(reason: string): void {
    this.#thread = undefined;
    if (this.#state === 'closed') return;
    if (this.#state === 'running' && performance.now() - this.#runningSince > STABLE_MS) this.#crashes = 0;
    this.#failure = reason;
    const delay = (this.#options.restartDelaysMs ?? RESTART_DELAYS_MS)[this.#crashes];
    this.#crashes += 1;
    this.#options.onCrash();
    if (delay === undefined) {
      this.#crashes = 0;
      this.#change('failed');
      this.#log('error', `keeps stopping (${reason}), and is not restarted until it is used again`);
      this.#settle(undefined);
      return;
    }
    this.#change('waiting');
    this.#log('error', `stopped (${reason}); it is opened again from its log in ${delay} ms`);
    this.#timer = setTimeout(() => this.#start(), delay);
  }

  #log(level: 'warn' | 'error', what: string): void {
    this.#options.logger[level](`Database ${this.#options.worker.databaseIdentity} ${what}`);
  }
}

/** Undefined when the time is over first. */
async function withTimeout<T>(promise: Promise<T>, milliseconds: number): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, milliseconds, undefined);
  });
  try {
    return await Promise.race([promise, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
