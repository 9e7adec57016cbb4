/** A growing buffer for little-endian output: log records, index keys, server messages. Reused between messages. */
import { type ByteString, writeByteString } from './byte-string.ts';

/** Bytes. */
const keepUpTo = 1024 * 1024;

export class ByteWriter {
  buffer: Buffer;
  length = 0;

  constructor(capacity = 1024) {
    this.buffer = Buffer.allocUnsafeSlow(capacity);
  }
  /** Makes room for `size` bytes and returns the offset where they go. */
  reserve(size: number): number {
    const start = this.length;
    const needed = start + size;
    if (needed > this.buffer.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.buffer.length * 2));
      this.buffer.copy(larger, 0, 0, start);
      this.buffer = larger;
    }
    this.length = needed;
    return start;
  }
  u8(value: number): void {
    const at = this.reserve(1);
    this.buffer[at] = value;
  }
  u16(value: number): void {
    const at = this.reserve(2);
    this.buffer.writeUInt16LE(value, at);
  }
  u32(value: number): void {
    const at = this.reserve(4);
    this.buffer.writeUInt32LE(value, at);
  }
  /** Overwrites four bytes written before, for counts that are known only afterwards. */
  patchU32(at: number, value: number): void {
    this.buffer.writeUInt32LE(value, at);
  }
  u64(value: bigint): void {
    const at = this.reserve(8);
    this.buffer.writeBigUInt64LE(BigInt.asUintN(64, value), at);
  }
  i128(value: bigint): void {
    this.u64(value);
    this.u64(value >> 64n);
  }
  raw(bytes: Uint8Array): void {
    const at = this.reserve(bytes.length);
    this.buffer.set(bytes, at);
  }
  rawString(bytes: ByteString): void {
    const at = this.reserve(bytes.length);
    writeByteString(this.buffer, at, bytes);
  }
  /** Length prefix and content. */
  bytes(bytes: Uint8Array): void {
    this.u32(bytes.length);
    this.raw(bytes);
  }
  byteString(bytes: ByteString): void {
    this.u32(bytes.length);
    this.rawString(bytes);
  }
  /** UTF-8 with length prefix. */
  string(text: string): void {
    const size = Buffer.byteLength(text);
    this.u32(size);
    const at = this.reserve(size);
    this.buffer.write(text, at, size, 'utf8');
  }
  /** Starts over; a buffer that one large message has grown is given back. */
  reset(): void {
    this.length = 0;
    if (this.buffer.length > keepUpTo) this.buffer = Buffer.allocUnsafeSlow(1024);
  }
  /** A copy of what was written. */
  finish(): Uint8Array {
    return new Uint8Array(this.buffer.subarray(0, this.length));
  }
}
