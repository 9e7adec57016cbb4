/** What a commit changed, and the tables as they were before it: what updates of joins are computed from. */
import type { ByteString } from '../datastore/byte-string.ts';
import type { CatalogTable } from '../datastore/catalog.ts';
import type { Key } from '../datastore/key-encoding.ts';
import type { TableIndex } from '../datastore/table-index.ts';
import type { TableChange } from '../datastore/transaction.ts';
import { presentState, type TableState } from './join.ts';

export class CommitChanges {
  readonly changes: readonly TableChange[];
  readonly #former = new Map<number, FormerState>();

  constructor(changes: readonly TableChange[]) {
    this.changes = changes;
    for (const change of changes) this.#former.set(change.table.id, new FormerState(change));
  }

  /** A table before the commit. */
  before(table: CatalogTable): TableState {
    return this.#former.get(table.id) ?? presentState(table);
  }

  /** Rows under a key that the commit deleted. */
  deletedAt(table: CatalogTable, index: TableIndex, key: Key): readonly ByteString[] {
    return this.#former.get(table.id)?.deletedAt(index, key) ?? [];
  }
}

/** The table as it is, without what came and with what went. */
class FormerState implements TableState {
  readonly #change: TableChange;
  readonly #deleted = new Map<TableIndex, Map<Key, ByteString[]>>();
  #inserted: Set<ByteString> | undefined;

  constructor(change: TableChange) {
    this.#change = change;
  }

  #isNew(row: ByteString): boolean {
    this.#inserted ??= new Set(this.#change.inserts);
    return this.#inserted.has(row);
  }

  *rows(): Generator<ByteString> {
    for (const row of this.#change.table.store.rows()) if (!this.#isNew(row)) yield row;
    yield* this.#change.deletes;
  }

  at(index: TableIndex, key: Key): ByteString[] {
    return [...index.rowsAt(key).filter((row) => !this.#isNew(row)), ...this.deletedAt(index, key)];
  }

  deletedAt(index: TableIndex, key: Key): readonly ByteString[] {
    let byKey = this.#deleted.get(index);
    if (!byKey) {
      byKey = new Map();
      for (const row of this.#change.deletes) {
        const rowKey = this.#change.table.store.keyOf(index, row);
        const rows = byKey.get(rowKey);
        if (rows) rows.push(row);
        else byKey.set(rowKey, [row]);
      }
      this.#deleted.set(index, byKey);
    }
    return byKey.get(key) ?? [];
  }
}
