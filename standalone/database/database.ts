/**
 * A database as its worker thread runs it: requests and frames come in, everything that touches data or module code
 * goes through one queue, replies and frames go out.
 */
import { rawModuleDefToJson } from '../../schema/raw-module-def-codec.ts';
import type { CallContext } from '../host/syscalls/call-context.ts';
import { type ClientMessage, readClientFrame } from '../protocol/client-message.ts';
import { initialConnection, reducerResult } from '../protocol/server-message.ts';
import { CallQueue } from './call-queue.ts';
import * as client from './client-messages.ts';
import * as clients from './clients.ts';
import { DatabaseCore, now, type Program, type Socket } from './core.ts';
import type {
  Caller,
  DatabaseWorkerOptions,
  FromWorker,
  Refusal,
  RequestArgs,
  RequestName,
  RequestReply,
  SocketOptions,
  ToWorker,
} from './messages.ts';
import { carryOut, install, loadProgram, prePublish, preparePublish, refusal } from './publish.ts';
import {
  abandonCall,
  argumentsFromJson,
  beginCall,
  findReducer,
  lifecycleReducer,
  type RunningCall,
  runReducer,
} from './reducers.ts';
import { runSql } from './sql.ts';

/** Milliseconds that one call of module code may take before it is stopped. */
const defaultCallLimit = 60_000;

interface ConnectedSocket extends Socket {
  protocol: 'v2' | 'v3';
  /** False until the connect hook has run: what the client sends before that waits behind it in the queue. */
  isOpen: boolean;
  sender: bigint;
  connection: bigint;
}

type Handlers = { [N in RequestName]: (args: RequestArgs<N>) => Promise<RequestReply<N>> };

/** A step of module code in the queue. `begin` notes the running call, so that it can be undone. */
type Step<T> = (begin: (call: RunningCall) => RunningCall) => T;

export class Database {
  readonly #core: DatabaseCore;
  readonly #queue: CallQueue;
  readonly #sockets = new Map<number, ConnectedSocket>();
  /** Publishes come one after the other, from loading the program on. */
  #lastPublish: Promise<unknown> = Promise.resolve();

  constructor(options: DatabaseWorkerOptions, send: (message: FromWorker) => void) {
    this.#core = new DatabaseCore(options, send);
    this.#queue = new CallQueue(options.callLimit ?? defaultCallLimit);
  }

