/**
 * One connected client: what it sent before it was admitted, what waits to be sent to it, and whether it still lives.
 * A slow client never holds up others: its frames wait in its own queue, and past a limit it is dropped.
 */
import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import type { WebSocketConfig } from './config.ts';

/** More frames than this, waiting in either direction, end the connection. */
const MAX_QUEUED_FRAMES = 16_384;
/** A client that has this much waiting and takes nothing for `STALL_MS` is dropped. */
const STALL_BYTES = 64 * 1024 * 1024;
const STALL_MS = 30_000;
const MAX_QUEUED_BYTES = 512 * 1024 * 1024;
/** A close reason has at most 123 bytes. */
const MAX_REASON_BYTES = 123;

export interface ClientSocketOptions {
  id: number;
  databaseIdentity: string;
  ws: WebSocket;
  /** The connection under the WebSocket, to send many frames with one system call. */
  raw: Duplex & { bytesRead?: number };
  timing: WebSocketConfig;
  /** Hands a frame to the database. */
  forward(data: Uint8Array): void;
  onDropped(reason: string): void;
}

export class ClientSocket {
  readonly id: number;
  readonly databaseIdentity: string;
  /** Its database lost it already (crash, deletion), so there is nobody to tell when it leaves. */
  orphaned = false;
  readonly #options: ClientSocketOptions;
  /** Frames that came before the connect hook was done; undefined afterwards. */
  #early: Uint8Array[] | undefined = [];
  #queuedFrames = 0;
  #corked = false;
  #lastProgress = performance.now();
  #lastBytesRead = 0;
  #lastRead = performance.now();
  #lastPing = performance.now();
  #awaitingPong = false;
  /** Not read from, so its silence means nothing. */
  #held = false;

  constructor(options: ClientSocketOptions) {
    this.id = options.id;
    this.databaseIdentity = options.databaseIdentity;
    this.#options = options;
    options.ws.on('message', (data: Buffer, isBinary) => this.#receive(data, isBinary));
    options.ws.on('pong', () => {
      this.#awaitingPong = false;
    });
    // Protocol errors (too big, unmasked, bad UTF-8): `ws` closes with the fitting code itself.
    options.ws.on('error', (error) => options.onDropped(error.message));
  }

  /** The connect hook is done: what came early goes to the database, in order. */
  admit(): void {
    const early = this.#early ?? [];
    this.#early = undefined;
    for (const data of early) this.#options.forward(data);
  }

  /** Queues a frame. Returns true when this call held the connection back, to be let go with `flush`. */
  send(data: Uint8Array): boolean {
    const { ws, raw } = this.#options;
    if (ws.readyState !== ws.OPEN) return false;
    if (this.#queuedFrames === 0) this.#lastProgress = performance.now();
    if (this.#queuedFrames >= MAX_QUEUED_FRAMES || ws.bufferedAmount > MAX_QUEUED_BYTES) {
      this.#drop('too slow: it does not read what it subscribed to');
      return false;
    }
    const first = !this.#corked;
    if (first) {
      this.#corked = true;
      raw.cork();
    }
    this.#queuedFrames += 1;
    ws.send(data, SEND_OPTIONS, this.#sent);
    return first;
  }

  /** Stops reading: the client is ahead of its database, and TCP makes it wait. */
  pause(): void {
    this.#held = true;
    this.#options.ws.pause();
  }

  resume(): void {
    this.#held = false;
    this.#lastRead = performance.now();
    this.#options.ws.resume();
  }

  flush(): void {
    this.#corked = false;
    this.#options.raw.uncork();
  }

  /** Closes with a code and a reason (cut to what fits), and does not wait long for the answer. */
  close(code: number, reason: string): void {
    const { ws, timing } = this.#options;
    if (this.#corked) this.flush();
    ws.close(code, fitReason(reason));
    setTimeout(() => ws.terminate(), timing.closeTimeoutMs).unref();
  }

  /** Drops the connection without a word. */
  terminate(): void {
    this.#options.ws.terminate();
  }

  /** Called regularly: pings, and drops a client that is silent or stalled. `paused`: this process itself slept. */
  checkLife(now: number, paused: boolean): void {
    const { ws, raw, timing } = this.#options;
    const bytesRead = raw.bytesRead ?? 0;
    if (bytesRead !== this.#lastBytesRead || this.#held || paused) {
      this.#lastBytesRead = bytesRead;
      this.#lastRead = now;
      if (paused) this.#lastProgress = now;
    }
    if (now - this.#lastRead > timing.idleTimeoutMs) {
      this.#options.onDropped('it has not answered for too long');
      ws.terminate();
    } else if (ws.bufferedAmount > STALL_BYTES && now - this.#lastProgress > STALL_MS) {
      this.#drop('too slow: it stopped reading');
    } else if (!this.#awaitingPong && now - this.#lastPing >= timing.pingIntervalMs && ws.readyState === ws.OPEN) {
      this.#awaitingPong = true;
      this.#lastPing = now;
      ws.ping();
    }
  }

  #sent = (): void => {
    this.#queuedFrames -= 1;
    this.#lastProgress = performance.now();
  };

  #receive(data: Buffer, isBinary: boolean): void {
    if (!isBinary) {
      this.close(1011, 'v2 websocket does not support text messages');
      return;
    }
    if (!this.#early) {
      this.#options.forward(data);
    } else if (this.#early.length < MAX_QUEUED_FRAMES) {
      this.#early.push(data);
    } else {
      this.close(1013, 'too many requests');
    }
  }

  #drop(reason: string): void {
    this.#options.onDropped(reason);
    this.close(1013, `dropped: ${reason}`);
  }
}

const SEND_OPTIONS = { binary: true, compress: false };

/** Cuts at a character, as a close reason is UTF-8. */
export function fitReason(reason: string): string {
  const bytes = Buffer.from(reason);
  if (bytes.length <= MAX_REASON_BYTES) return reason;
  const cut = bytes.subarray(0, MAX_REASON_BYTES - 3).toString();
  return `${cut.replace(/\uFFFD+$/, '')}…`;
}
