/**
 * The rows of one table with its indexes, changed in place: there is one writer at a time, and what a transaction
 * must undo is known from its net changes (transaction.ts). Adding a row that is there and removing one that is not
 * change nothing, so undoing is safe after a call that was stopped at any point.
 */
import type { AlgebraicType, Typespace } from '../../../schema/algebraic-type.ts';
import type { Sequence } from '../../../schema/module-def.ts';
import { type ByteString, toByteString, writeByteString } from './byte-string.ts';
import { type Key, keyCodec } from './key-encoding.ts';
import { LayoutCompiler, type RowLayout } from './row-layout.ts';
import { integerSize, newSequence, type SequenceState } from './sequence.ts';
import { type IndexShape, TableIndex } from './table-index.ts';

export interface StoreShape {
  columnTypes: readonly AlgebraicType[];
  typespace: Typespace;
  indexes: readonly IndexShape[];
  sequences: readonly Sequence[];
}

export class TableStore {
  readonly shape: StoreShape;
  readonly layout: RowLayout;
  readonly indexes: TableIndex[];
  readonly uniqueIndexes: TableIndex[];
  readonly sequences: (SequenceState & { size: number })[];
  /** The unique index that also serves as the set of rows; without one there is a set of its own. */
  readonly #primary: TableIndex | undefined;
  readonly #rows = new Set<ByteString>();
  #scratch = Buffer.allocUnsafeSlow(1024);

  constructor(shape: StoreShape) {
    this.shape = shape;
    this.layout = new LayoutCompiler(shape.typespace).layout(shape.columnTypes);
    this.indexes = shape.indexes.map(
      (index) => new TableIndex(index, keyCodec(index.columns, shape.columnTypes, this.layout, shape.typespace)),
    );
    this.uniqueIndexes = this.indexes.filter((index) => index.shape.unique);
    this.#primary = this.uniqueIndexes[0];
    this.sequences = shape.sequences.map((def) => ({
      ...newSequence(def),
      size: integerSize(shape.columnTypes[def.column] as AlgebraicType),
    }));
  }

  get size(): number {
    return this.#primary ? this.#primary.size : this.#rows.size;
  }

  rows(): Iterable<ByteString> {
    return this.#primary ? this.#primary.rows() : this.#rows;
  }

  /** Whether this very row is present. */
  has(row: ByteString): boolean {
    const primary = this.#primary;
    return primary ? primary.unique(this.keyOf(primary, row)) === row : this.#rows.has(row);
  }

  /** The buffer holds the row's bytes from 0 on until the next call. */
  load(row: ByteString): Buffer {
    if (row.length > this.#scratch.length) this.#scratch = Buffer.allocUnsafeSlow(row.length * 2);
    writeByteString(this.#scratch, 0, row);
    return this.#scratch;
  }

  keyOf(index: TableIndex, row: ByteString): Key {
    return index.codec.ofRow(this.load(row), 0, row.length);
  }

  /** The row that stands in the way of `row` in some unique index, `row` itself included. */
  conflict(bytes: Buffer, start: number, end: number): ByteString | undefined {
    for (const index of this.uniqueIndexes) {
      const found = index.unique(index.codec.ofRow(bytes, start, end));
      if (found !== undefined) return found;
    }
    return undefined;
  }

  add(row: ByteString): void {
    if (this.indexes.length > 0) {
      const bytes = this.load(row);
      for (const index of this.indexes) index.add(index.codec.ofRow(bytes, 0, row.length), row);
    }
    if (!this.#primary) this.#rows.add(row);
  }

  /** Adds the row in `bytes` from `start` to `end`. */
  addBytes(bytes: Buffer, start: number, end: number): void {
    const row = toByteString(bytes, start, end);
    for (const index of this.indexes) index.add(index.codec.ofRow(bytes, start, end), row);
    if (!this.#primary) this.#rows.add(row);
  }

  /** All rows, as a list of its own. */
  copyRows(): ByteString[] {
    return this.#primary ? this.#primary.copyRows() : Array.from(this.#rows);
  }

  remove(row: ByteString): void {
    if (this.indexes.length > 0) {
      const bytes = this.load(row);
      for (const index of this.indexes) index.remove(index.codec.ofRow(bytes, 0, row.length), row);
    }
    if (!this.#primary) this.#rows.delete(row);
  }

  clear(): void {
    for (const index of this.indexes) index.clear();
    this.#rows.clear();
  }

  forgetOrder(): void {
    for (const index of this.indexes) index.forgetOrder();
  }
}
