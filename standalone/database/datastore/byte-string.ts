/**
 * Bytes kept as a string whose code units are 0 to 255. Rows and index keys live in memory in this form: one heap
 * object per row (a Uint8Array costs several times as much), compared, ordered and hashed by the engine itself.
 */
export type ByteString = string;

/** Native Buffer methods that the type library leaves out; `toString('latin1')` spends longer choosing the encoding. */
interface Latin1 {
  latin1Slice(start: number, end: number): string;
  latin1Write(text: string, offset: number, length: number): number;
}

/** Below this many bytes a loop beats the call into native code. */
const nativeFrom = 12;

export function toByteString(bytes: Buffer, start: number, end: number): ByteString {
  return (bytes as unknown as Latin1).latin1Slice(start, end);
}

/** Writes all bytes of `text` at `offset`; the target must have room. */
export function writeByteString(target: Buffer, offset: number, text: ByteString): void {
  const length = text.length;
  if (length >= nativeFrom) {
    (target as unknown as Latin1).latin1Write(text, offset, length);
    return;
  }
  for (let i = 0; i < length; i++) target[offset + i] = text.charCodeAt(i);
}

export const byteStringToBuffer = (text: ByteString): Buffer => Buffer.from(text, 'latin1');

/** A view of the same memory, also for buffers that belong to another realm. */
export const bufferOf = (bytes: Uint8Array): Buffer =>
  Buffer.from(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.byteLength);
