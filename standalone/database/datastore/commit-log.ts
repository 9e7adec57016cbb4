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
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  write,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { ByteWriter } from './byte-writer.ts';
import { logFormat } from './log-record.ts';

const magic = Buffer.from('STDBWLOG', 'latin1');
const headerSize = magic.length + 4;
const recordHeaderSize = 8;
/** A segment that is longer gets a successor at the next write. */
const segmentSize = 64 * 1024 * 1024;

export interface CommitLogOptions {
  directory: string;
  /** Called for every record in order while opening. Offsets are those of the first record of a segment's name. */
  onRecord(payload: Buffer): void;
  /** Lines for the log of the database. */
  onNote(message: string): void;
  /** Everything appended before the matching `append` returned is on disk now. */
  onDurable(offset: bigint): void;
  /** The disk refused a write; nothing more is durable from here on. */
  onFailure(error: Error): void;
}

const segmentName = (firstOffset: bigint): string => `${firstOffset.toString().padStart(20, '0')}.log`;
const isSegment = (name: string): boolean => /^\d{20}\.log$/.test(name);

export class CommitLog {
  readonly #options: CommitLogOptions;
  #fd: number;
  #size: number;
  #pending = new ByteWriter(64 * 1024);
  #writing = new ByteWriter(64 * 1024);
  #pendingOffset: bigint | undefined;
  #busy = false;
  #failed: Error | undefined;
  #idle: (() => void)[] = [];

  /** Opens the log of a directory, replaying it. Throws when the directory cannot be used. */
  constructor(options: CommitLogOptions) {
    this.#options = options;
    mkdirSync(options.directory, { recursive: true });
    const last = replay(options);
    const path = join(options.directory, last ?? segmentName(0n));
    this.#fd = last ? openSync(path, 'r+') : createSegment(options.directory, path);
    this.#size = statSync(path).size;
  }

  /** Bytes of the current segment. */
  get size(): number {
    return this.#size;
  }

  /** Takes a record; `write` fills in its payload. Durable once `onDurable` reports `offset`. */
  append(offset: bigint, fill: (out: ByteWriter) => void): void {
    if (this.#failed) throw new Error(`the commit log cannot be written: ${this.#failed.message}`);
    const out = this.#pending;
    const header = out.reserve(recordHeaderSize);
    fill(out);
    const payload = out.buffer.subarray(header + recordHeaderSize, out.length);
    out.patchU32(header, payload.length);
    out.patchU32(header + 4, crc32(payload));
    this.#pendingOffset = offset;
    // The write starts after the current turn, so that it takes along what else this turn commits.
    if (!this.#busy) {
      this.#busy = true;
      setImmediate(() => this.#writePending());
    }
  }

  #writePending(): void {
    const offset = this.#pendingOffset;
    if (offset === undefined) {
      this.#busy = false;
      for (const resolve of this.#idle.splice(0)) resolve();
      return;
    }
    [this.#pending, this.#writing] = [this.#writing, this.#pending];
    this.#pending.reset();
    this.#pendingOffset = undefined;
    if (this.#size > segmentSize) this.#nextSegment(offset);
    const bytes = this.#writing.buffer.subarray(0, this.#writing.length);
    writeFully(this.#fd, bytes, this.#size, (writeError) => {
      if (writeError) return this.#fail(writeError);
      this.#size += bytes.length;
      fdatasync(this.#fd, (syncError) => {
        if (syncError) return this.#fail(syncError);
        this.#options.onDurable(offset);
        this.#writePending();
      });
    });
  }

  /** The name carries the last offset of the batch that opens it: enough to keep names in order. */
  #nextSegment(offset: bigint): void {
    const { directory } = this.#options;
    closeSync(this.#fd);
    this.#fd = createSegment(directory, join(directory, segmentName(offset)));
    this.#size = headerSize;
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

/** Replays all segments and cuts the log at the first damaged record. Returns the segment to append to. */
function replay(options: CommitLogOptions): string | undefined {
  const { directory, onNote } = options;
  const names = readdirSync(directory).filter(isSegment).sort();
  for (const [i, name] of names.entries()) {
    const path = join(directory, name);
    const bytes = readSegment(path);
    const good = replaySegment(bytes, options);
    if (good === bytes.length && good >= headerSize) continue;
    onNote(
      `The commit log was damaged or cut off in ${name} at byte ${good} of ${bytes.length}: everything before it was restored, the rest was dropped.`,
    );
    for (const later of names.slice(i + 1)) setAside(directory, later, onNote);
    if (good < headerSize) {
      setAside(directory, name, onNote);
      return names[i - 1];
    }
    cut(path, good);
    return name;
  }
  return names.at(-1);
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
function setAside(directory: string, name: string, onNote: (message: string) => void): void {
  renameSync(join(directory, name), join(directory, `${name}.dropped`));
  onNote(`The commit log segment ${name} was set aside as ${name}.dropped.`);
}
