/**
 * A snapshot: everything that replaying the log up to one transaction would give, in one file beside the log.
 *
 * File: 8 bytes magic, u32 format, then blocks: u32 size, u32 CRC-32 of the payload, payload. The first byte of a
 * payload says what it is: the head (definition, tables, sequences), rows of one table, or the end, without which a
 * file is not whole. Little-endian.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { BsatnError, BsatnReader } from '../../../schema/bsatn.ts';
import type { RawModuleDef } from '../../../schema/raw-module-def.ts';
import { decodeRawModuleDef, encodeRawModuleDef } from '../../../schema/raw-module-def-codec.ts';
import { fail, ok, type Result } from '../../../schema/result.ts';
import type { ByteString } from './byte-string.ts';
import { ByteWriter } from './byte-writer.ts';
import { type Catalog, emptyCatalog } from './catalog.ts';
import { applyCatalogChange } from './catalog-change.ts';
import { snapshotName } from './log-files.ts';
import { resumeSequence } from './sequence.ts';

const magic = Buffer.from('STDBWSNP', 'latin1');
const snapshotFormat = 1;
const headerSize = magic.length + 4;
const blockHeaderSize = 8;
/** A block ends when it is longer: long enough for few writes, short enough not to hold up the calls in between. */
const blockSize = 256 * 1024;

const kindHead = 1;
const kindRows = 2;
const kindEnd = 3;

/** What a restart continues from. */
export interface RestoredState {
  offset: bigint;
  program: Uint8Array;
  definition: RawModuleDef;
  catalog: Catalog;
  nextTableId: number;
}

interface CapturedTable {
  id: number;
  name: string;
  isSystem: boolean;
  rows: readonly ByteString[];
  sequences: { column: number; allocated: bigint }[];
}

/** The state at one moment. Rows are immutable, so holding on to them is all it takes. */
export interface CapturedState {
  offset: bigint;
  program: Uint8Array;
  definition: RawModuleDef;
  nextTableId: number;
  tables: CapturedTable[];
}

/** Must not run while a transaction is open. Takes about 10 ms for a million rows. */
export function captureState(state: RestoredState): CapturedState {
  const stored = [...state.catalog.tables.values()].filter((table) => !table.isDerived);
  const tables = stored.map(({ id, def, isSystem, store }): CapturedTable => {
    const sequences = store.sequences.map(({ column, allocated }) => ({ column, allocated }));
    return { id, name: def.name, isSystem, rows: def.isEvent ? [] : store.copyRows(), sequences };
  });
  const { offset, program, definition, nextTableId } = state;
  return { offset, program, definition, nextTableId, tables };
}

/**
 * Writes a snapshot and reads it back. It has its name only when it is whole and on disk. `stillWanted` is asked
 * between blocks; false gives the work up. Returns its size in bytes, or undefined when it was given up.
 * Rejects when the disk refuses, leaving nothing behind.
 */
