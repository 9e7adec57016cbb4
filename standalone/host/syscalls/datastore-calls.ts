/**
 * The datastore part of the system calls, over bytes and numbers only: JavaScript modules call it through the prelude,
 * WebAssembly modules can call the same functions over their memory. Failures are HostErrors.
 * Source: reference "module host" 2.3, 2.5, 2.6.
 */
import { BsatnError } from '../../../schema/bsatn.ts';
import { type ByteString, toByteString } from '../../database/datastore/byte-string.ts';
import type { Catalog, CatalogIndex, CatalogTable } from '../../database/datastore/catalog.ts';
import { errno, HostError } from '../../database/datastore/errno.ts';
import { afterAnyByte, type Key } from '../../database/datastore/key-encoding.ts';
import type { Cursor } from '../../database/datastore/row-layout.ts';
import type { KeyRange } from '../../database/datastore/table-index.ts';
import type { Transaction } from '../../database/datastore/transaction.ts';
import { nowMicros } from '../../database/module-log.ts';
import { checkDelay } from '../../database/schedules/schedule-row.ts';
import type { CallContext } from './call-context.ts';

/** The open transaction. Throws errno 2 outside of one. */
export function transactionOf(context: CallContext): Transaction {
  if (!context.transaction) throw new HostError(errno.notInTransaction);
  return context.transaction;
}

/** The open transaction, for changes. Throws errno 19 in a view. */
function writable(context: CallContext): Transaction {
  if (context.reads) throw new HostError(errno.transactionIsReadOnly);
  return transactionOf(context);
}

/** A table of which any row may matter to what is read. */
function readTable(context: CallContext, id: number): CatalogTable {
  const table = tableOf(context, id);
  context.reads?.addTable(table);
  return table;
}

function tableOf(context: CallContext, id: number): CatalogTable {
  transactionOf(context);
  const table = catalogOf(context).tables.get(id);
  if (!table) throw new HostError(errno.noSuchTable);
  return table;
}

function indexOf(context: CallContext, id: number): CatalogIndex {
  transactionOf(context);
  const index = catalogOf(context).indexes.get(id);
  if (!index) throw new HostError(errno.noSuchIndex);
  return index;
}

function catalogOf(context: CallContext): Catalog {
  if (!context.catalog)
    throw new HostError(errno.hostCallFailure, 'cannot call this function during module initialization');
  return context.catalog;
}

/** Malformed keys and bounds are errno 3. */
function decoding<T>(run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (error instanceof BsatnError || error instanceof RangeError) throw new HostError(errno.bsatnDecodeError);
    throw error;
  }
}

export function tableIdFromName(context: CallContext, name: string): number {
  transactionOf(context);
  const table = catalogOf(context).tableByName.get(name);
  if (!table) throw new HostError(errno.noSuchTable);
  return table.id;
}

export function indexIdFromName(context: CallContext, name: string): number {
  transactionOf(context);
  const index = catalogOf(context).indexByName.get(name);
  if (!index) throw new HostError(errno.noSuchIndex);
  return index.id;
}

export const rowCount = (context: CallContext, table: number): number => readTable(context, table).store.size;

export const scanTable = (context: CallContext, table: number): ByteString[] => [
  ...readTable(context, table).store.rows(),
];

export function scanPoint(context: CallContext, indexId: number, bytes: Buffer, length: number): ByteString[] {
  const { table, index } = indexOf(context, indexId);
  const key = decoding(() => index.codec.ofPoint(bytes, 0, length));
  context.reads?.addPoint(table, index, key);
  return index.rowsAt(key);
}

/** Lengths of the three parts of a range probe, which lie one after the other in the buffer. */
export interface RangeParts {
  prefixLength: number;
  prefixElements: number;
  startLength: number;
  endLength: number;
}

export function scanRange(context: CallContext, indexId: number, bytes: Buffer, parts: RangeParts): ByteString[] {
  const { table, index } = indexOf(context, indexId);
  context.reads?.addTable(table);
  if (index.shape.algorithm === 'Hash') throw new HostError(errno.wrongIndexAlgorithm);
  if (parts.prefixElements >= index.shape.columns.length) throw new HostError(errno.bsatnDecodeError);
  return index.range(decoding(() => readRange(index, bytes, parts)));
}

