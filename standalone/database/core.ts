/**
 * The state of one database and the way a transaction takes from its end to the log, the subscribers and the disk.
 * Nothing here runs module code.
 */
import type { RawModuleDef } from '../../schema/raw-module-def.ts';
import type { ModuleInstance } from '../host/instance.ts';
import { type QuerySetUpdate, transactionUpdate } from '../protocol/server-message.ts';
import { type Catalog, type CatalogTable, emptyCatalog } from './datastore/catalog.ts';
import type { CommitLog } from './datastore/commit-log.ts';
import { type ProgramChange, writeRecord } from './datastore/log-record.ts';
import { Replay } from './datastore/replay.ts';
import { openLogDirectory } from './datastore/restore.ts';
import { refreshSequences, schemaChanges } from './datastore/schema-tables.ts';
import { clientTableId } from './datastore/system-tables.ts';
import { type TableChange, Transaction } from './datastore/transaction.ts';
import { DurableWaiters } from './durable-waiters.ts';
import type { DatabaseWorkerOptions, FromWorker, Metric } from './messages.ts';
import { DatabaseMetrics, type TxnType } from './metrics.ts';
import { ModuleLog, nowMicros } from './module-log.ts';
import { Outbox } from './outbox.ts';
import { Subscriptions } from './subscriptions/subscriptions.ts';
import { Views } from './views/views.ts';

export interface Program {
  bytes: Uint8Array;
  /** Keccak-256 of the bytes, 64 hex digits. */
  hash: string;
  definition: RawModuleDef;
  instance: ModuleInstance;
}

export interface Socket {
  socket: number;
  identity: string;
  connectionId: string;
}

export interface CommitInfo {
  type: TxnType;
  /** Canonical name; empty when no reducer ran. */
  reducer: string;
  /** Socket that hears of the commit with the result of its call and not by itself. */
  caller?: number;
  programChange?: ProgramChange;
  timestamp: bigint;
}

export interface Committed {
  /** Offset of the transaction, or of the last one before when it changed nothing. */
  offset: bigint;
  /** What the caller's socket has to hear. */
  callerSets: QuerySetUpdate[];
}

/** After every offset there will be: for databases in memory, where nothing waits. */
const everything = 1n << 62n;

export class DatabaseCore {
  readonly options: DatabaseWorkerOptions;
  readonly identity: bigint;
  readonly metrics: DatabaseMetrics;
  readonly moduleLog: ModuleLog;
  readonly outbox: Outbox;
  readonly subscriptions = new Subscriptions();
  readonly durable = new DurableWaiters();
  readonly views: Views;
  readonly send: (message: FromWorker) => void;
  /** Told of every transaction that changed something, once it is committed. */
  onCommitted: (changes: readonly TableChange[]) => void = () => undefined;
  /** Told whenever the log has grown. */
  onLogged: () => void = () => undefined;
  catalog: Catalog = emptyCatalog();
  program: Program | undefined;
  /** Ids of tables are never given twice. */
  nextTableId = 0;
  #offset = -1n;
  #log: CommitLog | undefined;
  readonly #pendingMarks = new Set<CatalogTable>();

  constructor(options: DatabaseWorkerOptions, send: (message: FromWorker) => void) {
    this.options = options;
    this.identity = BigInt(`0x${options.databaseIdentity}`);
    this.send = send;
    this.views = new Views(this);
    this.metrics = new DatabaseMetrics(options.databaseIdentity);
    this.moduleLog = new ModuleLog((records) => send({ kind: 'log', records }));
    this.outbox = new Outbox((frames) => send({ kind: 'frames', frames }));
  }

  /** Restores what the log holds. Returns the last program in it. Throws when the log cannot be used. */
  openLog(): Uint8Array | undefined {
    const { directory } = this.options;
    let replay = new Replay();
    if (directory === undefined) {
      this.#durableUpTo(everything);
    } else {
      const opened = openLogDirectory({
        directory,
        onNote: (message) => this.moduleLog.host('Warn', message),
        onDurable: (offset) => {
          this.#durableUpTo(offset);
          this.onLogged();
        },
        onFailure: (error) => this.#logFailed(error),
      });
      this.#log = opened.log;
      replay = opened.replay;
      this.#durableUpTo(replay.offset);
    }
    this.catalog = replay.catalog;
    this.nextTableId = replay.nextTableId;
    this.#offset = replay.offset;
    return replay.program;
  }

