/** What a view has read: whether a transaction can change its rows. Source: reference "module host" 6.9. */
import type { CatalogTable } from './catalog.ts';
import type { Key } from './key-encoding.ts';
import type { TableIndex } from './table-index.ts';
import type { TableChange } from './transaction.ts';

export class ReadSet {
  /** Ids of tables of which any row matters. */
  readonly #tables = new Set<number>();
  /** Looked-up keys, also those that nothing was found under, by table and index. */
  readonly #points = new Map<number, Map<TableIndex, Set<Key>>>();

  addTable(table: CatalogTable): void {
    this.#tables.add(table.id);
  }

  addPoint(table: CatalogTable, index: TableIndex, key: Key): void {
    let indexes = this.#points.get(table.id);
    if (!indexes) {
      indexes = new Map();
      this.#points.set(table.id, indexes);
    }
    const keys = indexes.get(index);
    if (keys) keys.add(key);
    else indexes.set(index, new Set([key]));
  }

  isTouchedBy(changes: readonly TableChange[]): boolean {
    return changes.some((change) => this.#tables.has(change.table.id) || this.#hasKeyOf(change));
  }

  #hasKeyOf({ table, inserts, deletes }: TableChange): boolean {
    for (const [index, keys] of this.#points.get(table.id) ?? []) {
      for (const rows of [inserts, deletes]) {
        for (const row of rows) if (keys.has(table.store.keyOf(index, row))) return true;
      }
    }
    return false;
  }
}
