/**
 * An index: keys to rows. Point lookups go through a Map; the ordered list of keys that range scans need is built at
 * the first range scan and kept from then on. Rows with equal keys are together whatever the algorithm is called.
 */
import sortedBtree from 'sorted-btree';
import type { ByteString } from './byte-string.ts';
import { compareKeys, type Key, type KeyCodec } from './key-encoding.ts';

type Tree = import('sorted-btree').default<Key, undefined>;
// The package is CommonJS: Node hands out its exports object, bundlers may hand out the class.
const Tree = ('default' in sortedBtree ? sortedBtree.default : sortedBtree) as typeof sortedBtree;

export interface KeyRange {
  low: Key | undefined;
  lowIncluded: boolean;
  high: Key | undefined;
  highIncluded: boolean;
}

export interface IndexShape {
  name: string;
  algorithm: 'BTree' | 'Hash' | 'Direct';
  columns: readonly number[];
  unique: boolean;
}

export class TableIndex {
  readonly shape: IndexShape;
  readonly codec: KeyCodec;
  /** One row, or several rows of a non-unique index. */
  readonly #rows = new Map<Key, ByteString | Set<ByteString>>();
  #ordered: Tree | undefined;

  constructor(shape: IndexShape, codec: KeyCodec) {
    this.shape = shape;
    this.codec = codec;
  }

  /** The row under a key of a unique index. */
  unique(key: Key): ByteString | undefined {
    return this.#rows.get(key) as ByteString | undefined;
  }

  rowsAt(key: Key): ByteString[] {
    const entry = this.#rows.get(key);
    if (entry === undefined) return [];
    return typeof entry === 'string' ? [entry] : [...entry];
  }

  /** Adding a row twice changes nothing. In a unique index the row replaces the one that was there. */
  add(key: Key, row: ByteString): void {
    const entry = this.#rows.get(key);
    if (entry === undefined) {
      this.#rows.set(key, row);
      this.#ordered?.set(key, undefined);
    } else if (this.shape.unique) {
      this.#rows.set(key, row);
    } else if (typeof entry !== 'string') {
      entry.add(row);
    } else if (entry !== row) {
      this.#rows.set(key, new Set([entry, row]));
    }
  }

  /** Removing a row that is not there changes nothing. */
  remove(key: Key, row: ByteString): void {
    const entry = this.#rows.get(key);
    if (entry === undefined) return;
    if (typeof entry !== 'string') {
      entry.delete(row);
      if (entry.size > 0) return;
    } else if (entry !== row) {
      return;
    }
    this.#rows.delete(key);
    this.#ordered?.delete(key);
  }

  clear(): void {
    this.#rows.clear();
    this.#ordered = undefined;
  }

  /** Number of distinct keys; the number of rows when unique. */
  get size(): number {
    return this.#rows.size;
  }

  /** All rows, in the order in which their keys came. */
  *rows(): Generator<ByteString> {
    for (const entry of this.#rows.values()) {
      if (typeof entry === 'string') yield entry;
      else yield* entry;
    }
  }

  /** All rows, as a list of its own. */
  copyRows(): ByteString[] {
    // A unique index has one row under each key.
    if (this.shape.unique) return Array.from(this.#rows.values() as Iterable<ByteString>);
    return [...this.rows()];
  }

  /** Rows in key order within a range. */
  range({ low, lowIncluded, high, highIncluded }: KeyRange): ByteString[] {
    const found: ByteString[] = [];
    for (const [key] of this.#keys().entries(low)) {
      if (low !== undefined && !lowIncluded && key === low) continue;
      if (high !== undefined && (highIncluded ? key > high : key >= high)) break;
      const entry = this.#rows.get(key) as ByteString | Set<ByteString>;
      if (typeof entry === 'string') found.push(entry);
      else found.push(...entry);
    }
    return found;
  }

  #keys(): Tree {
    if (!this.#ordered) {
      const keys = [...this.#rows.keys()].sort(compareKeys);
      this.#ordered = new Tree<Key, undefined>(
        keys.map((key) => [key, undefined]),
        compareKeys,
      );
    }
    return this.#ordered;
  }

  /** Forgets the ordered keys: a call that was stopped by force may have left the tree half changed. */
  forgetOrder(): void {
    this.#ordered = undefined;
  }
}
