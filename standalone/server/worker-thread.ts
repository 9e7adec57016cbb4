/** One database thread: requests with ids, replies, events. Knows nothing about restarting; see `hosted-database.ts`. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import type {
  DatabaseWorkerOptions,
  FromWorker,
  RequestArgs,
  RequestName,
  RequestReply,
  ToWorker,
} from '../database/messages.ts';

/** The thread cannot answer: it ended, or never started. `status` is the HTTP status that fits. */
export class DatabaseUnavailable extends Error {
  readonly status = 503;
}

export type WorkerEvent = Exclude<FromWorker, { kind: 'reply' }>;

export interface WorkerThread {
  /** Rejects with DatabaseUnavailable when the thread ends before it answers. */
  request<N extends RequestName>(name: N, args: RequestArgs<N>): Promise<RequestReply<N>>;
  sendClientFrame(socket: number, data: Uint8Array): void;
  /** Ends the thread at once. Whatever was not synced is lost, as after a crash. */
  terminate(): Promise<void>;
}

export interface WorkerThreadEvents {
  onEvent(event: WorkerEvent): void;
  /** Called once, after every waiting request was rejected. `reason` is for people. */
  onExit(reason: string): void;
}

/** Above this size a frame is handed over instead of copied. */
const TRANSFER_BYTES = 16 * 1024;

interface Waiting {
  resolve(reply: RequestReply<RequestName>): void;
  reject(error: Error): void;
}

export function startWorkerThread(
  file: URL,
  options: DatabaseWorkerOptions,
  { onEvent, onExit }: WorkerThreadEvents,
): WorkerThread {
  const worker = new Worker(file, { workerData: options, name: `database ${options.databaseIdentity.slice(0, 12)}` });
  const waiting = new Map<number, Waiting>();
  let lastId = 0;
  let failure: string | undefined;
  let ended: string | undefined;

  worker.on('message', (message: FromWorker) => {
    if (message.kind !== 'reply') {
      onEvent(message);
      return;
    }
    waiting.get(message.id)?.resolve(message.reply);
    waiting.delete(message.id);
  });
  worker.on('error', (error: unknown) => {
    failure = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  });
  worker.on('exit', (code) => {
    ended = failure ?? `its thread ended (code ${code})`;
    for (const { reject } of waiting.values()) reject(new DatabaseUnavailable(`The database stopped: ${ended}.`));
    waiting.clear();
    onExit(ended);
  });

  const post = (message: ToWorker, transfer: ArrayBuffer[] = []) => worker.postMessage(message, transfer);
  return {
    request(name, args) {
      if (ended !== undefined) return Promise.reject(new DatabaseUnavailable(`The database stopped: ${ended}.`));
      const id = ++lastId;
      return new Promise((resolve, reject) => {
        // The reply to an id has the type of its request's name; the map cannot say so.
        waiting.set(id, { resolve: resolve as Waiting['resolve'], reject });
        post({ kind: 'request', id, name, args } as ToWorker);
      });
    },
    sendClientFrame(socket, frame) {
      // Cloning a view clones the whole buffer behind it, and a frame is a small part of a read from the socket.
      const data = new Uint8Array(frame);
      post({ kind: 'clientFrame', socket, data }, data.length > TRANSFER_BYTES ? [data.buffer] : []);
    },
    async terminate() {
      await worker.terminate();
    },
  };
}

/** Program of the thread: beside this file when bundled, else in the source tree. */
export function findWorkerFile(): URL {
  const candidates = ['./database-worker.cjs', '../database/worker.ts'].map((file) => new URL(file, import.meta.url));
  const found = candidates.find((candidate) => existsSync(fileURLToPath(candidate)));
  if (found) return found;
  throw new Error(
    `The installation is incomplete: ${fileURLToPath(candidates[0] as URL)} is missing. Install it again.`,
  );
}
