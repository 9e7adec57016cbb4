/**
 * The timers of the schedule tables. A row is armed when the transaction that wrote it commits; its function runs in
 * the database's queue like any other call, from the database itself. Nothing but the rows is kept: after a start or a
 * republish every row is armed again. Reference "module host" 6.6.
 */
import { type DatabaseCore, now } from '../core.ts';
import type { ByteString } from '../datastore/byte-string.ts';
import { byteStringToBuffer } from '../datastore/byte-string.ts';
import type { CatalogTable } from '../datastore/catalog.ts';
import type { Key } from '../datastore/key-encoding.ts';
import type { TableChange } from '../datastore/transaction.ts';
import { nowMicros } from '../module-log.ts';
import { beginCall, runReducer } from '../reducers.ts';
import { messageOf } from '../refusal.ts';
import { type Begin, type Steps, StoppedError } from '../steps.ts';
import { type Due, DueQueue } from './due-queue.ts';
import { keyOfRow, primaryIndex, type ScheduleAt, scheduleOf } from './schedule-row.ts';

/** Longest time that a timer of the engine can wait, milliseconds. */
const longestTimer = 2 ** 31 - 1;

const smallestSweep = 1024;

interface Armed extends Due {
  table: number;
  key: Key;
  schedule: ScheduleAt;
}

/** Runs a procedure with one argument, the schedule row; the scheduler does not wait for its end. */
export type StartProcedure = (name: string, row: Uint8Array, timestamp: bigint) => void;

export class Scheduler {
  readonly #core: DatabaseCore;
  readonly #steps: Steps;
  readonly #startProcedure: StartProcedure;
  /** By table and primary key. An entry in the queue that is not here any more fires into nothing. */
  readonly #armed = new Map<number, Map<Key, Armed>>();
  readonly #queue = new DueQueue<Armed>();
  #sweepAt = smallestSweep;
  #timer: NodeJS.Timeout | undefined;
  #timerAt = Number.POSITIVE_INFINITY;

  constructor(core: DatabaseCore, steps: Steps, startProcedure: StartProcedure) {
    this.#core = core;
    this.#steps = steps;
    this.#startProcedure = startProcedure;
  }

  /** Arms every row of the present module; intervals count from now. */
  armAll(): void {
    this.close();
    for (const table of this.#core.catalog.tables.values()) {
      if (!isScheduled(table)) continue;
      for (const row of table.store.rows()) this.#armRow(table, row);
    }
  }

  /** Follows a committed transaction. */
  committed(changes: readonly TableChange[]): void {
    for (const { table, inserts, deletes } of changes) {
      if (!isScheduled(table)) continue;
      const index = primaryIndex(table);
      if (!index) continue;
      const armed = this.#armed.get(table.id);
      for (const row of deletes) armed?.delete(keyOfRow(table, index, row));
      for (const row of inserts) this.#armRow(table, row);
    }
  }

  /** Forgets all timers. */
  close(): void {
    clearTimeout(this.#timer);
    this.#timerAt = Number.POSITIVE_INFINITY;
    this.#armed.clear();
    this.#queue.reset([]);
  }

  #armRow(table: CatalogTable, row: ByteString): void {
    const index = primaryIndex(table);
    const schedule = scheduleOf(table, row);
    if (!index || !schedule) return;
    const at = schedule.tag === 'Time' ? schedule.at : nowMicros() + schedule.every;
    this.#arm({ table: table.id, key: keyOfRow(table, index, row), schedule, at });
  }

