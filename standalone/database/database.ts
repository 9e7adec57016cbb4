/**
 * A database as its worker thread runs it: requests and frames come in, everything that touches data or module code
 * goes through one queue, replies and frames go out.
 */
import { serverSchemaJson } from '../../schema/raw-module-def-codec.ts';
import type { CallContext } from '../host/syscalls/call-context.ts';
import { subscriptionError } from '../protocol/server-message.ts';
import * as clients from './clients.ts';
import { DatabaseCore, type Program } from './core.ts';
import type { Catalog } from './datastore/catalog.ts';
import { runHttpCall } from './http-call.ts';
import type {
  Caller,
  DatabaseWorkerOptions,
  FromWorker,
  Refusal,
  RequestArgs,
  RequestName,
  RequestReply,
  ToWorker,
} from './messages.ts';
import { findProcedure, runHttpProcedure, runProcedure } from './procedures/calls.ts';

import { runHttpRoute } from './procedures/http-routes.ts';

import { ProcedureLane } from './procedures/lane.ts';
import type { HttpRules } from './procedures/outgoing-http.ts';
import { carryOut, install, loadProgram, prePublish, preparePublish } from './publish.ts';
import { beginCall, findReducer, lifecycleReducer, runReducer } from './reducers.ts';
import { messageOf, noProgram, refusal } from './refusal.ts';
import { Scheduler } from './schedules/scheduler.ts';
import { Snapshotter } from './snapshotter.ts';
import { Sockets } from './sockets.ts';
import { runSql } from './sql/run-sql.ts';
import { Steps, StoppedError } from './steps.ts';

/** Milliseconds that one call of module code may take before it is stopped. */
const defaultCallLimit = 60_000;
/** Milliseconds between two searches for views that nobody uses. */
const viewSweepTime = 10 * 60_000;

const defaultHttpRules: HttpRules = { enabled: true, allowLoopback: false };

type Handlers = { [N in RequestName]: (args: RequestArgs<N>) => Promise<RequestReply<N>> };

export class Database {
  readonly #core: DatabaseCore;
  readonly #steps: Steps;
  readonly #procedures: ProcedureLane;
  readonly #sockets: Sockets;
  readonly #snapshotter: Snapshotter;
  readonly #idleViews: NodeJS.Timeout;
  readonly #scheduler: Scheduler;
  /** Publishes come one after the other, from loading the program on. */
  #lastPublish: Promise<unknown> = Promise.resolve();

