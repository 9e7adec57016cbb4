/** Row iterators of one instance: snapshots of rows, handed out in pieces. Reference "module host" 2.4. */
import { type ByteString, writeByteString } from '../../database/datastore/byte-string.ts';
import { errno, HostError } from '../../database/datastore/errno.ts';

interface RowIterator {
  rows: readonly ByteString[];
  next: number;
}

/** Thrown by `advance` when not even one row fits; `needed` is the size of the next one. */
export class BufferTooSmall extends Error {
  readonly needed: number;
  constructor(needed: number) {
    super('the buffer is too small for the next row');
    this.needed = needed;
  }
}

export class RowIterators {
  readonly #open = new Map<number, RowIterator>();
  // Numbers are never reused: a finalizer of the package may close one long after its call has ended.
  #next = 1;
  #firstOfCall = 1;

  open(rows: readonly ByteString[]): number {
    const id = this.#next++;
    this.#open.set(id, { rows, next: 0 });
    return id;
  }

  /** Copies as many rows as fit. Positive: bytes, more to come. Negative or 0: bytes, and the iterator is gone. */
  advance(id: number, target: Buffer): number {
    const iterator = this.#open.get(id);
    if (!iterator) throw new HostError(errno.noSuchIter);
    const { rows } = iterator;
    let written = 0;
    while (iterator.next < rows.length) {
      const row = rows[iterator.next] as ByteString;
      if (written + row.length > target.length) {
        if (written === 0) throw new BufferTooSmall(row.length);
        return written;
      }
      writeByteString(target, written, row);
      written += row.length;
      iterator.next++;
    }
    this.#open.delete(id);
    return -written;
  }

  close(id: number): void {
    if (this.#open.delete(id)) return;
    if (id >= this.#firstOfCall) throw new HostError(errno.noSuchIter);
  }

  /** Drops whatever the call left open. */
  endCall(): void {
    this.#open.clear();
    this.#firstOfCall = this.#next;
  }
}
