/**
 * The commit log: an append-only file of checked records, split in segments. Appending collects records in memory;
 * one write and one fdatasync take all that came meanwhile (group commit), and `onDurable` reports how far the disk
 * is. What a crash leaves half written at the end is cut off when the log is opened.
 *
 * Segment: 8 bytes magic, u32 format, then records: u32 size, u32 CRC-32 of the payload, payload. Little-endian.
 */
import { constants } from 'node:buffer';
import {
  closeSync,
  fdatasync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  statSync,
  write,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { crc32 } from 'node:zlib';
import { ByteWriter } from './byte-writer.ts';
import { listSegments, segmentName, setAside } from './log-files.ts';
import { logFormat } from './log-record.ts';

const magic = Buffer.from('STDBWLOG', 'latin1');
const headerSize = magic.length + 4;
const recordHeaderSize = 8;
/** A segment that is longer gets a successor at the next write. */
const segmentSize = 64 * 1024 * 1024;

export interface CommitLogOptions {
  directory: string;
  /** Segment to begin replaying with, when a snapshot holds what came before it. */
  from?: string;
  /** Called for every record in order while opening. */
  onRecord(payload: Buffer): void;
  /** Offset of the record that will follow the ones seen so far. */
  nextOffset(): bigint;
  /** Lines for the log of the database. */
  onNote(message: string): void;
  /** Everything appended before the matching `append` returned is on disk now. */
  onDurable(offset: bigint): void;
  /** The disk refused a write; nothing more is durable from here on. */
  onFailure(error: Error): void;
}

/** Records that are written and synced together. */
interface Batch {
  out: ByteWriter;
  /** Offsets of the first and the last record; undefined while there is none. */
  first: bigint | undefined;
  last: bigint | undefined;
  /** Offset with which the batch begins a new segment. */
  segment: bigint | undefined;
  /** Called when the new segment is there. */
  onSegment: (() => void)[];
}

const newBatch = (out = new ByteWriter(64 * 1024)): Batch => ({
  out,
  first: undefined,
  last: undefined,
  segment: undefined,
  onSegment: [],
});

export class CommitLog {
  readonly #options: CommitLogOptions;
  #fd: number;
  #size: number;
  /** Batches that wait for the one being written; records go to the last. */
  #batches: Batch[] = [newBatch()];
  #spare: ByteWriter | undefined = new ByteWriter(64 * 1024);
  #busy = false;
  #failed: Error | undefined;
  #idle: (() => void)[] = [];
  #written = 0;

  /** Opens the log of a directory, replaying it. Throws when the directory cannot be used. */
  constructor(options: CommitLogOptions) {
    this.#options = options;
    mkdirSync(options.directory, { recursive: true });
    const { last, bytes } = replay(options);
    const path = join(options.directory, last ?? segmentName(options.nextOffset()));
    this.#fd = last ? openSync(path, 'r+') : createSegment(options.directory, path);
    this.#size = statSync(path).size;
    this.#written = bytes;
  }

  /** Bytes of records replayed while opening and appended since. */
  get written(): number {
    return this.#written;
  }

  /** Bytes of the current segment. */
  get size(): number {
    return this.#size;
  }

  /** Takes a record; `write` fills in its payload. Durable once `onDurable` reports `offset`. */
  append(offset: bigint, fill: (out: ByteWriter) => void): void {
    if (this.#failed) throw new Error(`the commit log cannot be written: ${this.#failed.message}`);
    const batch = this.#batches.at(-1) as Batch;
    const { out } = batch;
    const header = out.reserve(recordHeaderSize);
    fill(out);
    const payload = out.buffer.subarray(header + recordHeaderSize, out.length);
    out.patchU32(header, payload.length);
    out.patchU32(header + 4, crc32(payload));
    this.#written += out.length - header;
    batch.first ??= offset;
    batch.last = offset;
    this.#schedule();
  }

  /**
   * Begins a new segment with the record that will have `offset`, whether or not one comes. Resolves when everything
   * before it is durable and the segment is there; never, when the disk fails before that.
   */
  beginSegment(offset: bigint): Promise<void> {
    let batch = this.#batches.at(-1) as Batch;
    if (batch.last !== undefined) {
      batch = newBatch();
      this.#batches.push(batch);
    }
    batch.segment = offset;
    const { onSegment } = batch;
    const begun = new Promise<void>((resolve) => onSegment.push(resolve));
    this.#schedule();
    return begun;
  }

  /** The write starts after the current turn, so that it takes along what else this turn commits. */
  #schedule(): void {
    if (this.#busy) return;
    this.#busy = true;
    setImmediate(() => this.#writeNext());
  }

  #writeNext(): void {
    const batch = this.#batches[0] as Batch;
    if (this.#size > segmentSize) batch.segment ??= batch.first;
    if (batch.segment !== undefined) {
      try {
        this.#nextSegment(batch, batch.segment);
      } catch (error) {
        this.#fail(error as Error);
        return;
      }
    }
    const { last } = batch;
    if (last === undefined) {
      this.#busy = false;
      for (const resolve of this.#idle.splice(0)) resolve();
      return;
    }
    this.#batches.shift();
    if (this.#batches.length === 0) this.#batches.push(newBatch(this.#spare));
    this.#spare = undefined;
    const bytes = batch.out.buffer.subarray(0, batch.out.length);
    writeFully(this.#fd, bytes, this.#size, (writeError) => {
      if (writeError) return this.#fail(writeError);
      this.#size += bytes.length;
      fdatasync(this.#fd, (syncError) => {
        if (syncError) return this.#fail(syncError);
        batch.out.reset();
        this.#spare = batch.out;
        this.#options.onDurable(last);
        this.#writeNext();
      });
    });
  }

  #nextSegment(batch: Batch, offset: bigint): void {
    const { directory } = this.#options;
    batch.segment = undefined;
    // A segment that has no record yet may have the name already.
    if (this.#size > headerSize) {
      closeSync(this.#fd);
      this.#fd = createSegment(directory, join(directory, segmentName(offset)));
      this.#size = headerSize;
    }
    for (const resolve of batch.onSegment.splice(0)) resolve();
  }

  #fail(error: Error): void {
    this.#failed = error;
    this.#busy = false;
    this.#options.onFailure(error);
    for (const resolve of this.#idle.splice(0)) resolve();
  }

  /** Resolves when all that was appended is on disk (or the disk has failed). */
  flush(): Promise<void> {
    return this.#busy ? new Promise((resolve) => this.#idle.push(resolve)) : Promise.resolve();
  }

  async close(): Promise<void> {
    await this.flush();
    closeSync(this.#fd);
  }
}

function createSegment(directory: string, path: string): number {
  const fd = openSync(path, 'w+');
  const header = Buffer.alloc(headerSize);
  magic.copy(header);
  header.writeUInt32LE(logFormat, magic.length);
  writeSync(fd, header);
  fsyncSync(fd);
  syncDirectory(directory);
  return fd;
}

/** Makes the names in a directory durable; some systems cannot sync a directory, and need not. */
function syncDirectory(directory: string): void {
  if (process.platform === 'win32') return;
  const fd = openSync(directory, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

function writeFully(fd: number, bytes: Buffer, position: number, done: (error: Error | null) => void): void {
  write(fd, bytes, 0, bytes.length, position, (error, written) => {
    if (error) done(error);
    else if (written < bytes.length) writeFully(fd, bytes.subarray(written), position + written, done);
    else done(null);
  });
}

interface Replayed {
  /** The segment to append to; undefined when a new one is needed. */
  last: string | undefined;
  /** Bytes of the records that were replayed. */
  bytes: number;
}

/** Replays the segments and cuts the log at the first damaged record. */
function replay(options: CommitLogOptions): Replayed {
  const { directory, from = '', onNote } = options;
  const names = listSegments(directory).filter((name) => name >= from);
  let bytes = 0;
  for (const [i, name] of names.entries()) {
    const path = join(directory, name);
    const segment = readSegment(path);
    const good = replaySegment(segment, options);
    bytes += Math.max(0, good - headerSize);
    if (good === segment.length && good >= headerSize) continue;
    onNote(
      `The commit log was damaged or cut off in ${name} at byte ${good} of ${segment.length}: everything before it was restored, the rest was dropped.`,
    );
    for (const later of names.slice(i + 1)) drop(directory, later, onNote);
    if (good < headerSize) {
      drop(directory, name, onNote);
      return { last: undefined, bytes };
    }
    if (!isTornTail(segment, good)) keepRest(path, segment.subarray(good), onNote);
    cut(path, good);
    return { last: name, bytes };
  }
  return { last: names.at(-1), bytes };
}

/** Whether what follows is one record that was not written to its end: what a crash leaves. */
function isTornTail(segment: Buffer, at: number): boolean {
  if (at + recordHeaderSize > segment.length) return true;
  return at + recordHeaderSize + segment.readUInt32LE(at) >= segment.length;
}

/** Records behind a damaged one cannot be replayed, but somebody may want to look at them. */
function keepRest(path: string, rest: Buffer, onNote: (message: string) => void): void {
  const file = `${path}.${Date.now()}.dropped`;
  writeFileSync(file, rest);
  onNote(`What followed the damage was kept in ${basename(file)}.`);
}

function readSegment(path: string): Buffer {
  const { size } = statSync(path);
  if (size > constants.MAX_LENGTH) throw new Error(`the commit log segment ${path} is too large to be read`);
  return readFileSync(path);
}

/** Length of the part of a segment that is in order. */
function replaySegment(bytes: Buffer, { onRecord }: CommitLogOptions): number {
  if (bytes.length < headerSize || !bytes.subarray(0, magic.length).equals(magic)) return 0;
  const format = bytes.readUInt32LE(magic.length);
  if (format !== logFormat) {
    throw new Error(
      `The commit log has format ${format}, and this server reads format ${logFormat}. Use the server version that wrote it.`,
    );
  }
  let at = headerSize;
  while (at + recordHeaderSize <= bytes.length) {
    const size = bytes.readUInt32LE(at);
    const end = at + recordHeaderSize + size;
    if (size === 0 || end > bytes.length) break;
    const payload = bytes.subarray(at + recordHeaderSize, end);
    if (crc32(payload) !== bytes.readUInt32LE(at + 4)) break;
    onRecord(payload);
    at = end;
  }
  return at;
}

function cut(path: string, size: number): void {
  const fd = openSync(path, 'r+');
  try {
    ftruncateSync(fd, size);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** Later segments would leave a gap; they are kept under another name for whoever wants to look. */
function drop(directory: string, name: string, onNote: (message: string) => void): void {
  onNote(`The commit log segment ${name} was set aside as ${setAside(directory, name)}.`);
}
