/** A database thread under test, with connections that collect what they are sent. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { BsatnWriter } from '../../../schema/bsatn.ts';
import type { SumValue } from '../../../schema/value.ts';
import { decodePayload } from '../../protocol/testing/decode.ts';
import type {
  DatabaseWorkerOptions,
  FromWorker,
  LogRecord,
  RequestArgs,
  RequestName,
  RequestReply,
  SocketOptions,
} from '../messages.ts';

export const owner = 'ab'.repeat(32);

type Message<Tag extends string = string> = { tag: Tag; value: Record<string, unknown> };

export class WorkerClient {
  readonly logs: LogRecord[] = [];
  readonly closed: { socket: number; code: number; reason: string }[] = [];
  readonly #worker: Worker;
  readonly #waiting = new Map<number, (reply: never) => void>();
  readonly #connections = new Map<number, Connection>();
  #lastId = 0;

  constructor(options: Partial<DatabaseWorkerOptions> = {}) {
    const workerData = { databaseIdentity: 'c2'.repeat(32), ownerIdentity: owner, directory: undefined, ...options };
    this.#worker = new Worker(new URL('../worker.ts', import.meta.url), { workerData });
    this.#worker.on('message', (message: FromWorker) => this.#receive(message));
  }

  #receive(message: FromWorker): void {
    if (message.kind === 'reply') this.#waiting.get(message.id)?.(message.reply as never);
    else if (message.kind === 'log') this.logs.push(...message.records);
    else if (message.kind === 'closeSocket') this.closed.push(message);
    else for (const { socket, data } of message.frames) this.#connections.get(socket)?.receive(data);
  }

  request<N extends RequestName>(name: N, args: RequestArgs<N>): Promise<RequestReply<N>> {
    const id = ++this.#lastId;
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      this.#worker.postMessage({ kind: 'request', id, name, args });
    });
  }

  publish(bundle: string, args: Partial<RequestArgs<'publish'>> = {}): Promise<RequestReply<'publish'>> {
    const program = new TextEncoder().encode(bundle);
    return this.request('publish', { program, clear: false, policy: 'Compatible', migrationToken: undefined, ...args });
  }

  /** HTTP call; `args` are JSON values. */
  call(name: string, args: unknown[] | object = [], identity = owner): Promise<RequestReply<'call'>> {
    return this.request('call', { identity, connectionId: '99'.repeat(16), name, argsJson: JSON.stringify(args) });
  }

  /** Rows of a query in SATS-JSON, untyped. */
  async rows(query: string, identity = owner): Promise<unknown[]> {
    const reply = await this.request('sql', { identity, connectionId: '99'.repeat(16), query });
    if (!reply.ok) throw new Error(reply.message);
    return JSON.parse(reply.json)[0].rows;
  }

  /** Connects a socket with an identity made of its number. */
  async connect(
    socket: number,
    options: Partial<SocketOptions> & { identity?: string; jwtPayload?: string } = {},
  ): Promise<Connection> {
    const { identity = socket.toString(16).padStart(64, '0'), jwtPayload = '{}', ...rest } = options;
    const connectionId = socket.toString(16).padStart(32, '0');
    const connection = new Connection(this.#worker, socket, { identity, connectionId });
    this.#connections.set(socket, connection);
    const defaults = { protocol: 'v3', compression: 'None', confirmed: true, token: 'token' } as const;
    connection.reply = await this.request('connect', {
      identity,
      connectionId,
      jwtPayload,
      socket: { socket, ...defaults, ...rest },
    });
    return connection;
  }

  async disconnect({ socket, identity, connectionId }: Connection): Promise<void> {
    await this.request('disconnect', { socket, identity, connectionId });
  }

  /** Ends the thread without a word, as a crash does. */
  async kill(): Promise<void> {
    await this.#worker.terminate();
  }

  async close(): Promise<void> {
    await this.request('close', {});
    await this.kill();
  }

  /** Resolves with the error that ends the thread. */
  async died(): Promise<unknown> {
    return (await once(this.#worker, 'error'))[0];
  }
}

export class Connection {
  readonly socket: number;
  readonly identity: string;
  readonly connectionId: string;
  reply: RequestReply<'connect'> | undefined;
  readonly #worker: Worker;
  #messages: Message[] = [];
  #wake: (() => void) | undefined;
  #lastRequest = 0;

  constructor(worker: Worker, socket: number, { identity, connectionId }: { identity: string; connectionId: string }) {
    this.#worker = worker;
    this.socket = socket;
    this.identity = identity;
    this.connectionId = connectionId;
  }

  receive(data: Uint8Array): void {
    this.#messages.push(...(decodePayload(data) as SumValue[] as Message[]));
    this.#wake?.();
  }

  /** The next message, whatever it is. */
  async next(): Promise<Message> {
    while (this.#messages.length === 0) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return this.#messages.shift() as Message;
  }

  /** What has come and was not read yet. */
  get unread(): number {
    return this.#messages.length;
  }

  sendFrame(data: Uint8Array): void {
    this.#worker.postMessage({ kind: 'clientFrame', socket: this.socket, data });
  }

  #send(tag: number, fill: (writer: BsatnWriter) => void): number {
    const writer = new BsatnWriter();
    const requestId = ++this.#lastRequest;
    writer.u8(tag);
    writer.u32(requestId);
    fill(writer);
    this.sendFrame(writer.finish());
    return requestId;
  }

  subscribe(querySetId: number, ...queries: string[]): number {
    return this.#send(0, (writer) => {
      writer.u32(querySetId);
      writer.u32(queries.length);
      for (const query of queries) writer.string(query);
    });
  }

  unsubscribe(querySetId: number, sendDroppedRows: boolean): number {
    return this.#send(1, (writer) => {
      writer.u32(querySetId);
      writer.u8(sendDroppedRows ? 1 : 0);
    });
  }

  query(query: string): number {
    return this.#send(2, (writer) => writer.string(query));
  }

  call(reducer: string, args: (writer: BsatnWriter) => void = () => undefined): number {
    const body = new BsatnWriter();
    args(body);
    return this.#send(3, (writer) => {
      writer.u8(0);
      writer.string(reducer);
      writer.bytes(body.finish());
    });
  }

  callProcedure(procedure: string): number {
    return this.#send(4, (writer) => {
      writer.u8(0);
      writer.string(procedure);
      writer.bytes(new Uint8Array());
    });
  }
}
