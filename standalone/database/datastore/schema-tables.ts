/**
 * The system tables that say what the database consists of. They follow from the catalog: every catalog has its own,
 * filled when it is made, and neither the log nor snapshots hold them. Source: reference "module host" 3.7.
 */
import { type AlgebraicType, array, option, primitive, product, sum } from '../../../schema/algebraic-type.ts';
import { encodeValue } from '../../../schema/bsatn.ts';
import { inlineType } from '../../../schema/inline-type.ts';
import type { ModuleDef, Table } from '../../../schema/module-def.ts';
import { encodeAlgebraicType } from '../../../schema/raw-module-def-codec.ts';
import type { ProductValue, SumValue, Value } from '../../../schema/value.ts';
import { toByteString } from './byte-string.ts';
import type { Catalog, CatalogIndex, CatalogTable } from './catalog.ts';
import type { SequenceState } from './sequence.ts';
import { systemTable } from './system-tables.ts';
import type { TableStore } from './table-store.ts';
import type { TableChange } from './transaction.ts';

/** What the rows are made from. */
interface Schema {
  module: ModuleDef;
  tables: readonly CatalogTable[];
  indexes: readonly CatalogIndex[];
}

interface SchemaTable {
  id: number;
  def: Table;
  rows(schema: Schema): Value[][];
}

const [u8, u16, u32, u256, i128, string] = (['U8', 'U16', 'U32', 'U256', 'I128', 'String'] as const).map((tag) =>
  primitive(tag),
) as [AlgebraicType, AlgebraicType, AlgebraicType, AlgebraicType, AlgebraicType, AlgebraicType];
const columnList = product({ columns: array(u16) });
const unused = primitive('U128');

const none: SumValue = { tag: 'none', value: Object.freeze(Object.create(null)) as ProductValue };
const some = (value: Value | undefined): SumValue => (value === undefined ? none : { tag: 'some', value });

export const moduleTableId = 6;
const sequenceTableId = 3;

/** Constraints and sequences have no ids of their own elsewhere; they are numbered in the order of their tables. */
const firstId = 4097;

const indexAlgorithm = ({ index }: CatalogIndex): SumValue => {
  const { algorithm, columns } = index.shape;
  return algorithm === 'Direct'
    ? { tag: 'Direct', value: { column: columns[0] as number } }
    : { tag: algorithm, value: { columns: [...columns] } };
};

const sequencesOf = (tables: readonly CatalogTable[]): { table: CatalogTable; state: SequenceState }[] =>
  tables.flatMap((table) => table.store.sequences.map((state) => ({ table, state })));

const aliased = <T extends { name: string; accessor: string }>(items: readonly T[]): T[] =>
  items.filter(({ name, accessor }) => name !== accessor);

const define = (
  id: number,
  name: string,
  columns: Record<string, AlgebraicType>,
  unique: number[],
  rows: (schema: Schema) => Value[][],
): SchemaTable => ({ id, def: systemTable(name, columns, unique, true), rows });

const schemaTables: readonly SchemaTable[] = [
  define(
    1,
    'st_table',
    {
      table_id: u32,
      table_name: string,
      table_type: string,
      table_access: string,
      table_primary_key: option(array(u16)),
    },
    [0],
    ({ tables }) =>
      tables.map(({ id, def, isSystem }) => [
        id,
        def.name,
        isSystem ? 'system' : 'user',
        def.isPublic ? 'public' : 'private',
        some(def.primaryKey === undefined ? undefined : [def.primaryKey]),
      ]),
  ),
  define(2, 'st_column', { table_id: u32, col_pos: u16, col_name: string, col_type: array(u8) }, [0, 1], ({ tables }) =>
    tables.flatMap(({ id, def, typespace }) =>
      def.columns.map(({ position, name, type }) => [
        id,
        position,
        name,
        encodeAlgebraicType(inlineType(type, typespace)),
      ]),
    ),
  ),
  define(
    sequenceTableId,
    'st_sequence',
    {
      ...{ sequence_id: u32, sequence_name: string, table_id: u32, col_pos: u16, increment: i128 },
      ...{ start: i128, min_value: i128, max_value: i128, allocated: i128 },
    },
    [0],
    ({ tables }) =>
      sequencesOf(tables).map(({ table, state: { def, allocated } }, i) => [
        ...[firstId + i, def.name, table.id, def.column, def.increment],
        ...[def.start, def.min, def.max, allocated],
      ]),
  ),
  define(
    4,
    'st_index',
    {
      index_id: u32,
      table_id: u32,
      index_name: string,
      index_algorithm: sum({ Unused: unused, BTree: columnList, Direct: product({ column: u16 }), Hash: columnList }),
    },
    [0],
    ({ indexes }) => indexes.map((entry) => [entry.id, entry.table.id, entry.index.shape.name, indexAlgorithm(entry)]),
  ),
  define(
    5,
    'st_constraint',
    {
      constraint_id: u32,
      constraint_name: string,
      table_id: u32,
      constraint_data: sum({ Unused: unused, Unique: columnList }),
    },
    [0],
    ({ tables }) =>
      tables
        .flatMap(({ id, def }) => def.constraints.map((constraint) => ({ id, constraint })))
        .map(({ id, constraint: { name, columns } }, i) => [
          ...[firstId + i, name, id],
          { tag: 'Unique', value: { columns: [...columns] } },
        ]),
  ),
  define(
    moduleTableId,
    'st_module',
    {
      ...{ database_identity: u256, owner_identity: u256, program_kind: u8, program_hash: u256 },
      ...{ program_bytes: array(u8), module_version: string },
    },
    [0],
    // The program is not part of the catalog; `setModule` brings it.
    () => [],
  ),
  define(
    9,
    'st_scheduled',
    { schedule_id: u32, table_id: u32, reducer_name: string, schedule_name: string, at_column: u16 },
    [0],
    ({ tables }) =>
      tables
        .flatMap(({ id, def }) => (def.schedule ? [{ id, schedule: def.schedule }] : []))
        .map(({ id, schedule: { functionName, name, atColumn } }, i) => [
          firstId + i,
          id,
          functionName,
          name,
          atColumn,
        ]),
  ),
  define(10, 'st_row_level_security', { table_id: u32, sql: string }, [1], ({ module, tables }) =>
    module.rowLevelSecurity.map((sql) => [ruleTable(sql, tables), sql]),
  ),
  define(17, 'st_event_table', { table_id: u32 }, [0], ({ tables }) =>
    tables.filter(({ def }) => def.isEvent).map(({ id }) => [id]),
  ),
  define(18, 'st_table_accessor', { table_name: string, accessor_name: string }, [0], ({ tables }) =>
    aliased(tables.map(({ def }) => def)).map(({ name, accessor }) => [name, accessor]),
  ),
  define(19, 'st_index_accessor', { index_name: string, accessor_name: string }, [0], ({ tables }) =>
    tables
      .flatMap(({ def }) => def.indexes)
      .filter(({ name, sourceName }) => name !== sourceName)
      .map(({ name, sourceName }) => [name, sourceName]),
  ),
  define(
    20,
    'st_column_accessor',
    { table_name: string, col_name: string, accessor_name: string },
    [0, 1],
    ({ tables }) =>
      tables.flatMap(({ def }) => aliased(def.columns).map(({ name, accessor }) => [def.name, name, accessor])),
  ),
];

