/** How the rows of one table that conditions on constants admit are found: by an index where there is one. */
import { type ByteString, byteStringToBuffer } from '../datastore/byte-string.ts';
import type { CatalogTable } from '../datastore/catalog.ts';
import { afterAnyByte, type Key } from '../datastore/key-encoding.ts';
import type { KeyRange, TableIndex } from '../datastore/table-index.ts';
import type { Condition } from './typed-query.ts';

export type ValueCondition = Extract<Condition, { kind: 'value' }>;

export type AccessPath =
  | { kind: 'point'; index: TableIndex; key: Key }
  | { kind: 'range'; index: TableIndex; range: KeyRange }
  | { kind: 'scan' };

/** The narrowest way: a unique key, a key, a range, all rows. The conditions have still to be checked on what it gives. */
export function accessPath(conditions: readonly Condition[], { store }: CatalogTable): AccessPath {
  const values = conditions.filter((condition) => condition.kind === 'value');
  let best: AccessPath = { kind: 'scan' };
  for (const index of store.indexes) {
    const path = indexPath(index, values);
    if (path && rank(path) > rank(best)) best = path;
  }
  return best;
}

const rank = (path: AccessPath): number => {
  if (path.kind === 'scan') return 0;
  if (path.kind === 'range') return 1;
  return path.index.shape.unique ? 3 : 2;
};

function indexPath(index: TableIndex, values: readonly ValueCondition[]): AccessPath | undefined {
  const { columns, algorithm } = index.shape;
  const prefix: ByteString[] = [];
  for (const column of columns) {
    const equal = values.find((value) => value.comparison === '=' && value.column.column === column);
    if (!equal) break;
    prefix.push(equal.bsatn);
  }
  if (prefix.length === columns.length) return { kind: 'point', index, key: prefixKey(index, prefix) };
  if (algorithm === 'Hash') return undefined;
  const bounds = values.filter(
    ({ comparison, column }) => comparison !== '=' && comparison !== '!=' && column.column === columns[prefix.length],
  );
  if (prefix.length === 0 && bounds.length === 0) return undefined;
  return { kind: 'range', index, range: keyRange(index, prefix, bounds) };
}

/** Key of the first columns of an index, from the BSATN of their values. */
function prefixKey(index: TableIndex, values: readonly ByteString[]): Key {
  const bytes = byteStringToBuffer(values.join(''));
  return index.codec.ofColumns({ bytes, offset: 0, end: bytes.length }, 0, values.length);
}

function keyRange(index: TableIndex, prefix: readonly ByteString[], bounds: readonly ValueCondition[]): KeyRange {
  const whole = prefix.length === 0 ? undefined : (prefixKey(index, prefix) as ByteString);
  const range: KeyRange = {
    low: whole,
    lowIncluded: true,
    high: whole === undefined ? undefined : whole + afterAnyByte,
    highIncluded: true,
  };
  for (const { comparison, bsatn } of bounds) {
    const key = prefixKey(index, [...prefix, bsatn]);
    // Keys of more columns continue this one: "greater" begins after all of them, "at most" ends after them.
    const after = (included: boolean): Key => (included && typeof key === 'string' ? key + afterAnyByte : key);
    if (comparison === '>' || comparison === '>=') {
      const low = after(comparison === '>');
      if (range.low === undefined || low >= range.low) {
        range.lowIncluded = comparison === '>=' && (range.low !== low || range.lowIncluded);
        range.low = low;
      }
    } else {
      const high = after(comparison === '<=');
      if (range.high === undefined || high <= range.high) {
        range.highIncluded = comparison === '<=' && (range.high !== high || range.highIncluded);
        range.high = high;
      }
    }
  }
  return range;
}

export function readPath(path: AccessPath, { store }: CatalogTable): Iterable<ByteString> {
  switch (path.kind) {
    case 'point':
      return path.index.rowsAt(path.key);
    case 'range':
      return path.index.range(path.range);
    case 'scan':
      return store.rows();
  }
}

/** Rows that a path can be expected to give: exact for scans and unique keys, an average for others. */
export function estimateRows(path: AccessPath, { store }: CatalogTable): number {
  if (path.kind !== 'point') return store.size;
  return path.index.shape.unique ? Math.min(1, store.size) : averageRows(path.index, store.size);
}

/** Rows per key of an index over a table with so many rows. */
export const averageRows = (index: TableIndex, rows: number): number =>
  index.size === 0 ? 0 : Math.ceil(rows / index.size);
