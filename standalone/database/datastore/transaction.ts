/**
 * One transaction: changes go straight into the stores (own writes are visible), and the net change per table is kept,
 * which is what commit announces and what rollback undoes. Deleting a row and inserting it again nets to nothing.
 */
import { BsatnError } from '../../../schema/bsatn.ts';
import { type ByteString, toByteString } from './byte-string.ts';
import type { CatalogTable } from './catalog.ts';
import { errno, HostError } from './errno.ts';
import { isZero, takeValue, writeInteger } from './sequence.ts';
import type { TableIndex } from './table-index.ts';

/** +1 for a row that the transaction brought, -1 for one that it took away. */
type Delta = Map<ByteString, 1 | -1>;

export interface TableChange {
  table: CatalogTable;
  inserts: ByteString[];
  deletes: ByteString[];
}

export class Transaction {
  /** While it ends, the transaction can neither be undone nor be taken as done. */
  #phase: 'open' | 'ending' | 'ended' = 'open';
  readonly #deltas = new Map<CatalogTable, Delta>();
  /** Tables whose sequences took a new block; shared with later transactions, because values survive a rollback. */
  readonly #marks: Set<CatalogTable>;

  constructor(pendingMarks: Set<CatalogTable>) {
    this.#marks = pendingMarks;
  }

  #delta(table: CatalogTable): Delta {
    let delta = this.#deltas.get(table);
    if (!delta) {
      if (table.isDerived) {
        throw new HostError(
          errno.hostCallFailure,
          `${table.def.name} is a system table; only the server itself writes it`,
        );
      }
      delta = new Map();
      this.#deltas.set(table, delta);
    }
    return delta;
  }

  // The order of the two steps matters in both: a call stopped in between must leave a change that rollback knows.
  #add(table: CatalogTable, row: ByteString): void {
    const delta = this.#delta(table);
    if (delta.get(row) === -1) {
      table.store.add(row);
      delta.delete(row);
    } else {
      delta.set(row, 1);
      table.store.add(row);
    }
  }

  #remove(table: CatalogTable, row: ByteString): void {
    const delta = this.#delta(table);
    if (delta.get(row) === 1) {
      table.store.remove(row);
      delta.delete(row);
    } else {
      delta.set(row, -1);
      table.store.remove(row);
    }
  }

  /**
   * Inserts the row in `bytes[0, length)`. Auto-increment columns that are 0 are filled in, and their bytes are
   * written to the start of `bytes`. Returns how many bytes those are. Throws HostError 3 or 12.
   */
  insert(table: CatalogTable, bytes: Buffer, length: number): number {
    const { store } = table;
    const end = checkRow(table, bytes, length);
    const generated = this.#generate(table, bytes, end);
    const row = toByteString(bytes, 0, end);
    if (store.uniqueIndexes.length === 0) {
      if (!store.has(row)) this.#add(table, row);
    } else {
      const found = store.conflict(bytes, 0, end);
      if (found === undefined) this.#add(table, row);
      else if (found !== row) throw new HostError(errno.uniqueAlreadyExists);
    }
    return writeGenerated(bytes, generated);
  }

  /** Replaces the row that has the same key in a unique index. Throws HostError 3, 12, 14 or 15. */
  update(table: CatalogTable, index: TableIndex, bytes: Buffer, length: number): number {
    const { store } = table;
    const end = checkRow(table, bytes, length);
    if (!index.shape.unique) throw new HostError(errno.indexNotUnique);
    const old = index.unique(index.codec.ofRow(bytes, 0, end));
    if (old === undefined) throw new HostError(errno.noSuchRow);
    const generated = this.#generate(table, bytes, end);
    const row = toByteString(bytes, 0, end);
    if (row !== old) {
      for (const other of store.uniqueIndexes) {
        const found = other.unique(other.codec.ofRow(bytes, 0, end));
        if (found !== undefined && found !== old) throw new HostError(errno.uniqueAlreadyExists);
      }
      this.#remove(table, old);
      this.#add(table, row);
    }
    return writeGenerated(bytes, generated);
  }

  #generate(table: CatalogTable, bytes: Buffer, end: number): Buffer[] {
    const generated: Buffer[] = [];
    for (const sequence of table.store.sequences) {
      const at = table.store.layout.locate(bytes, 0, end, sequence.column);
      if (!isZero(bytes, at, sequence.size)) continue;
      const value = takeValue(sequence, () => this.#marks.add(table));
      writeInteger(bytes, at, sequence.size, value);
      generated.push(Buffer.from(bytes.subarray(at, at + sequence.size)));
    }
    return generated;
  }

  /** Adds a row as it is: no sequences, no checks. For the host's own tables. */
  insertRow(table: CatalogTable, row: ByteString): void {
    if (!table.store.has(row)) this.#add(table, row);
  }

  /** Deletes this very row; false when it is not there. */
  deleteRow(table: CatalogTable, row: ByteString): boolean {
    if (!table.store.has(row)) return false;
    this.#remove(table, row);
    return true;
  }

  deleteRows(table: CatalogTable, rows: readonly ByteString[]): number {
    for (const row of rows) this.#remove(table, row);
    return rows.length;
  }

  clear(table: CatalogTable): number {
    return this.deleteRows(table, [...table.store.rows()]);
  }

  /** Net changes, tables in id order. Rows of event tables are inserts that no one will find later. */
  changes(): TableChange[] {
    const changes: TableChange[] = [];
    for (const [table, delta] of this.#deltas) {
      const change: TableChange = { table, inserts: [], deletes: [] };
      for (const [row, sign] of delta) (sign === 1 ? change.inserts : change.deletes).push(row);
      if (change.inserts.length > 0 || change.deletes.length > 0) changes.push(change);
    }
    return changes.length > 1 ? changes.sort((a, b) => a.table.id - b.table.id) : changes;
  }

  get phase(): 'open' | 'ending' | 'ended' {
    return this.#phase;
  }

  /** Event rows leave the tables; everything else stays as it is. The log and the subscribers come after it. */
  commit(): TableChange[] {
    this.#phase = 'ending';
    const changes = this.changes();
    for (const { table, inserts } of changes) {
      if (table.def.isEvent) for (const row of inserts) table.store.remove(row);
    }
    return changes;
  }

  /** The commit is complete, log and subscribers included. */
  ended(): void {
    this.#phase = 'ended';
  }

  /** A change was broken off somewhere: ordered keys may be half changed. */
  damaged(): void {
    for (const table of this.#deltas.keys()) table.store.forgetOrder();
  }

  rollback(): void {
    for (const [table, delta] of this.#deltas) {
      // What came goes first, so that no unique index holds two rows under one key.
      for (const [row, sign] of delta) if (sign === 1) table.store.remove(row);
      for (const [row, sign] of delta) if (sign === -1) table.store.add(row);
    }
    this.#deltas.clear();
  }
}

/** End of the row; bytes after it are ignored. */
function checkRow(table: CatalogTable, bytes: Buffer, length: number): number {
  const { layout } = table.store;
  const cursor = { bytes, offset: 0, end: length };
  try {
    layout.check(cursor);
  } catch (error) {
    if (error instanceof BsatnError) throw new HostError(errno.bsatnDecodeError);
    throw error;
  }
  return cursor.offset;
}

function writeGenerated(bytes: Buffer, generated: readonly Buffer[]): number {
  let offset = 0;
  for (const part of generated) {
    bytes.set(part, offset);
    offset += part.length;
  }
  return offset;
}
