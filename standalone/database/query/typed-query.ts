/**
 * Queries after their names have been looked up: tables joined by position, conditions on columns by position.
 * Everything that runs (filters, joins, updates of subscriptions) works on this form only; row-level security is a
 * rewriting of it.
 */
import type { ByteString } from '../datastore/byte-string.ts';
import type { CatalogTable } from '../datastore/catalog.ts';
import { type Key, type KeyCodec, keyCodec } from '../datastore/key-encoding.ts';
import type { TableStore } from '../datastore/table-store.ts';
import type { Comparison } from './syntax.ts';

/** A column of the table at position `relation` of the join. */
export interface ColumnRef {
  relation: number;
  column: number;
}

export type Condition =
  | { kind: 'and' | 'or'; parts: readonly Condition[] }
  /** `key` is the value as a key of the column, `bsatn` the value itself. */
  | { kind: 'value'; comparison: Comparison; column: ColumnRef; key: Key; bsatn: ByteString }
  | { kind: 'columns'; comparison: Comparison; left: ColumnRef; right: ColumnRef }
  | { kind: 'constant'; value: boolean };

export interface TypedQuery {
  tables: readonly CatalogTable[];
  /** All of them must hold. None is an `and`. */
  conditions: readonly Condition[];
  /** Position of the table whose rows a query of rows gives. */
  output: number;
}

/** The parts of a condition that must all hold. */
export const conjuncts = (condition: Condition): readonly Condition[] =>
  condition.kind === 'and' ? condition.parts.flatMap(conjuncts) : [condition];

/** The same condition for tables at other positions. */
export function renumber(condition: Condition, move: (relation: number) => number): Condition {
  const moved = ({ relation, column }: ColumnRef): ColumnRef => ({ relation: move(relation), column });
  switch (condition.kind) {
    case 'and':
    case 'or':
      return { kind: condition.kind, parts: condition.parts.map((part) => renumber(part, move)) };
    case 'value':
      return { ...condition, column: moved(condition.column) };
    case 'columns':
      return { ...condition, left: moved(condition.left), right: moved(condition.right) };
    case 'constant':
      return condition;
  }
}

/** Positions of the tables that a condition speaks of. */
export function relationsOf(condition: Condition): ReadonlySet<number> {
  const found = new Set<number>();
  const walk = (part: Condition): void => {
    if (part.kind === 'and' || part.kind === 'or') part.parts.forEach(walk);
    else if (part.kind === 'value') found.add(part.column.relation);
    else if (part.kind === 'columns') found.add(part.left.relation).add(part.right.relation);
  };
  walk(condition);
  return found;
}

/** Equal texts mean equal results at every time. */
export const queryKey = ({ tables, conditions, output }: TypedQuery): string =>
  JSON.stringify([tables.map((table) => table.id), conditions, output]);

const codecs = new WeakMap<TableStore, KeyCodec[]>();

/** Turns values of one column into keys; equal for equal values of equal types in whatever table. */
export function columnCodec({ store, typespace }: CatalogTable, column: number): KeyCodec {
  let ofStore = codecs.get(store);
  if (!ofStore) {
    ofStore = [];
    codecs.set(store, ofStore);
  }
  ofStore[column] ??= keyCodec([column], store.shape.columnTypes, store.layout, typespace);
  return ofStore[column];
}

/** Key of a column of a row. */
export function columnKey(table: CatalogTable, column: number): (row: ByteString) => Key {
  const codec = columnCodec(table, column);
  const { store } = table;
  return (row) => codec.ofRow(store.load(row), 0, row.length);
}