export async function writeSnapshot(
  directory: string,
  state: CapturedState,
  stillWanted: () => boolean,
): Promise<number | undefined> {
  const file = join(directory, snapshotName(state.offset));
  const temporary = `${file}.tmp`;
  try {
    const handle = await open(temporary, 'w+');
    let size: number | undefined;
    try {
      size = await writeBlocks(handle, state, stillWanted);
      if (size !== undefined) {
        await handle.sync();
        await verify(handle, size);
      }
    } finally {
      await handle.close();
    }
    if (size === undefined) {
      await rm(temporary, { force: true });
    } else {
      await rename(temporary, file);
      await syncDirectory(directory);
    }
    return size;
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** A rename is durable only when its directory is synced. Windows has no such call, and does not need it. */
async function syncDirectory(directory: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function writeBlocks(
  handle: FileHandle,
  state: CapturedState,
  stillWanted: () => boolean,
): Promise<number | undefined> {
  const out = new ByteWriter(blockSize * 2);
  out.raw(magic);
  out.u32(snapshotFormat);
  let size = 0;
  for (const fill of blocks(state)) {
    if (!stillWanted()) return undefined;
    const header = out.reserve(blockHeaderSize);
    fill(out);
    const payload = out.buffer.subarray(header + blockHeaderSize, out.length);
    out.patchU32(header, payload.length);
    out.patchU32(header + 4, crc32(payload));
    const { bytesWritten } = await handle.write(out.buffer, 0, out.length, size);
    if (bytesWritten !== out.length) throw new Error('the disk took only a part of a block');
    size += bytesWritten;
    out.reset();
  }
  return size;
}

/** The blocks of a snapshot, each as a function that writes its payload. */
function* blocks(state: CapturedState): Generator<(out: ByteWriter) => void> {
  yield (out) => writeHead(out, state);
  let total = 0;
  for (const { id, rows } of state.tables) {
    for (let next = 0; next < rows.length; ) {
      yield (out) => {
        next = writeRows(out, id, rows, next);
      };
    }
    total += rows.length;
  }
  yield (out) => {
    out.u8(kindEnd);
    out.u64(BigInt(total));
  };
}

function writeHead(out: ByteWriter, { offset, program, definition, nextTableId, tables }: CapturedState): void {
  out.u8(kindHead);
  out.u64(offset);
  out.u32(nextTableId);
  out.bytes(program);
  out.bytes(encodeRawModuleDef(definition));
  out.u32(tables.length);
  for (const table of tables) {
    out.u32(table.id);
    out.u8(table.isSystem ? 1 : 0);
    out.string(table.name);
    out.u32(table.sequences.length);
    for (const { column, allocated } of table.sequences) {
      out.u16(column);
      out.i128(allocated);
    }
  }
}

/** Writes rows from position `first` on until the block is full; returns the position of the next one. */
function writeRows(out: ByteWriter, table: number, rows: readonly ByteString[], first: number): number {
  out.u8(kindRows);
  out.u32(table);
  const countAt = out.reserve(4);
  const full = out.length + blockSize;
  let next = first;
  while (next < rows.length && out.length < full) out.byteString(rows[next++] as ByteString);
  out.patchU32(countAt, next - first);
  return next;
}

/** Disks lie; the log before a snapshot is only let go because the snapshot can be read. */
async function verify(handle: FileHandle, size: number): Promise<void> {
  const damaged = (): Error => new Error('what was written reads back differently');
  let buffer = Buffer.allocUnsafe(blockSize * 2);
  const header = Buffer.allocUnsafe(blockHeaderSize);
  for (let at = headerSize; at < size; ) {
    const { bytesRead } = await handle.read(header, 0, blockHeaderSize, at);
    const length = bytesRead === blockHeaderSize ? header.readUInt32LE(0) : size;
    if (at + blockHeaderSize + length > size) throw damaged();
    if (length > buffer.length) buffer = Buffer.allocUnsafe(length);
    await handle.read(buffer, 0, length, at + blockHeaderSize);
    if (crc32(buffer.subarray(0, length)) !== header.readUInt32LE(4)) throw damaged();
    at += blockHeaderSize + length;
  }
}

/**
 * Reads a snapshot. Fails with a reason when the file is damaged or of another format; throws when the disk does not
 * let it be read.
 */
export function readSnapshot(path: string): Result<RestoredState> {
  const fd = openSync(path, 'r');
  try {
    return restore(new BlockReader(fd));
  } catch (error) {
    // Bytes whose checksum holds and that still make no sense were written by something else.
    if (error instanceof BsatnError || error instanceof RangeError) return fail(error.message);
    throw error;
  } finally {
    closeSync(fd);
  }
}

class BlockReader {
  readonly #fd: number;
  readonly #size: number;
  #at = 0;
  #buffer = Buffer.allocUnsafeSlow(blockSize * 2);

  constructor(fd: number) {
    this.#fd = fd;
    this.#size = fstatSync(fd).size;
  }

  header(): Result<undefined> {
    const header = this.#read(headerSize);
    if (!header?.subarray(0, magic.length).equals(magic)) return fail('it is not a snapshot');
    const format = header.readUInt32LE(magic.length);
    return format === snapshotFormat ? ok(undefined) : fail(`it has format ${format}, not ${snapshotFormat}`);
  }

  /** The payload of the next block, valid until the next call; undefined when the file is not in order here. */
  next(): Buffer | undefined {
    const header = this.#read(blockHeaderSize);
    if (!header) return undefined;
    const size = header.readUInt32LE(0);
    const checksum = header.readUInt32LE(4);
    const payload = this.#read(size);
    return payload && crc32(payload) === checksum ? payload : undefined;
  }

  get atEnd(): boolean {
    return this.#at === this.#size;
  }

  #read(size: number): Buffer | undefined {
    if (size > this.#size - this.#at) return undefined;
    if (size > this.#buffer.length) this.#buffer = Buffer.allocUnsafeSlow(size);
    for (let done = 0; done < size; ) {
      const count = readSync(this.#fd, this.#buffer, done, size - done, this.#at + done);
      if (count === 0) return undefined;
      done += count;
    }
    this.#at += size;
    return this.#buffer.subarray(0, size);
  }
}

function restore(reader: BlockReader): Result<RestoredState> {
  const header = reader.header();
  if (!header.ok) return header;
  const head = reader.next();
  if (head?.[0] !== kindHead) return fail('its head is damaged');
  const state = readHead(head);
  if (!state.ok) return state;
  let total = 0;
  for (;;) {
    const block = reader.next();
    if (!block) return fail('it is damaged or cut off');
    if (block[0] === kindRows) {
      const count = readRows(block, state.value.catalog);
      if (count === undefined) return fail('it holds rows of an unknown table');
      total += count;
    } else if (block[0] === kindEnd && reader.atEnd && Number(block.readBigUInt64LE(1)) === total) {
      return state;
    } else {
      return fail('it is not in order');
    }
  }
}

function readHead(block: Buffer): Result<RestoredState> {
  const reader = new BsatnReader(block);
  reader.u8();
  const offset = reader.u64();
  const nextTableId = reader.u32();
  const program = reader.bytes();
  const definition = decodeRawModuleDef(reader.bytes());
  if (!definition.ok) return definition;
  const tables: Omit<CapturedTable, 'rows'>[] = [];
  for (let count = reader.u32(); count > 0; count--) {
    const id = reader.u32();
    const isSystem = reader.bool();
    const name = reader.string();
    const sequences: CapturedTable['sequences'] = [];
    for (let left = reader.u32(); left > 0; left--) sequences.push({ column: reader.u16(), allocated: reader.i128() });
    tables.push({ id, isSystem, name, sequences });
  }
  const placements = tables
    .filter(({ isSystem }) => !isSystem)
    .map(({ id, name }) => ({ id, name, from: undefined, suffix: '' }));
  const change = { definition: definition.value, reset: true, tables: placements };
  const catalog = applyCatalogChange(emptyCatalog(), change);
  if (!catalog.ok) return catalog;
  for (const { id, sequences } of tables) {
    const present = catalog.value.tables.get(id)?.store.sequences ?? [];
    for (const { column, allocated } of sequences) {
      const sequence = present.find((candidate) => candidate.column === column);
      if (sequence) resumeSequence(sequence, allocated);
    }
  }
  return ok({ offset, program, definition: definition.value, catalog: catalog.value, nextTableId });
}

function readRows(block: Buffer, catalog: Catalog): number | undefined {
  const table = catalog.tables.get(block.readUInt32LE(1));
  if (!table) return undefined;
  const count = block.readUInt32LE(5);
  let at = 9;
  for (let i = 0; i < count; i++) {
    const size = block.readUInt32LE(at);
    const end = at + 4 + size;
    if (end > block.length) throw new RangeError('a row is cut off');
    table.store.addBytes(block, at + 4, end);
    at = end;
  }
  return count;
}