  /** Answers one message of the server thread. */
  receive(message: ToWorker): void {
    if (message.kind === 'clientFrame') {
      this.#receiveFrame(message.socket, message.data);
      return;
    }
    const { id, name, args } = message;
    // The handler of a name takes the arguments of that name; the lookup cannot say so.
    const handler = this.#handlers[name] as (args: unknown) => Promise<RequestReply<RequestName>>;
    handler(args).then(
      (reply) => this.#core.send({ kind: 'reply', id, reply }),
      (error: unknown) => {
        const text = error instanceof Error ? error.message : String(error);
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
    schema: async () => {
      const { program } = this.#core;
      return program ? { ok: true, json: rawModuleDefToJson(program.definition) } : noProgram;
    },
    sql: (args) =>
      this.#step('', () => runSql(this.#core, args)).then((reply) => this.#durably(this.#core.offset, reply)),
    metrics: async () => ({ ok: true, metrics: this.#core.snapshotMetrics() }),
    drained: () => this.#step('', () => ({ ok: true })),
    close: async () => {
      await this.#core.close();
      return { ok: true };
    },
  };

  #inTurn<T>(run: () => Promise<T>): Promise<T> {
    const turn = this.#lastPublish.then(run, run);
    this.#lastPublish = turn.catch(() => undefined); // whoever asked for it hears of the failure
    return turn;
  }

  /** Queues a step; rejects with StoppedError when it runs too long, after its transaction was undone. */
  #step<T>(reducer: string, step: Step<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      let running: RunningCall | undefined;
      this.#queue.push({
        run: () => {
          try {
            resolve(
              step((call) => {
                running = call;
                return call;
              }),
            );
          } catch (error) {
            running?.transaction.rollback();
            reject(error);
          }
        },
        stopped: (limit) =>
          reject(new StoppedError(running ? abandonCall(running, reducer, limit) : 'The request took too long.')),
      });
    });
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
      return refusal(500, error instanceof Error ? error.message : String(error));
    }
    if (!stored) return { ok: true, hasProgram: false };
    const loaded = await this.#load(stored);
    if (!loaded.ok) return loaded;
    install(this.#core, loaded.program, this.#core.catalog);
    await this.#disconnectLeftovers();
    return { ok: true, hasProgram: true };
  }

  #load(bytes: Uint8Array): Promise<{ ok: true; program: Program } | Refusal> {
    return loadProgram(this.#core, bytes, this.#scheduleImmediate);
  }

  /** A call that module code queues from within a call: it comes from the database itself. */
  readonly #scheduleImmediate: CallContext['scheduleImmediate'] = (name, args) => {
    const { program, catalog, identity } = this.#core;
    const reducer = catalog.module.reducers.find((candidate) => candidate.name === name || candidate.accessor === name);
    if (!program || !reducer) {
      this.#core.moduleLog.host('Error', `The module scheduled reducer "${name}", which does not exist`);
      return;
    }
    this.#step(reducer.name, (begin) =>
      runReducer(begin(beginCall(this.#core, program)), reducer, { identity, connection: 0n }, args, {
        type: 'Reducer',
      }),
    ).catch((error: unknown) => this.#reportStopped(error));
  };

  /** A stopped call has been logged with its reducer. */
  #reportStopped(error: unknown): void {
    if (!(error instanceof StoppedError)) {
      this.#core.moduleLog.host('Error', error instanceof Error ? error.message : String(error));
    }
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
    const outcome = await this.#step('init', (begin) => {
      const prepared = preparePublish(core, loaded.program, args);
      if (!prepared.ok) return prepared;
      if (prepared.prepared.kind === 'create') begin(prepared.prepared.call);
      const published = carryOut(core, prepared.prepared);
      if (published.ok) this.#afterPublish(published.dropClients);
      return published;
    }).catch((error: unknown): Refusal => {
      if (error instanceof StoppedError) return refusal(500, error.message);
      throw error;
    });
    if (!outcome.ok) {
      if (core.program) core.moduleLog.host('Error', `Database update failed: ${outcome.message}`);
      return outcome;
    }
    return this.#durably(outcome.offset, { ok: true, op: outcome.op });
  }

  #afterPublish(dropClients: boolean): void {
    const { subscriptions, send } = this.#core;
    if (dropClients) {
      for (const socket of this.#sockets.keys()) {
        subscriptions.removeSocket(socket);
        send({ kind: 'closeSocket', socket, code: 1001, reason: 'module exited' });
      }
      return;
    }
    for (const { socket, id, error } of subscriptions.replan(this.#core.catalog)) {
      this.#core.reply(socket, client.subscriptionLost(id, error));
    }
  }

  async #connect(args: RequestArgs<'connect'>): Promise<RequestReply<'connect'>> {
    const core = this.#core;
    if (!core.program) return noProgram;
    const socket = args.socket && this.#expectSocket(args, args.socket);
    const hook = lifecycleReducer(core.catalog, 'OnConnect')?.name ?? '';
    const reply = await this.#step(hook, (begin): RequestReply<'connect'> => {
      if (!core.program) return noProgram;
      const connected = clients.connect(begin(beginCall(core, core.program)), args, args.jwtPayload);
      if (connected.ok && socket && args.socket) {
        socket.isOpen = true;
        core.outbox.open(args.socket);
        core.reply(socket.socket, initialConnection(args.identity, args.connectionId, args.socket.token));
      }
      return connected;
    }).catch((error: unknown) => refusal(403, messageOf(error)));
    if (!reply.ok && socket) this.#sockets.delete(socket.socket);
    return reply;
  }

  #expectSocket({ identity, connectionId }: Caller, { socket, protocol }: SocketOptions): ConnectedSocket {
    const { identity: sender, connection } = clients.senderOf({ identity, connectionId });
    const expected = { socket, identity, connectionId, protocol, isOpen: false, sender, connection };
    this.#sockets.set(socket, expected);
    return expected;
  }

  async #disconnect({
    identity,
    connectionId,
    socket,
  }: RequestArgs<'disconnect'>): Promise<RequestReply<'disconnect'>> {
    if (socket !== undefined) {
      this.#sockets.delete(socket);
      this.#core.subscriptions.removeSocket(socket);
      this.#core.outbox.close(socket);
    }
    await this.#disconnectHook({ identity, connectionId });
    return { ok: true };
  }

  async #disconnectHook(caller: Caller): Promise<void> {
    const core = this.#core;
    const hook = lifecycleReducer(core.catalog, 'OnDisconnect')?.name ?? '';
    try {
      await this.#step(hook, (begin) => {
        if (core.program) clients.disconnect(begin(beginCall(core, core.program)), caller);
      });
    } catch (error) {
      this.#reportStopped(error);
      clients.forget(core, caller);
    }
  }

  async #call(args: RequestArgs<'call'>): Promise<RequestReply<'call'>> {
    const core = this.#core;
    const started = performance.now();
    return this.#step(args.name, (begin) => this.#runHttpCall(args, begin, started)).then(
      ({ offset, reply }) => this.#durably(offset, reply),
      (error: unknown) => {
        if (error instanceof StoppedError) return refusal(530, error.message);
        core.moduleLog.host('Error', messageOf(error));
        throw error;
      },
    );
  }

  #runHttpCall(
    { name, argsJson, ...caller }: RequestArgs<'call'>,
    begin: (call: RunningCall) => RunningCall,
    queuedAt: number,
  ): { offset: bigint; reply: RequestReply<'call'> } {
    const core = this.#core;
    const refused = (status: number, message: string): { offset: bigint; reply: Refusal } => ({
      offset: core.offset,
      reply: refusal(status, message),
    });
    const { program, catalog } = core;
    if (!program) return { offset: core.offset, reply: noProgram };
    const found = findReducer(catalog, name, caller.identity === core.options.ownerIdentity);
    if (!found.ok) {
      core.moduleLog.host('Error', client.badCall(name));
      return refused(found.status, found.message);
    }
    const args = argumentsFromJson(found.reducer, program, catalog, argsJson);
    if (!args.ok) {
      core.moduleLog.host('Error', `External attempt to call reducer "${name}" failed: ${args.message}`);
      return refused(400, args.message);
    }
    const started = performance.now();
    const call = begin(beginCall(core, program));
    const result = runReducer(call, found.reducer, clients.senderOf(caller), args.value, { type: 'Reducer' });
    const ended = performance.now();
    core.metrics.called(found.reducer.name, (started - queuedAt) / 1000, (ended - started) / 1000);
    if (!result.ok) return refused(530, result.message);
    const durationMicros = Math.round((ended - started) * 1000);
    return { offset: result.committed.offset, reply: { ok: true, json: undefined, durationMicros } };
  }

  #receiveFrame(socket: number, data: Uint8Array): void {
    const known = this.#sockets.get(socket);
    if (!known) return;
    const messages = readClientFrame(data, known.protocol);
    if (messages.ok) for (const message of messages.value) this.#queueMessage(known, message);
    else this.#fault(socket, messages.message);
  }

  #fault(socket: number, reason: string): void {
    this.#core.send({ kind: 'closeSocket', socket, code: 1011, reason });
  }

  #queueMessage(from: ConnectedSocket, message: ClientMessage): void {
    const queuedAt = performance.now();
    let running: RunningCall | undefined;
    this.#queue.push({
      run: () => {
        // The client may have left while the message waited; what it asked for before is done all the same.
        try {
          this.#runMessage(from, message, queuedAt, (call) => {
            running = call;
          });
        } catch (error) {
          running?.transaction.rollback();
          if (!(error instanceof client.ClientFault)) this.#core.moduleLog.host('Error', messageOf(error));
          this.#fault(from.socket, messageOf(error));
        }
      },
      stopped: (limit) => {
        if (message.tag !== 'CallReducer' || !running) {
          this.#fault(from.socket, 'The request took too long.');
          return;
        }
        const text = abandonCall(running, message.reducer, limit);
        const failure = { tag: 'InternalError' as const, message: text };
        this.#core.reply(from.socket, reducerResult(message.requestId, now(), failure));
      },
    });
  }

  #runMessage(
    from: ConnectedSocket,
    message: ClientMessage,
    queuedAt: number,
    onBegin: (call: RunningCall) => void,
  ): void {
    if (!from.isOpen) return;
    switch (message.tag) {
      case 'CallReducer': {
        const started = performance.now();
        client.callReducer(this.#core, from, message, onBegin);
        this.#core.metrics.called(message.reducer, (started - queuedAt) / 1000, (performance.now() - started) / 1000);
        return;
      }
      case 'Subscribe':
        if (this.#sockets.has(from.socket)) client.subscribe(this.#core, from, message);
        return;
      case 'Unsubscribe':
        client.unsubscribe(this.#core, from, message);
        return;
      case 'OneOffQuery':
        client.oneOffQuery(this.#core, from, message);
        return;
      case 'CallProcedure':
        client.callProcedure(this.#core, from, message);
        return;
    }
  }
}

/** A call ran longer than it may. Its transaction has been undone and the log says so. */
class StoppedError extends Error {}

const noProgram: Refusal = refusal(404, 'The database has no program yet. Publish a module to it.');

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
