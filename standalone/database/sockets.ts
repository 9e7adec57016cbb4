/** The WebSockets of a database: their frames become steps in the queue. */
import { type ClientMessage, readClientFrame } from '../protocol/client-message.ts';
import { initialConnection, reducerResult } from '../protocol/server-message.ts';
import * as client from './client-messages.ts';
import { senderOf } from './clients.ts';
import { type DatabaseCore, now, type Socket } from './core.ts';
import type { Caller, SocketOptions } from './messages.ts';
import type { ProcedureLane } from './procedures/lane.ts';
import { messageOf } from './refusal.ts';
import { type Begin, type Steps, StoppedError } from './steps.ts';

/** A client whose messages wait in greater number than this is sent away. */
const longestQueue = 16_384;

/** Codes of WebSocket close frames. */
const closeCode = { goingAway: 1001, internalError: 1011, tryAgainLater: 1013 } as const;

interface ConnectedSocket extends Socket {
  options: SocketOptions;
  /** False until the connect hook has run: what the client sends before that waits behind it in the queue. */
  isOpen: boolean;
  sender: bigint;
  connection: bigint;
  /** Messages in the queue. */
  waiting: number;
}

export class Sockets {
  readonly #core: DatabaseCore;
  readonly #steps: Steps;
  readonly #procedures: ProcedureLane;
  readonly #sockets = new Map<number, ConnectedSocket>();

  constructor(core: DatabaseCore, steps: Steps, procedures: ProcedureLane) {
    this.#core = core;
    this.#steps = steps;
    this.#procedures = procedures;
  }

  /** The socket's frames are taken from now on, and carried out once it is open. */
  expect({ identity, connectionId }: Caller, options: SocketOptions): void {
    const { identity: sender, connection } = senderOf({ identity, connectionId });
    const { socket } = options;
    this.#sockets.set(socket, {
      socket,
      options,
      identity,
      connectionId,
      isOpen: false,
      sender,
      connection,
      waiting: 0,
    });
  }

  /** The connect hook has let the client in. */
  open(socket: number): void {
    const expected = this.#sockets.get(socket);
    if (!expected) return;
    expected.isOpen = true;
    this.#core.outbox.open(expected.options);
    const { identity, connectionId, options } = expected;
    this.#core.reply(socket, initialConnection(identity, connectionId, options.token));
  }

  remove(socket: number): void {
    this.#sockets.delete(socket);
    this.#core.subscriptions.removeSocket(socket);
    this.#core.outbox.close(socket);
  }

  /** Sends everybody away: their generated code does not fit the module any more. */
  closeAll(): void {
    for (const socket of this.#sockets.keys()) {
      this.#core.subscriptions.removeSocket(socket);
      this.#close(socket, closeCode.goingAway, 'module exited');
    }
  }

  #close(socket: number, code: number, reason: string): void {
    this.#core.send({ kind: 'closeSocket', socket, code, reason });
  }

  receive(socket: number, data: Uint8Array): void {
    const from = this.#sockets.get(socket);
    if (!from) return;
    const messages = readClientFrame(data, from.options.protocol);
    if (!messages.ok) {
      this.#close(socket, closeCode.internalError, messages.message);
    } else if (from.waiting + messages.value.length > longestQueue) {
      this.#close(socket, closeCode.tryAgainLater, 'too many requests');
    } else {
      for (const message of messages.value) this.#queue(from, message);
    }
  }

  #queue(from: ConnectedSocket, message: ClientMessage): void {
    const queuedAt = performance.now();
    from.waiting++;
    this.#steps.push({
      reducer: message.tag === 'CallReducer' ? message.reducer : '',
      run: (begin) => {
        from.waiting--;
        this.#run(from, message, queuedAt, begin);
      },
      failed: (error) => this.#failed(from.socket, message, error),
    });
  }

  #failed(socket: number, message: ClientMessage, error: unknown): void {
    const text = messageOf(error);
    if (error instanceof StoppedError && message.tag === 'CallReducer') {
      this.#core.reply(socket, reducerResult(message.requestId, now(), { tag: 'InternalError', message: text }));
      return;
    }
    if (!(error instanceof client.ClientFault)) this.#core.moduleLog.host('Error', text);
    this.#close(socket, closeCode.internalError, text);
  }

  /** A client that has left meanwhile is served all the same, except that nothing is subscribed for it. */
  #run(from: ConnectedSocket, message: ClientMessage, queuedAt: number, begin: Begin): void {
    if (!from.isOpen) return;
    switch (message.tag) {
      case 'CallReducer':
        client.callReducer(this.#core, from, message, queuedAt, begin);
        return;
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
        client.callProcedure(this.#core, this.#procedures, from, message);
        return;
    }
  }
}
