/**
 * A change of the module definition, in a form that the live publish and the replay of the log apply alike: which
 * tables exist afterwards under which ids, and what is appended to rows that move to a new table. The planner decides;
 * this only carries it out, so a log stays readable when the planner's rules change.
 */

import type { AlgebraicType, Typespace } from '../../../schema/algebraic-type.ts';
import type { Table } from '../../../schema/module-def.ts';
import type { RawModuleDef } from '../../../schema/raw-module-def.ts';
import { resolveModuleDef } from '../../../schema/resolve.ts';
import { fail, ok, type Result } from '../../../schema/result.ts';
import { type ByteString, toByteString } from './byte-string.ts';
import { type Catalog, type CatalogTable, makeCatalog, newSystemTables, newTable } from './catalog.ts';
import type { TableStore } from './table-store.ts';

export interface CatalogChange {
  definition: RawModuleDef;
  /** Forget all rows of all tables first. */
  reset: boolean;
  tables: TablePlacement[];
}

export interface TablePlacement {
  name: string;
  id: number;
  /** Table of the old catalog whose rows it takes over; undefined for a new table. */
  from: number | undefined;
  /** BSATN appended to each row taken over: the default values of new columns. */
  suffix: ByteString;
}

/** The catalog after the change; the old one is untouched. Fails when rows break a unique constraint. */
export function applyCatalogChange(old: Catalog, change: CatalogChange): Result<Catalog> {
  const module = resolveModuleDef(change.definition);
  const defs = new Map(module.tables.map((table) => [table.name, table]));
  const tables = change.reset ? newSystemTables() : [...old.tables.values()].filter((table) => table.isSystem);
  for (const placement of change.tables) {
    const def = defs.get(placement.name);
    if (!def) return fail(`Table ${placement.name} is not in the module definition`);
    const source = placement.from === undefined || change.reset ? undefined : old.tables.get(placement.from);
    const table = source
      ? takeOver(source, placement, def, module.typespace)
      : ok(newTable(placement.id, def, module.typespace));
    if (!table.ok) return table;
    tables.push(table.value);
  }
  return ok(makeCatalog(module, tables));
}

function takeOver(
  source: CatalogTable,
  placement: TablePlacement,
  def: Table,
  typespace: Typespace,
): Result<CatalogTable> {
  if (placement.suffix === '' && sameStore(source, def, typespace)) {
    return ok({ id: placement.id, def, typespace, store: source.store, isSystem: false });
  }
  const table = newTable(placement.id, def, typespace);
  const duplicates = copyRows(source, table, placement.suffix);
  if (duplicates.size > 0) {
    const [constraint] = duplicates.keys();
    return fail(
      `Cannot add unique constraint ${constraint} on table ${def.name}: ${duplicates.get(constraint as string)} duplicate group(s) found. Remove the duplicates first, for instance with a reducer.`,
    );
  }
  resumeSequences(source.store, table);
  return ok(table);
}

/** Whether rows, indexes and sequences of a table are stored alike under both definitions. */
function sameStore(source: CatalogTable, def: Table, typespace: Typespace): boolean {
  const types = (table: Table, space: Typespace): string =>
    JSON.stringify(table.columns.map((column) => inlined(column.type, space, [])));
  const rest = (table: Table): string =>
    JSON.stringify(
      [
        table.indexes.map(({ name, algorithm, columns, unique }) => [name, algorithm, columns, unique]),
        table.sequences,
      ],
      (_key, value) => (typeof value === 'bigint' ? value.toString() : value),
    );
  return rest(source.def) === rest(def) && types(source.def, source.typespace) === types(def, typespace);
}

/** A type with its refs replaced, recursive ones by how far up they point. */
function inlined(type: AlgebraicType, typespace: Typespace, path: readonly number[]): unknown {
  switch (type.tag) {
    case 'Ref': {
      const target = typespace[type.ref];
      const seen = path.indexOf(type.ref);
      return seen >= 0 || !target ? { up: path.length - seen } : inlined(target, typespace, [...path, type.ref]);
    }
    case 'Product':
      return { p: type.elements.map((element) => [element.name, inlined(element.type, typespace, path)]) };
    case 'Sum':
      return { s: type.variants.map((variant) => [variant.name, inlined(variant.type, typespace, path)]) };
    case 'Array':
      return { a: inlined(type.element, typespace, path) };
    default:
      return type.tag;
  }
}

/** Copies rows; returns the number of keys with several rows per unique index that is violated. */
function copyRows(source: CatalogTable, target: CatalogTable, suffix: ByteString): Map<string, number> {
  const repeated = new Map<string, Set<unknown>>();
  for (const old of source.store.rows()) {
    const row = old + suffix;
    const bytes = target.store.load(row);
    let clash = false;
    for (const index of target.store.uniqueIndexes) {
      const key = index.codec.ofRow(bytes, 0, row.length);
      if (index.unique(key) === undefined) continue;
      clash = true;
      const name = constraintName(target.def, index.shape.columns);
      repeated.set(name, (repeated.get(name) ?? new Set()).add(key));
    }
    // Rows come from Buffers as flat strings; a concatenation would keep both parts alive.
    if (!clash) target.store.add(suffix === '' ? row : toByteString(bytes, 0, row.length));
  }
  return new Map([...repeated].map(([name, keys]) => [name, keys.size]));
}

const constraintName = (def: Table, columns: readonly number[]): string =>
  def.constraints.find(
    (c) => c.columns.length === columns.length && c.columns.every((column) => columns.includes(column)),
  )?.name ?? def.name;

function resumeSequences(from: TableStore, to: CatalogTable): void {
  for (const sequence of to.store.sequences) {
    const old = from.sequences.find((other) => other.def.name === sequence.def.name);
    if (!old || old.column !== sequence.column) continue;
    sequence.next = old.next;
    sequence.allocated = old.allocated;
  }
}
