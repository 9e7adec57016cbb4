/**
 * Messages on their way to sockets. Each socket has one queue, so its order is the order of commits; a socket that
 * wants confirmed data gets a message only when the log is durable up to the transaction whose effects it carries.
 * What one turn of the event loop makes ready leaves in one hop to the server thread.
 */
import { makePayloads } from '../protocol/framing.ts';
import type { OutgoingFrame, SocketOptions } from './messages.ts';

interface Waiting {
  message: Uint8Array;
  /** Offset of the last transaction whose effects the message shows. */
  offset: bigint;
}

interface SocketQueue {
  options: SocketOptions;
  waiting: Waiting[];
}

export class Outbox {
  readonly #sockets = new Map<number, SocketQueue>();
  readonly #filled = new Set<SocketQueue>();
  readonly #send: (frames: OutgoingFrame[]) => void;
  #durable = -1n;
  #scheduled = false;

  constructor(send: (frames: OutgoingFrame[]) => void) {
    this.#send = send;
  }

  open(options: SocketOptions): void {
    this.#sockets.set(options.socket, { options, waiting: [] });
  }

  close(socket: number): void {
    const queue = this.#sockets.get(socket);
    if (queue) this.#filled.delete(queue);
    this.#sockets.delete(socket);
  }

  /** Queues a message that shows the state after transaction `offset`. */
  push(socket: number, message: Uint8Array, offset: bigint): void {
    const queue = this.#sockets.get(socket);
    if (!queue) return;
    queue.waiting.push({ message, offset });
    this.#filled.add(queue);
    this.#schedule();
  }

  durableUpTo(offset: bigint): void {
    this.#durable = offset;
    this.flush();
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => this.flush());
  }

  /** Sends everything that may leave now. */
  flush(): void {
    this.#scheduled = false;
    const frames: OutgoingFrame[] = [];
    for (const queue of this.#filled) {
      const messages = this.#takeReady(queue);
      if (queue.waiting.length === 0) this.#filled.delete(queue);
      const { socket } = queue.options;
      if (messages.length > 0) {
        for (const data of makePayloads(messages, queue.options)) frames.push({ socket, data });
      }
    }
    if (frames.length > 0) this.#send(frames);
  }

  #takeReady({ options, waiting }: SocketQueue): Uint8Array[] {
    let ready = waiting.length;
    if (options.confirmed) {
      ready = waiting.findIndex((entry) => entry.offset > this.#durable);
      if (ready < 0) ready = waiting.length;
    }
    return waiting.splice(0, ready).map((entry) => entry.message);
  }
}