function readRange(index: CatalogIndex['index'], bytes: Buffer, parts: RangeParts): KeyRange {
  const { codec } = index;
  const column = parts.prefixElements;
  const cursor: Cursor = { bytes, offset: 0, end: parts.prefixLength };
  const prefix: Key = column === 0 ? '' : codec.ofColumns(cursor, 0, column);
  const bound = (start: number, length: number): { kind: number; key: Key } => {
    const at: Cursor = { bytes, offset: start + 1, end: start + length };
    const kind = length > 0 ? (bytes[start] as number) : 3;
    if (kind > 2) throw new BsatnError('a bound has an unknown kind');
    return { kind, key: kind === 2 ? prefix : join(prefix, codec.ofColumns(at, column, 1)) };
  };
  const start = column === 0 ? 0 : parts.prefixLength;
  const from = bound(start, parts.startLength);
  const to = parts.endLength === 0 ? from : bound(start + parts.startLength, parts.endLength);
  return codec.numeric ? numericRange(from, to) : bytesRange(prefix, from, to);
}

const join = (prefix: Key, key: Key): Key => (typeof key === 'number' ? key : `${prefix}${key}`);

interface Bound {
  /** 0 included, 1 excluded, 2 unbounded. */
  kind: number;
  key: Key;
}

const numericRange = (from: Bound, to: Bound): KeyRange => ({
  low: from.kind === 2 ? undefined : from.key,
  lowIncluded: from.kind === 0,
  high: to.kind === 2 ? undefined : to.key,
  highIncluded: to.kind === 0,
});

/** Columns after the bounded one are free, so a bound stands for all keys that continue it. */
function bytesRange(prefix: Key, from: Bound, to: Bound): KeyRange {
  return {
    low: from.kind === 1 ? from.key + afterAnyByte : from.key,
    lowIncluded: true,
    high: to.kind === 2 ? prefix + afterAnyByte : to.kind === 0 ? to.key + afterAnyByte : to.key,
    highIncluded: false,
  };
}

export function deletePoint(context: CallContext, indexId: number, bytes: Buffer, length: number): number {
  const { table } = indexOf(context, indexId);
  return writable(context).deleteRows(table, scanPoint(context, indexId, bytes, length));
}

export function deleteRange(context: CallContext, indexId: number, bytes: Buffer, parts: RangeParts): number {
  const { table } = indexOf(context, indexId);
  return writable(context).deleteRows(table, scanRange(context, indexId, bytes, parts));
}

/** Before anything is written. Throws errno 3 or 13. */
function checkSchedule(table: CatalogTable, bytes: Buffer, length: number): void {
  const cursor: Cursor = { bytes, offset: 0, end: length };
  decoding(() => table.store.layout.check(cursor));
  checkDelay(table, bytes, cursor.offset, nowMicros());
}

/** The row is in `bytes[0, length)`; generated columns are written to its start and their size is returned. */
export function insert(context: CallContext, tableId: number, bytes: Buffer, length: number): number {
  const table = tableOf(context, tableId);
  if (table.def.schedule) checkSchedule(table, bytes, length);
  return writable(context).insert(table, bytes, length);
}

export function update(context: CallContext, tableId: number, indexId: number, bytes: Buffer, length: number): number {
  const table = tableOf(context, tableId);
  const entry = indexOf(context, indexId);
  if (entry.table !== table) throw new HostError(errno.noSuchIndex);
  if (table.def.schedule) checkSchedule(table, bytes, length);
  return writable(context).update(table, entry.index, bytes, length);
}

/** `bytes` hold a BSATN array of rows; absent rows are skipped. */
export function deleteEqual(context: CallContext, tableId: number, bytes: Buffer, length: number): number {
  const table = tableOf(context, tableId);
  const rows = decoding(() => {
    if (length < 4) throw new BsatnError('an array needs a count');
    const cursor: Cursor = { bytes, offset: 4, end: length };
    const found: ByteString[] = [];
    for (let count = bytes.readUInt32LE(0); count > 0; count--) {
      const start = cursor.offset;
      table.store.layout.check(cursor);
      found.push(toByteString(bytes, start, cursor.offset));
    }
    return found;
  });
  let deleted = 0;
  for (const row of rows) if (writable(context).deleteRow(table, row)) deleted++;
  return deleted;
}

export const clear = (context: CallContext, tableId: number): number =>
  writable(context).clear(tableOf(context, tableId));
