/** Builds a database again from the records of its log. */
import { type Catalog, emptyCatalog, firstUserId } from './catalog.ts';
import { applyCatalogChange } from './catalog-change.ts';
import { type LogRecord, readRecord } from './log-record.ts';
import { resumeSequence } from './sequence.ts';
import type { RestoredState } from './snapshot.ts';

export class Replay {
  catalog: Catalog = emptyCatalog();
  program: Uint8Array | undefined;
  offset = -1n;
  nextTableId = firstUserId;

  /** Begins with what a snapshot holds, else with nothing. */
  constructor(snapshot?: RestoredState) {
    if (!snapshot) return;
    this.catalog = snapshot.catalog;
    this.program = snapshot.program;
    this.offset = snapshot.offset;
    this.nextTableId = snapshot.nextTableId;
  }

  /** Throws when a record does not fit what came before it: the log is of another program or was edited. */
  apply(payload: Buffer): void {
    const read = readRecord(payload);
    if (!read.ok) throw new Error(`The commit log cannot be replayed: ${read.message}`);
    const record = read.value;
    if (record.offset !== this.offset + 1n) {
      throw new Error(`The commit log has a gap: transaction ${record.offset} follows ${this.offset}`);
    }
    this.#applyProgram(record);
    this.#applyRows(record);
    this.#applyMarks(record);
    this.offset = record.offset;
  }

  #applyProgram({ programChange }: LogRecord): void {
    if (!programChange) return;
    const changed = applyCatalogChange(this.catalog, programChange.catalog);
    if (!changed.ok) throw new Error(`The commit log cannot be replayed: ${changed.message}`);
    this.catalog = changed.value;
    this.program = programChange.program;
    for (const { id } of programChange.catalog.tables) this.nextTableId = Math.max(this.nextTableId, id + 1);
  }

  #applyRows(record: LogRecord): void {
    for (const { tableId, deletes, inserts } of record.tables) {
      const table = this.catalog.tables.get(tableId);
      if (!table) throw new Error(`The commit log names table ${tableId}, which does not exist at that point`);
      if (table.def.isEvent) continue;
      for (const row of deletes) table.store.remove(row);
      for (const row of inserts) table.store.add(row);
    }
  }

  #applyMarks({ marks }: LogRecord): void {
    for (const { tableId, column, allocated } of marks) {
      const sequences = this.catalog.tables.get(tableId)?.store.sequences;
      const sequence = sequences?.find((candidate) => candidate.column === column);
      if (sequence) resumeSequence(sequence, allocated);
    }
  }
}
