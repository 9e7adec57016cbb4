/**
 * The tables of a database under one module definition: what names and ids mean. A republish makes a new catalog;
 * tables whose stored form is the same share their store with the old one. Host tables (`st_client` and the
 * credentials) are in every catalog. Ids: reference "module host" 3.6 and 3.7.
 */
import type { Typespace } from '../../../schema/algebraic-type.ts';
import type { ModuleDef, Table } from '../../../schema/module-def.ts';
import { fillSchemaTables, newSchemaTables } from './schema-tables.ts';
import { systemTables } from './system-tables.ts';
import type { TableIndex } from './table-index.ts';
import { type StoreShape, TableStore } from './table-store.ts';

export const firstUserId = 4097;

export interface CatalogTable {
  readonly id: number;
  readonly def: Table;
  readonly store: TableStore;
  readonly typespace: Typespace;
  readonly isSystem: boolean;
  /** Its rows follow from the catalog: nobody else writes them, and they are stored nowhere. */
  readonly isDerived?: true;
}

export interface CatalogIndex {
  readonly id: number;
  readonly table: CatalogTable;
  readonly index: TableIndex;
}

export interface Catalog {
  readonly module: ModuleDef;
  readonly tables: ReadonlyMap<number, CatalogTable>;
  /** By canonical name, then by name in the source. */
  readonly tableByName: ReadonlyMap<string, CatalogTable>;
  readonly indexes: ReadonlyMap<number, CatalogIndex>;
  readonly indexByName: ReadonlyMap<string, CatalogIndex>;
}

/** Shape of the store that a table definition asks for. */
const storeShape = (table: Table, typespace: Typespace): StoreShape => ({
  columnTypes: table.columns.map((column) => column.type),
  typespace,
  indexes: table.indexes,
  sequences: table.sequences,
});

export const newTable = (id: number, def: Table, typespace: Typespace): CatalogTable => ({
  id,
  def,
  typespace,
  store: new TableStore(storeShape(def, typespace)),
  isSystem: false,
});

/** The host's own tables, empty. */
export function newSystemTables(): CatalogTable[] {
  return systemTables.map(({ id, def }) => ({
    id,
    def,
    typespace: [],
    store: new TableStore(storeShape(def, [])),
    isSystem: true,
  }));
}

/**
 * A catalog of these tables (the stored system tables included), with schema tables of its own. Canonical names win
 * over names in the source.
 */
export function makeCatalog(module: ModuleDef, stored: readonly CatalogTable[]): Catalog {
  const derived = newSchemaTables((def) => new TableStore(storeShape(def, [])));
  const tables = [...stored.filter((table) => !table.isDerived), ...derived];
  const tableByName = new Map<string, CatalogTable>();
  const indexes = new Map<number, CatalogIndex>();
  const indexByName = new Map<string, CatalogIndex>();
  const aliases: [string, CatalogIndex][] = [];
  let nextIndexId = firstUserId;
  for (const table of tables) {
    tableByName.set(table.def.name, table);
    table.def.indexes.forEach((def, position) => {
      const index = table.store.indexes[position];
      if (!index) return;
      const entry = { id: nextIndexId++, table, index };
      indexes.set(entry.id, entry);
      indexByName.set(def.name, entry);
      aliases.push([def.sourceName, entry]);
    });
  }
  for (const table of tables) if (!tableByName.has(table.def.accessor)) tableByName.set(table.def.accessor, table);
  for (const [alias, entry] of aliases) if (!indexByName.has(alias)) indexByName.set(alias, entry);
  const byId = new Map(tables.map((table) => [table.id, table]));
  const catalog = { module, tables: byId, tableByName, indexes, indexByName };
  fillSchemaTables(catalog);
  return catalog;
}

const emptyModule: ModuleDef = {
  typespace: [],
  types: [],
  tables: [],
  reducers: [],
  procedures: [],
  views: [],
  rowLevelSecurity: [],
};

/** A database without a program. */
export const emptyCatalog = (): Catalog => makeCatalog(emptyModule, newSystemTables());