  #arm(entry: Armed): void {
    let armed = this.#armed.get(entry.table);
    if (!armed) {
      armed = new Map();
      this.#armed.set(entry.table, armed);
    }
    armed.set(entry.key, entry);
    this.#queue.push(entry);
    if (this.#queue.size > this.#sweepAt) this.#sweep();
    if (entry.at < this.#timerAt) this.#setTimer(entry.at);
  }

  /** Rows that change often leave entries behind that are due in a far future. */
  #sweep(): void {
    const entries = [...this.#armed.values()].flatMap((armed) => [...armed.values()]);
    this.#queue.reset(entries);
    this.#sweepAt = smallestSweep + 2 * entries.length;
  }

  #setTimer(at: number): void {
    clearTimeout(this.#timer);
    this.#timerAt = at;
    const delay = Math.min(Math.max(Math.ceil((at - nowMicros()) / 1000), 0), longestTimer);
    this.#timer = setTimeout(() => this.#fireDue(), delay);
  }

  #fireDue(): void {
    this.#timerAt = Number.POSITIVE_INFINITY;
    const time = nowMicros();
    for (;;) {
      const first = this.#queue.first;
      if (!first) return;
      if (this.#isArmed(first) && first.at > time) break;
      this.#queue.pop();
      if (this.#isArmed(first)) this.#fire(first);
    }
    this.#setTimer((this.#queue.first as Armed).at);
  }

  #isArmed(entry: Armed): boolean {
    return this.#armed.get(entry.table)?.get(entry.key) === entry;
  }

  #fire(entry: Armed): void {
    const name = this.#core.catalog.tables.get(entry.table)?.def.schedule?.functionName ?? '';
    this.#steps.push({
      reducer: name,
      run: (begin) => this.#run(entry, begin),
      failed: (error) => {
        // A stopped call has been logged with its reducer.
        if (!(error instanceof StoppedError)) this.#core.moduleLog.host('Error', `${name} failed: ${messageOf(error)}`);
        this.#steps.push({
          reducer: '',
          run: (begin) => this.#finish(entry, begin),
          failed: (again) => this.#core.moduleLog.host('Error', messageOf(again)),
        });
      },
    });
  }

  #run(entry: Armed, begin: Begin): void {
    const { catalog, program, metrics, identity, moduleLog } = this.#core;
    const table = catalog.tables.get(entry.table);
    const name = table?.def.schedule?.functionName;
    if (!program || !table || name === undefined || !this.#isArmed(entry)) return;
    const row = primaryIndex(table)?.unique(entry.key);
    if (row === undefined) return;
    metrics.fired(name, Math.max(nowMicros() - entry.at, 0) / 1e6);
    const present = now();
    const intended = BigInt(entry.at);
    const timestamp = intended > present ? intended : present;
    const args = byteStringToBuffer(row);
    const reducer = catalog.module.reducers.find((candidate) => candidate.name === name);
    if (!reducer) {
      this.#finish(entry, begin);
      this.#startProcedure(name, args, timestamp);
      return;
    }
    const call = begin({ ...beginCall(this.#core, program), timestamp });
    const result = runReducer(call, reducer, { identity, connection: 0n }, args, { type: 'Reducer' });
    // Any other failure has been logged with its stack.
    if (!result.ok && result.kind === 'refused') {
      moduleLog.host('Error', `The scheduled reducer ${name} failed: ${result.message}`);
    }
    this.#finish(entry, begin);
  }

  /** A row that has had its turn goes, or waits for the next one, unless the turn itself has changed it. */
  #finish(entry: Armed, begin: Begin): void {
    if (!this.#isArmed(entry)) return;
    const { schedule } = entry;
    if (schedule.tag === 'Interval') {
      const missed = Math.floor((nowMicros() - entry.at) / schedule.every);
      this.#arm({ ...entry, at: entry.at + (Math.max(missed, 0) + 1) * schedule.every });
      return;
    }
    this.#armed.get(entry.table)?.delete(entry.key);
    const { catalog, program } = this.#core;
    const table = catalog.tables.get(entry.table);
    const row = table && primaryIndex(table)?.unique(entry.key);
    if (!table || !program || row === undefined) return;
    const { transaction, timestamp } = begin(beginCall(this.#core, program));
    transaction.deleteRow(table, row);
    this.#core.commit(transaction, { type: 'Internal', reducer: '', timestamp });
  }
}

/** Rows of event tables are gone before they could be armed. */
const isScheduled = ({ def }: CatalogTable): boolean => def.schedule !== undefined && !def.isEvent;
