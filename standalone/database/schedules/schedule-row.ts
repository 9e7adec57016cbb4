/** What a row of a schedule table says about when its function runs. Reference "module host" 6.6. */
import type { ByteString } from '../datastore/byte-string.ts';
import type { CatalogTable } from '../datastore/catalog.ts';
import { errno, HostError } from '../datastore/errno.ts';
import type { Key } from '../datastore/key-encoding.ts';
import type { TableIndex } from '../datastore/table-index.ts';

export type ScheduleAt =
  /** Microseconds between two runs; never below 1. */
  | { tag: 'Interval'; every: number }
  /** Microseconds since the Unix epoch. */
  | { tag: 'Time'; at: number };

/** Milliseconds from now on; what lies as far away as this cannot be scheduled. */
const longestDelay = 64 ** 6 - 1;

/** The schedule in the row at `bytes[0, end)`. The bytes have been checked against the row's type. */
function readSchedule({ def, store }: CatalogTable, bytes: Buffer, end: number): ScheduleAt | undefined {
  if (!def.schedule) return undefined;
  const at = store.layout.locate(bytes, 0, end, def.schedule.atColumn);
  const micros = Number(bytes.readBigInt64LE(at + 1));
  if (bytes[at] === 1) return { tag: 'Time', at: micros };
  return { tag: 'Interval', every: Math.max(Math.abs(micros), 1) };
}

export const scheduleOf = (table: CatalogTable, row: ByteString): ScheduleAt | undefined =>
  readSchedule(table, table.store.load(row), row.length);

/** Throws HostError 13 when a checked row asks for a time that is too far away. `now` in microseconds. */
export function checkDelay(table: CatalogTable, bytes: Buffer, end: number, now: number): void {
  const schedule = readSchedule(table, bytes, end);
  if (!schedule) return;
  const delay = schedule.tag === 'Time' ? schedule.at - now : schedule.every;
  if (delay >= longestDelay * 1000) throw new HostError(errno.scheduleAtDelayTooLong);
}

/** The index over the primary key; every schedule table has one. */
export function primaryIndex({ def, store }: CatalogTable): TableIndex | undefined {
  return store.uniqueIndexes.find(({ shape }) => shape.columns.length === 1 && shape.columns[0] === def.primaryKey);
}

export const keyOfRow = (table: CatalogTable, index: TableIndex, row: ByteString): Key => table.store.keyOf(index, row);
