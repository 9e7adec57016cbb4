/** The database's end of one thread that runs procedures: it serves the system calls of the one that is running. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';
import { failureOf } from '../../host/syscalls/realm-host.ts';
import type { Program } from '../core.ts';
import { errno, HostError } from '../datastore/errno.ts';
import { messageOf } from '../refusal.ts';
import type {
  FromProcedureThread,
  FunctionCall,
  ProcedureThreadData,
  RemoteAnswer,
  RemoteRequest,
} from './messages.ts';
import { ProcedureRun, type RunOptions } from './procedure-run.ts';
import { Watch } from './watch.ts';

export type FunctionOutcome =
  /** `offset` is of the last transaction that it committed, else -1. */
  | { ok: true; values: Uint8Array[]; offset: bigint; durationMicros: number }
  | { ok: false; message: string; offset: bigint };

/** Megabytes, as in the real server. */
const heapLimit = 1024;

export class ProcedureThread {
  readonly program: Program;
  readonly #options: Omit<RunOptions, 'onOverdue'>;
  readonly #worker: Worker;
  readonly #syscalls: MessagePort;
  readonly #signal: Int32Array<SharedArrayBuffer>;
  readonly #watch: Watch;
  #run: ProcedureRun | undefined;
  #settle: ((outcome: FunctionOutcome) => void) | undefined;
  #startedAt = 0;
  /** Loading has a limit of its own. */
  #isLoaded = false;
  /** Why the thread cannot be used any more. */
  #ended: string | undefined;

  readonly #onLoaded: () => void;

  /** `onLoaded` is called once, when the module has been loaded. */
  constructor(program: Program, options: Omit<RunOptions, 'onOverdue'>, onLoaded: () => void) {
    this.program = program;
    this.#onLoaded = onLoaded;
    this.#options = options;
    const { port1, port2 } = new MessageChannel();
    const signal = new SharedArrayBuffer(4);
    const workerData: ProcedureThreadData = {
      kind: 'procedures',
      databaseIdentity: options.core.identity,
      bundle: program.instance.text,
      syscalls: port2,
      signal,
    };
    this.#signal = new Int32Array(signal);
    this.#syscalls = port1;
    this.#worker = new Worker(threadFile(), {
      workerData,
      transferList: [port2],
      resourceLimits: { maxOldGenerationSizeMb: heapLimit },
      name: 'procedures',
    });
    this.#watch = new Watch(options.limit, () =>
      this.#stop(
        `The ${this.#run?.call.kind} ${this.#run?.call.name} ran longer than ${options.limit / 1000} s at a stretch and was stopped. Look for a loop that does not end.`,
      ),
    );
    this.#worker.on('message', (message: FromProcedureThread) => this.#receive(message));
    this.#worker.on('error', (error: unknown) => this.#stop(threadFailure(error)));
    this.#worker.on('exit', () => this.#stop('Its thread ended'));
    port1.on('message', (request: RemoteRequest) => void this.#serve(request));
  }

  get isLoaded(): boolean {
    return this.#isLoaded;
  }

  get isUsable(): boolean {
    return this.#ended === undefined;
  }

  /** Runs one function; there must be none running. */
  run(call: FunctionCall): Promise<FunctionOutcome> {
    this.#run = new ProcedureRun(call, { ...this.#options, onOverdue: (message) => this.#stop(message) });
    this.#startedAt = performance.now();
    if (this.#isLoaded) this.#watch.start();
    return new Promise((resolve) => {
      this.#settle = resolve;
      if (this.#ended === undefined) this.#worker.postMessage(call);
      else this.#fail(this.#ended);
    });
  }

  /** Ends the thread; what it was running fails. */
  async terminate(): Promise<void> {
    this.#stop('The database is closing');
    await this.#worker.terminate();
  }

  #receive(message: FromProcedureThread): void {
    const { moduleLog } = this.#options.core;
    switch (message.kind) {
      case 'ready':
        this.#isLoaded = true;
        if (this.#run) this.#watch.start();
        this.#onLoaded();
        return;
      case 'broken':
        this.#stop(message.message);
        return;
      case 'log':
        moduleLog.module(message.line, message.functionName);
        return;
      case 'returned': {
        const durationMicros = Math.round((performance.now() - this.#startedAt) * 1000);
        this.#finish((offset) => ({ ok: true, values: message.values, offset, durationMicros }));
        return;
      }
      case 'failed':
        this.#fail(message.report);
    }
  }

  /** For reasons that are not the module's exceptions: the thread is of no use any more. */
  #stop(reason: string): void {
    if (this.#ended !== undefined) return;
    this.#ended = reason;
    void this.#worker.terminate();
    this.#syscalls.close();
    this.#fail(reason);
  }

  #fail(report: string): void {
    const run = this.#run;
    if (!run) return;
    const { core } = this.#options;
    core.moduleLog.module({ level: 101, message: report, filename: undefined, lineNumber: undefined }, run.call.name);
    core.metrics.crashed(run.call.name, this.program.hash);
    const [message = ''] = report.split('\n');
    this.#finish((offset) => ({ ok: false, message, offset }));
  }

  #finish(outcome: (offset: bigint) => FunctionOutcome): void {
    const run = this.#run;
    if (!run) return;
    this.#watch.stop();
    this.#run = undefined;
    if (run.end() && this.#ended === undefined) {
      const message = `aborting dangling anonymous transaction in ${run.call.kind} ${run.call.name}`;
      this.#options.core.moduleLog.host('Warn', message);
    }
    this.#settle?.(outcome(run.offset));
    this.#settle = undefined;
  }

  async #serve(request: RemoteRequest): Promise<void> {
    const run = this.#run;
    let answer: RemoteAnswer;
    // Time that the module waits for others is not its own.
    this.#watch.stop();
    try {
      if (!run) throw new HostError(errno.notInTransaction);
      // The arguments of a name are of that name; the union cannot say so.
      const serve = run.calls[request.name] as (...args: unknown[]) => unknown;
      answer = { ok: true, value: await serve(...request.args) };
    } catch (error) {
      answer = { ok: false, ...failureOf(error) };
    }
    if (this.#ended !== undefined) return;
    if (run) this.#watch.start();
    this.#syscalls.postMessage(answer);
    Atomics.add(this.#signal, 0, 1);
    Atomics.notify(this.#signal, 0);
  }
}

function threadFailure(error: unknown): string {
  const isMemory = error instanceof Error && 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY';
  return isMemory
    ? `Javascript module exceeded memory limit (current limit: ${heapLimit} MB)`
    : `Its thread failed: ${messageOf(error)}`;
}

/** The program of the database's own thread serves this kind as well: beside this file when bundled. */
function threadFile(): URL {
  const candidates = ['./database-worker.cjs', '../worker.ts'].map((file) => new URL(file, import.meta.url));
  return candidates.find((candidate) => existsSync(fileURLToPath(candidate))) ?? (candidates[0] as URL);
}
