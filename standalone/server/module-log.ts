/**
 * The log of one module: one JSON object per line, a file per UTC day, of which only today's is read back.
 * Appending is synchronous: lines come in batches, and a reader that follows must see neither a gap nor a line twice.
 * Source: reference "protocol" 1.9.
 */
import { closeSync, fstatSync, mkdirSync, openSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { LogRecord } from '../database/messages.ts';

/** Most lines of history that a following reader is given. */
export const MAX_FOLLOW_HISTORY = 2500;
const CHUNK_BYTES = 64 * 1024;
/** History that an in-memory database keeps, in bytes. */
const MEMORY_LIMIT = 16 * 1024 * 1024;

/** One line of the log, with its newline. Keys in the order of the HTTP API. */
export function formatLogRecord(record: LogRecord): string {
  const { level, ts, target, filename, line_number, function: name, message } = record;
  return `${JSON.stringify({ level, ts, target, filename, line_number, function: name, message })}\n`;
}

export interface ModuleLog {
  append(records: readonly LogRecord[]): void;
  /**
   * History in chunks of whole lines, oldest first, up to the moment of the call: the last `lines`, or all of today.
   * With `follow`, that function gets every later text until `stop` is called, and undefined when the log ends.
   */
  read(lines: number | undefined, follow: LogFollower | undefined): LogReading;
  close(): void;
}

export type LogFollower = (text: string | undefined) => void;

export interface LogReading {
  history: Iterable<Uint8Array>;
  stop(): void;
}

/** `directory` undefined keeps the log in memory. */
export function openModuleLog(directory: string | undefined): ModuleLog {
  const storage = directory === undefined ? memoryStorage() : fileStorage(directory);
  const followers = new Set<LogFollower>();
  return {
    append(records) {
      if (records.length === 0) return;
      const text = records.map(formatLogRecord).join('');
      storage.append(Buffer.from(text));
      for (const follower of followers) follower(text);
    },
    read(lines, follow) {
      const history = storage.read(lines);
      if (follow) followers.add(follow);
      return {
        history,
        stop() {
          if (follow) followers.delete(follow);
        },
      };
    },
    close() {
      for (const follower of followers) follower(undefined);
      followers.clear();
      storage.close();
    },
  };
}

interface LogStorage {
  append(bytes: Uint8Array): void;
  read(lines: number | undefined): Iterable<Uint8Array>;
  close(): void;
}

function memoryStorage(): LogStorage {
  let chunks: Uint8Array[] = [];
  let size = 0;
  return {
    append(bytes) {
      chunks.push(bytes);
      size += bytes.length;
      while (size > MEMORY_LIMIT && chunks.length > 1) size -= chunks.shift()?.length ?? 0;
    },
    read(lines) {
      const all = Buffer.concat(chunks);
      const start = lines === undefined ? 0 : startOfLastLines(lines, all.length, (from, to) => all.subarray(from, to));
      return [all.subarray(start)];
    },
    close() {
      chunks = [];
    },
  };
}

function fileStorage(directory: string): LogStorage {
  let open: { day: string; descriptor: number } | undefined;
  const close = () => {
    if (open) closeSync(open.descriptor);
    open = undefined;
  };
  const today = (): number => {
    const day = new Date().toISOString().slice(0, 10);
    if (open?.day !== day) {
      close();
      mkdirSync(directory, { recursive: true });
      open = { day, descriptor: openSync(join(directory, `${day}.log`), 'a+') };
    }
    return open?.descriptor as number;
  };
  return {
    append(bytes) {
      const descriptor = today();
      for (let written = 0; written < bytes.length; ) written += writeSync(descriptor, bytes, written);
    },
    read(lines) {
      // Opened again: the reader may still be sending when the day, and with it the writer's file, changes.
      today();
      const descriptor = openSync(join(directory, `${open?.day}.log`), 'r');
      const size = fstatSync(descriptor).size;
      const part = (from: number, to: number): Buffer => {
        const bytes = Buffer.alloc(to - from);
        return bytes.subarray(0, readSync(descriptor, bytes, 0, bytes.length, from));
      };
      const start = lines === undefined ? 0 : startOfLastLines(lines, size, part);
      return (function* () {
        try {
          for (let at = start; at < size; at += CHUNK_BYTES) yield part(at, Math.min(size, at + CHUNK_BYTES));
        } finally {
          closeSync(descriptor);
        }
      })();
    },
    close,
  };
}

/** Where the last `lines` lines begin, reading backwards from `size`, which is the end of a line. */
function startOfLastLines(lines: number, size: number, part: (from: number, to: number) => Buffer): number {
  if (lines <= 0) return size;
  let missing = lines;
  // The final newline ends the last line; it begins none.
  for (let end = size - 1; end > 0; ) {
    const from = Math.max(0, end - CHUNK_BYTES);
    const bytes = part(from, end);
    for (let at = bytes.lastIndexOf(10); at >= 0; at = at === 0 ? -1 : bytes.lastIndexOf(10, at - 1)) {
      missing -= 1;
      if (missing === 0) return from + at + 1;
    }
    end = from;
  }
  return 0;
}
