/** What system calls may use while a function of the module runs; the database sets it up per call. */
import type { Catalog } from '../../database/datastore/catalog.ts';
import type { ReadSet } from '../../database/datastore/read-set.ts';
import type { Transaction } from '../../database/datastore/transaction.ts';

export interface CallContext {
  /** Undefined while the module loads and describes itself. */
  catalog: Catalog | undefined;
  /** Undefined outside of a transaction. */
  transaction: Transaction | undefined;
  /** Big-endian number of the database's identity. */
  databaseIdentity: bigint;
  /** Canonical name of the running function, for log lines. */
  functionName: string | undefined;
  /** Notes what a view reads. Undefined outside of views; with it, nothing can be written. */
  reads?: ReadSet | undefined;
  /** A system call broke off for a reason of the host's own: whatever the module makes of it, the call must fail. */
  fault: string | undefined;
  /** UTF-8 JSON of the claims that a connection came with; empty when there are none. */
  jwtPayload(connection: bigint): string;
  log(line: ModuleLogLine): void;
  /** Queues a call of a reducer outside of the running transaction. */
  scheduleImmediate(name: string, args: Uint8Array): void;
}

export interface ModuleLogLine {
  /** Number of the level as modules give it. */
  level: number;
  message: string;
  filename: string | undefined;
  lineNumber: number | undefined;
}