/** The table whose rows a rule is about, by the name that follows SELECT or FROM; 0 when there is none. */
function ruleTable(sql: string, tables: readonly CatalogTable[]): number {
  const [, projected, from] = /^\s*SELECT\s+(?:\*|"?([\w.]+?)"?\s*\.\s*\*)\s+FROM\s+"?([\w.]+)"?/i.exec(sql) ?? [];
  const named = (name: string | undefined): CatalogTable | undefined =>
    tables.find(({ def }) => def.name === name) ?? tables.find(({ def }) => def.accessor === name);
  return (named(projected) ?? named(from))?.id ?? 0;
}

/** The tables of a new catalog, without their rows: those say what tables there are. */
export const newSchemaTables = (newStore: (def: Table) => TableStore): CatalogTable[] =>
  schemaTables.map(({ id, def }) => ({
    id,
    def,
    typespace: [],
    store: newStore(def),
    isSystem: true,
    isDerived: true,
  }));

/** Fills the tables of a catalog that is complete otherwise. */
export function fillSchemaTables(catalog: Catalog): void {
  const schema: Schema = {
    module: catalog.module,
    tables: [...catalog.tables.values()].sort((a, b) => a.id - b.id),
    indexes: [...catalog.indexes.values()],
  };
  for (const { id, rows } of schemaTables) {
    const table = catalog.tables.get(id);
    if (table?.isDerived) for (const row of rows(schema)) table.store.add(encodeRow(table, row));
  }
}

function encodeRow({ def }: CatalogTable, values: readonly Value[]): string {
  const parts = def.columns.map(({ type }, i) => {
    const encoded = encodeValue(type, values[i] as Value, []);
    if (!encoded.ok) throw new Error(`${def.name}: ${encoded.message}`);
    return encoded.value;
  });
  const bytes = Buffer.concat(parts);
  return toByteString(bytes, 0, bytes.length);
}

/** The program that runs, as `st_module` describes it. `hash` is 64 hex digits. */
export function setModule(
  catalog: Catalog,
  program: { bytes: Uint8Array; hash: string },
  identities: { database: bigint; owner: bigint },
): void {
  const table = catalog.tables.get(moduleTableId);
  if (!table) return;
  table.store.clear();
  const javascript = 1;
  // Hashes are bytes; as a number their first byte is the lowest.
  const hash = BigInt(`0x${Buffer.from(program.hash, 'hex').reverse().toString('hex')}`);
  const row = [identities.database, identities.owner, javascript, hash, program.bytes, ''];
  table.store.add(encodeRow(table, row));
}

/** What subscribers of the schema tables have to hear when one catalog follows another. */
export function schemaChanges(before: Catalog, after: Catalog): TableChange[] {
  return [...after.tables.values()].flatMap((table) => {
    const old = before.tables.get(table.id);
    return table.isDerived && old && old !== table ? difference(table, [...old.store.rows()]) : [];
  });
}

function difference(table: CatalogTable, old: readonly string[]): TableChange[] {
  const current = new Set(table.store.rows());
  const former = new Set(old);
  const inserts = [...current].filter((row) => !former.has(row));
  const deletes = old.filter((row) => !current.has(row));
  return inserts.length + deletes.length > 0 ? [{ table, inserts, deletes }] : [];
}

/** Brings `st_sequence` up to date after sequences took new blocks. */
export function refreshSequences(catalog: Catalog): TableChange[] {
  const table = catalog.tables.get(sequenceTableId);
  const definition = schemaTables.find(({ id }) => id === sequenceTableId);
  if (!table?.isDerived || !definition) return [];
  const old = [...table.store.rows()];
  const tables = [...catalog.tables.values()].sort((a, b) => a.id - b.id);
  table.store.clear();
  for (const row of definition.rows({ module: catalog.module, tables, indexes: [] })) {
    table.store.add(encodeRow(table, row));
  }
  return difference(table, old);
}