  #durableUpTo(offset: bigint): void {
    this.outbox.durableUpTo(offset);
    this.durable.reached(offset);
  }

  /** Without its log the database must not go on: what it acknowledged from here would be lost. */
  #logFailed(error: Error): void {
    const message = `The commit log cannot be written (${error.message}). Free space on the disk or mend its permissions, then start the server again.`;
    this.moduleLog.host('Error', message);
    this.moduleLog.flush();
    throw new Error(message);
  }

  get offset(): bigint {
    return this.#offset;
  }

  /** Bytes of log that were replayed, and written since. */
  get logWritten(): number {
    return this.#log?.written ?? 0;
  }

  /** Begins a new segment of the log here; resolves when everything before is durable. */
  beginLogSegment(): Promise<void> {
    return this.#log?.beginSegment(this.#offset + 1n) ?? Promise.resolve();
  }

  begin(): Transaction {
    return new Transaction(this.#pendingMarks);
  }

  /**
   * Ends a transaction: views, log, subscribers. The effects are visible when this returns, and durable some time
   * later. Throws ViewFailure when a view fails; the transaction is still open then.
   */
  commit(transaction: Transaction, info: CommitInfo): Committed {
    const views = this.views.prepare({
      transaction,
      isPublish: info.programChange !== undefined,
    });
    const changes = transaction.commit();
    const committed = this.#announce(changes, this.views.apply(views), info);
    transaction.ended();
    return committed;
  }

  #announce(changes: readonly TableChange[], viewChanges: readonly TableChange[], info: CommitInfo): Committed {
    if (changes.length === 0 && !info.programChange) return { offset: this.#offset, callerSets: [] };
    this.#offset++;
    const offset = this.#offset;
    const marked = this.#takeMarks();
    this.#log?.append(offset, (out) =>
      writeRecord(out, {
        offset,
        timestamp: info.timestamp,
        programChange: info.programChange,
        changes,
        marked,
      }),
    );
    for (const { table, inserts, deletes } of changes) {
      const { id, def } = table;
      this.metrics.changed(info.type, info.reducer, { id, name: def.name }, inserts.length, deletes.length);
    }
    const sequenceChanges = marked.length > 0 ? refreshSequences(this.catalog) : [];
    const announced =
      sequenceChanges.length + viewChanges.length > 0 ? [...changes, ...sequenceChanges, ...viewChanges] : changes;
    const deliveries = this.subscriptions.deliveries(announced);
    let callerSets: QuerySetUpdate[] = [];
    // Equal sets of different sockets share their bytes: the usual case of many clients with one generated client.
    const shared = new Map<string, { sets: readonly QuerySetUpdate[]; message: Uint8Array }>();
    for (const [socket, sets] of deliveries) {
      if (socket === info.caller) callerSets = sets;
      else this.outbox.push(socket, sharedUpdate(sets, shared), offset);
    }
    this.onCommitted(changes);
    return { offset, callerSets };
  }

  /** Tells subscribers of the schema tables what a new catalog changed in them. */
  announceSchema(before: Catalog): void {
    for (const [socket, sets] of this.subscriptions.deliveries(schemaChanges(before, this.catalog))) {
      this.outbox.push(socket, transactionUpdate(sets), this.#offset);
    }
  }

  /** Marks of tables that exist; a publish that failed may have left others. */
  #takeMarks(): CatalogTable[] {
    if (this.#pendingMarks.size === 0) return [];
    const marked = [...this.#pendingMarks].filter((table) => this.catalog.tables.get(table.id)?.store === table.store);
    this.#pendingMarks.clear();
    return marked;
  }

  /** Sends to a socket what shows the present state. */
  reply(socket: number, message: Uint8Array): void {
    this.outbox.push(socket, message, this.#offset);
  }

  snapshotMetrics(): Metric[] {
    const tables = [...this.catalog.tables.values()];
    return this.metrics.snapshot({
      tables: tables.map(({ id, def, store }) => ({ id, name: def.name, rows: store.size })),
      clients: this.catalog.tables.get(clientTableId)?.store.size ?? 0,
      querySets: this.subscriptions.setCount,
      logBytes: this.#log?.size ?? 0,
    });
  }

  async close(): Promise<void> {
    await this.#log?.close();
    this.#log = undefined;
    this.outbox.flush();
    this.moduleLog.flush();
  }
}

function sharedUpdate(
  sets: readonly QuerySetUpdate[],
  known: Map<string, { sets: readonly QuerySetUpdate[]; message: Uint8Array }>,
): Uint8Array {
  const key = sets.map((set) => set.querySetId).join();
  const other = known.get(key);
  const same = other?.sets.every((set, i) => {
    const mine = sets[i]?.updates;
    return mine?.length === set.updates.length && set.updates.every((update, j) => update === mine[j]);
  });
  if (other && same) return other.message;
  const message = transactionUpdate(sets);
  known.set(key, { sets, message });
  return message;
}

/** Microseconds since the Unix epoch. */
export const now = (): bigint => BigInt(nowMicros());
