/**
 * The content of one commit log record: everything that replay needs to repeat one transaction.
 * Little-endian. Layout: u64 offset, i64 timestamp (micros), u8 flags, [catalog change], tables, sequence marks.
 */
import { BsatnReader } from '../../../schema/bsatn.ts';
import { decodeRawModuleDef, encodeRawModuleDef } from '../../../schema/raw-module-def-codec.ts';
import type { Result } from '../../../schema/result.ts';
import { fail, ok } from '../../../schema/result.ts';
import { type ByteString, bufferOf, toByteString } from './byte-string.ts';
import type { ByteWriter } from './byte-writer.ts';
import type { CatalogTable } from './catalog.ts';
import type { CatalogChange, TablePlacement } from './catalog-change.ts';
import type { TableChange } from './transaction.ts';

/** Format of the records in a segment; a segment of a later format is refused with a clear text. */
export const logFormat = 1;

const flagProgram = 1;

export interface ProgramChange {
  program: Uint8Array;
  catalog: CatalogChange;
}

export interface LoggedTable {
  tableId: number;
  deletes: ByteString[];
  inserts: ByteString[];
}

export interface SequenceMark {
  tableId: number;
  column: number;
  allocated: bigint;
}

export interface LogRecord {
  offset: bigint;
  timestamp: bigint;
  programChange: ProgramChange | undefined;
  tables: LoggedTable[];
  marks: SequenceMark[];
}

export interface RecordInput {
  offset: bigint;
  timestamp: bigint;
  programChange: ProgramChange | undefined;
  changes: readonly TableChange[];
  /** Tables whose sequences' positions are to be noted. */
  marked: Iterable<CatalogTable>;
}

export function writeRecord(out: ByteWriter, input: RecordInput): void {
  out.u64(input.offset);
  out.u64(input.timestamp);
  out.u8(input.programChange ? flagProgram : 0);
  if (input.programChange) writeProgramChange(out, input.programChange);
  out.u32(input.changes.length);
  for (const { table, deletes, inserts } of input.changes) {
    out.u32(table.id);
    writeRows(out, deletes);
    writeRows(out, inserts);
  }
  const countAt = out.reserve(4);
  let marks = 0;
  for (const table of input.marked) {
    for (const sequence of table.store.sequences) {
      out.u32(table.id);
      out.u16(sequence.column);
      out.i128(sequence.allocated);
      marks++;
    }
  }
  out.patchU32(countAt, marks);
}

function writeRows(out: ByteWriter, rows: readonly ByteString[]): void {
  out.u32(rows.length);
  for (const row of rows) out.byteString(row);
}

function writeProgramChange(out: ByteWriter, { program, catalog }: ProgramChange): void {
  out.bytes(program);
  out.bytes(encodeRawModuleDef(catalog.definition));
  out.u8(catalog.reset ? 1 : 0);
  out.u32(catalog.tables.length);
  for (const table of catalog.tables) {
    out.string(table.name);
    out.u32(table.id);
    // 0 is no table id, so it can mean "new".
    out.u32(table.from ?? 0);
    out.byteString(table.suffix);
  }
}

/** Reads one record. Only a record whose checksum holds gets here, so a failure means another format or a bug. */
export function readRecord(payload: Buffer): Result<LogRecord> {
  const reader = new BsatnReader(payload);
  const offset = reader.u64();
  const timestamp = reader.i64();
  const flags = reader.u8();
  let programChange: ProgramChange | undefined;
  if (flags & flagProgram) {
    const read = readProgramChange(reader);
    if (!read.ok) return read;
    programChange = read.value;
  }
  const tables: LoggedTable[] = [];
  for (let count = reader.u32(); count > 0; count--) {
    const tableId = reader.u32();
    tables.push({ tableId, deletes: readRows(reader, payload), inserts: readRows(reader, payload) });
  }
  const marks: SequenceMark[] = [];
  for (let count = reader.u32(); count > 0; count--) {
    marks.push({ tableId: reader.u32(), column: reader.u16(), allocated: reader.i128() });
  }
  return ok({ offset, timestamp, programChange, tables, marks });
}

function readRow(reader: BsatnReader, payload: Buffer): ByteString {
  const size = reader.u32();
  const start = reader.offset;
  reader.skip(size);
  return toByteString(payload, start, start + size);
}

function readRows(reader: BsatnReader, payload: Buffer): ByteString[] {
  const rows: ByteString[] = [];
  for (let count = reader.u32(); count > 0; count--) rows.push(readRow(reader, payload));
  return rows;
}

function readProgramChange(reader: BsatnReader): Result<ProgramChange> {
  const program = reader.bytes();
  const definition = decodeRawModuleDef(reader.bytes());
  if (!definition.ok) return fail(`the module definition in the commit log cannot be read: ${definition.message}`);
  const reset = reader.bool();
  const tables: TablePlacement[] = [];
  for (let count = reader.u32(); count > 0; count--) {
    const name = reader.string();
    const id = reader.u32();
    const from = reader.u32() || undefined;
    const suffix = reader.bytes();
    tables.push({ name, id, from, suffix: toByteString(bufferOf(suffix), 0, suffix.length) });
  }
  return ok({ program, catalog: { definition: definition.value, reset, tables } });
}
