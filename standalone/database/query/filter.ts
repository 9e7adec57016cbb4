/** Conditions as functions over rows. A comparison compares keys, whose order is the order of the values. */
import type { ByteString } from '../datastore/byte-string.ts';
import type { CatalogTable } from '../datastore/catalog.ts';
import { compareKeys } from '../datastore/key-encoding.ts';
import type { Comparison } from './syntax.ts';
import { type Condition, columnCodec, columnKey } from './typed-query.ts';

/** `bytes` holds the row from 0 on. */
export type RowFilter = (row: ByteString, bytes: Buffer) => boolean;
/** One row per table of the join. */
export type TupleFilter = (tuple: readonly ByteString[]) => boolean;

const holds: Readonly<Record<Comparison, (order: number) => boolean>> = {
  '=': (order) => order === 0,
  '!=': (order) => order !== 0,
  '<': (order) => order < 0,
  '<=': (order) => order <= 0,
  '>': (order) => order > 0,
  '>=': (order) => order >= 0,
};

/** A filter over one table from conditions that speak of no other; undefined when there are none. */
export function rowFilter(conditions: readonly Condition[], table: CatalogTable): RowFilter | undefined {
  const filters = conditions.map((condition) => compileRow(condition, table));
  if (filters.length < 2) return filters[0];
  return (row, bytes) => filters.every((filter) => filter(row, bytes));
}

function compileRow(condition: Condition, table: CatalogTable): RowFilter {
  switch (condition.kind) {
    case 'constant':
      return () => condition.value;
    case 'and':
    case 'or': {
      const parts = condition.parts.map((part) => compileRow(part, table));
      return condition.kind === 'and'
        ? (row, bytes) => parts.every((part) => part(row, bytes))
        : (row, bytes) => parts.some((part) => part(row, bytes));
    }
    case 'value': {
      const { key, comparison } = condition;
      const codec = columnCodec(table, condition.column.column);
      if (comparison === '=') return (row, bytes) => codec.ofRow(bytes, 0, row.length) === key;
      const test = holds[comparison];
      return (row, bytes) => test(compareKeys(codec.ofRow(bytes, 0, row.length), key));
    }
    case 'columns': {
      const [left, right] = [columnCodec(table, condition.left.column), columnCodec(table, condition.right.column)];
      const test = holds[condition.comparison];
      return (row, bytes) => test(compareKeys(left.ofRow(bytes, 0, row.length), right.ofRow(bytes, 0, row.length)));
    }
  }
}

/** A filter over rows of several tables. */
export function tupleFilter(condition: Condition, tables: readonly CatalogTable[]): TupleFilter {
  switch (condition.kind) {
    case 'constant':
      return () => condition.value;
    case 'and':
    case 'or': {
      const parts = condition.parts.map((part) => tupleFilter(part, tables));
      return condition.kind === 'and'
        ? (tuple) => parts.every((part) => part(tuple))
        : (tuple) => parts.some((part) => part(tuple));
    }
    case 'value': {
      const { key, column, comparison } = condition;
      const read = columnKey(tables[column.relation] as CatalogTable, column.column);
      const test = holds[comparison];
      return (tuple) => test(compareKeys(read(tuple[column.relation] as ByteString), key));
    }
    case 'columns': {
      const { left, right, comparison } = condition;
      const readLeft = columnKey(tables[left.relation] as CatalogTable, left.column);
      const readRight = columnKey(tables[right.relation] as CatalogTable, right.column);
      const test = holds[comparison];
      return (tuple) =>
        test(compareKeys(readLeft(tuple[left.relation] as ByteString), readRight(tuple[right.relation] as ByteString)));
    }
  }
}