  constructor(options: DatabaseWorkerOptions, send: (message: FromWorker) => void) {
    this.#core = new DatabaseCore(options, send);
    const limit = options.callLimit ?? defaultCallLimit;
    this.#steps = new Steps(this.#core, limit);
    this.#procedures = new ProcedureLane({
      core: this.#core,
      steps: this.#steps,
      http: options.http ?? defaultHttpRules,
      limit,
      scheduleImmediate: this.#scheduleImmediate,
    });
    this.#sockets = new Sockets(this.#core, this.#steps, this.#procedures);
    this.#snapshotter = new Snapshotter(this.#core, (run) => this.#steps.run('', run), options.snapshots);
    this.#idleViews = setInterval(() => void this.#steps.run('', () => this.#dropIdleViews()), viewSweepTime).unref();
    this.#core.onLogged = () => this.#snapshotter.logGrew();
    this.#scheduler = new Scheduler(this.#core, this.#steps, (name, args, timestamp) =>
      this.#startProcedure(name, args, timestamp),
    );
    this.#core.onCommitted = (changes) => this.#scheduler.committed(changes);
  }

  /** Answers one message of the server thread. */
  receive(message: ToWorker): void {
    if (message.kind === 'clientFrame') {
      this.#sockets.receive(message.socket, message.data);
      return;
    }
    const { id, name, args } = message;
    // The handler of a name takes the arguments of that name; the lookup cannot say so.
    const handler = this.#handlers[name] as (args: unknown) => Promise<RequestReply<RequestName>>;
    handler(args).then(
      (reply) => this.#core.send({ kind: 'reply', id, reply }),
      (error: unknown) => {
        const text = messageOf(error);
        this.#core.moduleLog.host('Error', `The request ${name} failed: ${text}`);
        this.#core.send({ kind: 'reply', id, reply: refusal(500, text) });
      },
    );
  }

  /** A promise of module code that nobody handles: work after an `await` runs outside of any transaction. */
  unhandledRejection(reason: unknown): void {
    const text = messageOf(reason);
    this.#core.moduleLog.host(
      'Error',
      `An asynchronous function of the module failed: ${text}. Reducers must do all their work before they return.`,
    );
  }

  readonly #handlers: Handlers = {
    open: () => this.#open(),
    publish: (args) => this.#inTurn(() => this.#publish(args)),
    prePublish: ({ program }) => this.#inTurn(() => this.#prePublish(program)),
    connect: (args) => this.#connect(args),
    disconnect: (args) => this.#disconnect(args),
    call: (args) => this.#call(args),
    route: async (args) => {
      const { offset, reply } = await runHttpRoute(this.#core, this.#procedures, args);
      return this.#durably(offset, reply);
    },
    schema: async () => {
      const { program } = this.#core;
      return program ? { ok: true, json: serverSchemaJson(program.definition) } : noProgram;
    },
    sql: (args) =>
      this.#steps
        .run('', (begin) => runSql(this.#core, args, begin))
        .then((reply) => (args.confirmed === false ? reply : this.#durably(this.#core.offset, reply))),
    metrics: async () => ({ ok: true, metrics: this.#core.snapshotMetrics() }),
    drained: () => this.#steps.run('', () => ({ ok: true })),
    close: async () => {
      this.#scheduler.close();
      await this.#procedures.close();
      clearInterval(this.#idleViews);
      await this.#snapshotter.close();
      await this.#core.close();
      return { ok: true };
    },
  };

  #inTurn<T>(run: () => Promise<T>): Promise<T> {
    const turn = this.#lastPublish.then(run, run);
    this.#lastPublish = turn.catch(() => undefined); // whoever asked for it hears of the failure
    return turn;
  }

  #dropIdleViews(): void {
    const { views, subscriptions } = this.#core;
    views.dropIdle((table) => subscriptions.concern(table));
  }

  /** Resolves when the transaction is on disk. */
  #durably<T>(offset: bigint, value: T): Promise<T> {
    return new Promise((resolve) => this.#core.durable.when(offset, () => resolve(value)));
  }

  async #open(): Promise<RequestReply<'open'>> {
    let stored: Uint8Array | undefined;
    try {
      stored = this.#core.openLog();
    } catch (error) {
      return refusal(500, messageOf(error));
    }
    if (!stored) return { ok: true, hasProgram: false };
    const loaded = await this.#load(stored);
    if (!loaded.ok) return loaded;
    install(this.#core, loaded.program, this.#core.catalog);
    await this.#disconnectLeftovers();
    this.#scheduler.armAll();
    return { ok: true, hasProgram: true };
  }

  #load(bytes: Uint8Array): Promise<{ ok: true; program: Program } | Refusal> {
    return loadProgram(this.#core, bytes, this.#scheduleImmediate);
  }

  /** A procedure that nobody waits for: it comes from the database itself, and failures are in the log. */
  #startProcedure(name: string, args: Uint8Array, timestamp?: bigint): void {
    const { catalog, identity, moduleLog } = this.#core;
    const procedure = catalog.module.procedures.find(
      (candidate) => candidate.name === name || candidate.accessor === name,
    );
    if (procedure) void runProcedure(this.#procedures, procedure, { identity, connection: 0n }, args, timestamp);
    else moduleLog.host('Error', `The module scheduled the function "${name}", which does not exist`);
  }

  /** A call that module code queues from within a call: it comes from the database itself. */
  readonly #scheduleImmediate: CallContext['scheduleImmediate'] = (name, args) => {
    const { program, catalog, identity } = this.#core;
    const reducer = catalog.module.reducers.find((candidate) => candidate.name === name || candidate.accessor === name);
    if (!program || !reducer) {
      this.#startProcedure(name, args);
      return;
    }
    this.#steps
      .run(reducer.name, (begin) =>
        runReducer(begin(beginCall(this.#core, program)), reducer, { identity, connection: 0n }, args, {
          type: 'Reducer',
        }),
      )
      .catch((error: unknown) => this.#reportStopped(error));
  };

  /** A stopped call has been logged with its reducer. */
  #reportStopped(error: unknown): void {
    if (!(error instanceof StoppedError)) this.#core.moduleLog.host('Error', messageOf(error));
  }

  async #disconnectLeftovers(): Promise<void> {
    for (const caller of clients.connectedClients(this.#core.catalog)) await this.#disconnectHook(caller);
  }

  async #prePublish(bytes: Uint8Array): Promise<RequestReply<'prePublish'>> {
    if (!this.#core.program) return noProgram;
    const loaded = await this.#load(bytes);
    return loaded.ok ? prePublish(this.#core, loaded.program) : loaded;
  }

  async #publish(args: RequestArgs<'publish'>): Promise<RequestReply<'publish'>> {
    const core = this.#core;
    const loaded = await this.#load(args.program);
    if (!loaded.ok) return loaded;
    const outcome = await this.#steps
      .run('init', (begin) => {
        const prepared = preparePublish(core, loaded.program, args);
        if (!prepared.ok) return prepared;
        if (prepared.prepared.kind === 'create') begin(prepared.prepared.call);
        const before = core.catalog;
        const published = carryOut(core, prepared.prepared);
        if (published.ok) this.#afterPublish(published.dropClients, before);
        // The same program again leaves the timers as they are.
        if (published.ok && prepared.prepared.kind !== 'reload') this.#scheduler.armAll();
        return published;
      })
      .catch((error: unknown): Refusal => {
        if (error instanceof StoppedError) return refusal(500, error.message);
        throw error;
      });
    if (!outcome.ok) {
      if (core.program) core.moduleLog.host('Error', `Database update failed: ${outcome.message}`);
      return outcome;
    }
    return this.#durably(outcome.offset, { ok: true, op: outcome.op });
  }

  #afterPublish(dropClients: boolean, before: Catalog): void {
    this.#procedures.programChanged();
    if (dropClients) {
      this.#sockets.closeAll();
      return;
    }
    for (const { socket, id, error } of this.#core.subscriptions.replan(this.#core.catalog)) {
      this.#core.reply(socket, subscriptionError(undefined, id, error));
    }
    this.#core.announceSchema(before);
  }

  async #connect(args: RequestArgs<'connect'>): Promise<RequestReply<'connect'>> {
    const core = this.#core;
    if (!core.program) return noProgram;
    const { socket } = args;
    if (socket) this.#sockets.expect(args, socket);
    const hook = lifecycleReducer(core.catalog, 'OnConnect')?.name ?? '';
    const reply = await this.#steps
      .run(hook, (begin): RequestReply<'connect'> => {
        if (!core.program) return noProgram;
        const connected = clients.connect(begin(beginCall(core, core.program)), args, args.jwtPayload);
        if (connected.ok && socket) this.#sockets.open(socket.socket);
        return connected;
      })
      .catch((error: unknown) => refusal(403, messageOf(error)));
    if (!reply.ok && socket) this.#sockets.remove(socket.socket);
    return reply;
  }

  async #disconnect({
    identity,
    connectionId,
    socket,
  }: RequestArgs<'disconnect'>): Promise<RequestReply<'disconnect'>> {
    if (socket !== undefined) this.#sockets.remove(socket);
    await this.#disconnectHook({ identity, connectionId });
    return { ok: true };
  }

  async #disconnectHook(caller: Caller): Promise<void> {
    const core = this.#core;
    const hook = lifecycleReducer(core.catalog, 'OnDisconnect')?.name ?? '';
    try {
      await this.#steps.run(hook, (begin) => {
        if (core.program) clients.disconnect(begin(beginCall(core, core.program)), caller);
      });
    } catch (error) {
      this.#reportStopped(error);
      await this.#steps.run('', () => clients.forget(core, caller));
    }
  }

  async #call(args: RequestArgs<'call'>): Promise<RequestReply<'call'>> {
    const core = this.#core;
    const queuedAt = performance.now();
    const isOwner = args.identity === core.options.ownerIdentity;
    const procedure = findProcedure(core.catalog, args.name, isOwner);
    if (procedure && !findReducer(core.catalog, args.name, isOwner).ok) {
      const { offset, reply } = await runHttpProcedure(core, this.#procedures, procedure, args);
      return this.#durably(offset, reply);
    }
    return this.#steps
      .run(args.name, (begin) => runHttpCall(core, args, begin, queuedAt))
      .then(
        ({ offset, reply }) => this.#durably(offset, reply),
        (error: unknown) => {
          if (error instanceof StoppedError) return refusal(530, error.message);
          throw error;
        },
      );
  }
}
