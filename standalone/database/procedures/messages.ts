/**
 * What crosses between a database's thread and the threads that run its procedures and HTTP handlers. Such a thread
 * is told what to call through its parent port; its system calls go through a port of their own, on which it blocks
 * until the answer is there. All values survive structured clone.
 */
import type { MessagePort } from 'node:worker_threads';
import type { BundleText } from '../../host/load-bundle.ts';
import type { ModuleLogLine } from '../../host/syscalls/call-context.ts';
import type { RangeParts } from '../../host/syscalls/datastore-calls.ts';
import type { ByteString } from '../datastore/byte-string.ts';

/** The workerData of such a thread; the database's own thread has no `kind`. */
export interface ProcedureThreadData {
  kind: 'procedures';
  databaseIdentity: bigint;
  bundle: BundleText;
  syscalls: MessagePort;
  /** One Int32 that grows with every answer on `syscalls`. */
  signal: SharedArrayBuffer;
}

export type FunctionCall = {
  /** Canonical name, for log lines. */
  name: string;
  /** Position in the raw definition. */
  id: number;
  /** Microseconds since the Unix epoch. */
  timestamp: bigint;
} & (
  | { kind: 'procedure'; sender: bigint; connection: bigint; args: Uint8Array }
  /** `head` is BSATN of an HttpRequest. */
  | { kind: 'handler'; head: Uint8Array; body: Uint8Array }
);

export type FromProcedureThread =
  /** The module has been loaded; calls that came before run now. */
  | { kind: 'ready' }
  /** The module does not load in this thread. */
  | { kind: 'broken'; message: string }
  | { kind: 'log'; line: ModuleLogLine; functionName: string | undefined }
  | { kind: 'returned'; values: Uint8Array[] }
  /** `message` is of the thrown error with its class, `report` is for the module log. */
  | { kind: 'failed'; message: string; report: string };

/** System calls as the database's thread carries them out; rows and keys travel as copies. */
export interface RemoteCalls {
  tableId(name: string): number;
  indexId(name: string): number;
  rowCount(table: number): number;
  scanTable(table: number): ByteString[];
  scanPoint(index: number, key: Uint8Array): ByteString[];
  scanRange(index: number, bytes: Uint8Array, parts: RangeParts): ByteString[];
  deletePoint(index: number, key: Uint8Array): number;
  deleteRange(index: number, bytes: Uint8Array, parts: RangeParts): number;
  /** Gives the bytes of the generated columns. */
  insert(table: number, row: Uint8Array): Uint8Array;
  update(table: number, index: number, row: Uint8Array): Uint8Array;
  deleteEqual(table: number, rows: Uint8Array): number;
  clear(table: number): number;
  jwtPayload(connection: bigint): string;
  scheduleImmediate(name: string, args: Uint8Array): null;
  /** Gives the time, in microseconds since the Unix epoch. */
  startTransaction(): bigint | Promise<bigint>;
  commitTransaction(): null;
  abortTransaction(): null;
  /** Head (BSATN of an HttpResponse) and body. */
  httpRequest(head: Uint8Array, body: Uint8Array): [Uint8Array, Uint8Array] | Promise<[Uint8Array, Uint8Array]>;
}

export type RemoteCallName = keyof RemoteCalls;

export type RemoteRequest = {
  [N in RemoteCallName]: { name: N; args: Parameters<RemoteCalls[N]> };
}[RemoteCallName];

/** `code` and `text` as `failureOf` gives them. */
export type RemoteAnswer = { ok: true; value: unknown } | { ok: false; code: number; text: string };
