/** One running procedure or handler as the database's thread sees it: its transaction, and what it asks for. */
import { isTimeout, runLimited } from '../../host/instance.ts';
import type { CallContext } from '../../host/syscalls/call-context.ts';
import * as datastore from '../../host/syscalls/datastore-calls.ts';
import { jwtPayload } from '../clients.ts';
import { type Committed, type DatabaseCore, now } from '../core.ts';
import type { Transaction } from '../datastore/transaction.ts';
import { abandonCall, type RunningCall } from '../reducers.ts';
import type { Steps } from '../steps.ts';
import type { FunctionCall, RemoteCalls } from './messages.ts';
import { type HttpRules, sendRequest } from './outgoing-http.ts';
import { mustBeClosed, serveCalls } from './syscalls.ts';
import { Watch } from './watch.ts';

export interface RunOptions {
  core: DatabaseCore;
  steps: Steps;
  http: HttpRules;
  /** Milliseconds that a transaction may stay open. */
  limit: number;
  scheduleImmediate: CallContext['scheduleImmediate'];
  /** The transaction was open for too long. */
  onOverdue(message: string): void;
}

interface OpenTransaction {
  transaction: Transaction;
  timestamp: bigint;
  startedAt: number;
  /** Lets the database's queue go on. */
  release: () => void;
}

export class ProcedureRun {
  readonly calls: RemoteCalls;
  readonly call: FunctionCall;
  /** Offset of the last transaction that it committed. */
  offset = -1n;
  readonly #options: RunOptions;
  readonly #context: CallContext;
  readonly #ended = new AbortController();
  readonly #watch: Watch;
  #open: OpenTransaction | undefined;

  constructor(call: FunctionCall, options: RunOptions) {
    const { core, limit, scheduleImmediate } = options;
    this.call = call;
    this.#options = options;
    this.#watch = new Watch(limit, () =>
      options.onOverdue(
        `The ${call.kind} ${call.name} held a transaction open for more than ${limit / 1000} s and was stopped; the transaction was undone. Look for a loop that does not end.`,
      ),
    );
    this.#context = {
      catalog: core.catalog,
      transaction: undefined,
      databaseIdentity: core.identity,
      functionName: call.name,
      fault: undefined,
      jwtPayload: (connection) => jwtPayload(core.catalog, connection),
      log: (line) => core.moduleLog.module(line, call.name),
      scheduleImmediate,
    };
    this.calls = serveCalls(this.#context, {
      startTransaction: () => this.#start(),
      commitTransaction: () => this.#commit(),
      abortTransaction: () => {
        datastore.transactionOf(this.#context);
        this.#rollback();
        return null;
      },
      httpRequest: (head, body) => {
        mustBeClosed(this.#context);
        return sendRequest(head, body, options.http, this.#ended.signal);
      },
      scheduleImmediate: (name, args) => {
        scheduleImmediate(name, args);
        return null;
      },
    });
  }

  async #start(): Promise<bigint> {
    const { core, steps } = this.#options;
    mustBeClosed(this.#context);
    const release = await steps.hold();
    if (this.#ended.signal.aborted) {
      release();
      throw new Error('the procedure has ended');
    }
    const timestamp = now();
    const transaction = core.begin();
    this.#open = { transaction, timestamp, startedAt: performance.now(), release };
    this.#context.catalog = core.catalog;
    this.#context.transaction = transaction;
    this.#watch.start();
    return timestamp;
  }

  /** Views are refreshed in the commit, so module code may run in it, and fail, and loop. */
  #commit(): null {
    const { core, limit } = this.#options;
    const transaction = datastore.transactionOf(this.#context);
    const timestamp = this.#open?.timestamp ?? now();
    try {
      const commit = (): Committed => core.commit(transaction, { type: 'Procedure', reducer: '', timestamp });
      this.offset = runLimited(commit, limit).offset;
    } catch (error) {
      throw this.#commitFailed(error, { transaction, timestamp });
    }
    this.#close(true);
    return null;
  }

  #commitFailed(error: unknown, { transaction, timestamp }: Pick<RunningCall, 'transaction' | 'timestamp'>): unknown {
    const { core, limit } = this.#options;
    const { program, catalog } = core;
    if (transaction.phase !== 'open') {
      // Only the log knows how far it came; the thread ends and the database is opened again from it.
      setImmediate(() => {
        throw error;
      });
    } else if (isTimeout(error) && program) {
      const call: RunningCall = { core, program, catalog, transaction, timestamp };
      const message = abandonCall(call, this.call.name, limit);
      this.#close(false);
      return new Error(message);
    }
    this.#rollback();
    return error;
  }

  #rollback(): void {
    if (this.#open?.transaction.phase === 'open') this.#open.transaction.rollback();
    this.#close(false);
  }

  #close(committed: boolean): void {
    const open = this.#open;
    if (!open) return;
    this.#watch.stop();
    this.#open = undefined;
    this.#context.transaction = undefined;
    const seconds = (performance.now() - open.startedAt) / 1000;
    this.#options.core.metrics.transacted({ type: 'Procedure', reducer: '', committed, seconds });
    open.release();
  }

  /** Undoes what is left open, and lets the database go on. Says whether a transaction was open. */
  end(): boolean {
    const dangling = this.#open !== undefined;
    this.#ended.abort();
    this.#rollback();
    return dangling;
  }
}
