/**
 * Reading and writing the primitive forms of BSATN: little-endian, lengths as u32 in front.
 * Source: reference "module host" 4.1.
 */

export class BsatnError extends Error {}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const utf8Encoder = new TextEncoder();
/** Per reader. */
const maxEmptyItems = 100_000;

export class BsatnReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #offset = 0;
  #emptyItems = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }
  get offset(): number {
    return this.#offset;
  }
  get remaining(): number {
    return this.#bytes.length - this.#offset;
  }
  /** Moves past `size` bytes and returns where they began. */
  #take(size: number): number {
    const start = this.#offset;
    if (size > this.#bytes.length - start) {
      throw new BsatnError(
        `${size} bytes expected at offset ${start}, but only ${this.#bytes.length - start} are left`,
      );
    }
    this.#offset = start + size;
    return start;
  }
  bool(): boolean {
    const byte = this.u8();
    if (byte > 1) throw new BsatnError(`${byte} is not a boolean`);
    return byte === 1;
  }
  u8(): number {
    return this.#view.getUint8(this.#take(1));
  }
  i8(): number {
    return this.#view.getInt8(this.#take(1));
  }
  u16(): number {
    return this.#view.getUint16(this.#take(2), true);
  }
  i16(): number {
    return this.#view.getInt16(this.#take(2), true);
  }
  u32(): number {
    return this.#view.getUint32(this.#take(4), true);
  }
  i32(): number {
    return this.#view.getInt32(this.#take(4), true);
  }
  u64(): bigint {
    return this.#view.getBigUint64(this.#take(8), true);
  }
  i64(): bigint {
    return this.#view.getBigInt64(this.#take(8), true);
  }
  u128(): bigint {
    return this.u64() | (this.u64() << 64n);
  }
  i128(): bigint {
    return BigInt.asIntN(128, this.u128());
  }
  u256(): bigint {
    return this.u128() | (this.u128() << 128n);
  }
  i256(): bigint {
    return BigInt.asIntN(256, this.u256());
  }
  f32(): number {
    return this.#view.getFloat32(this.#take(4), true);
  }
  f64(): number {
    return this.#view.getFloat64(this.#take(8), true);
  }
  string(): string {
    const bytes = this.#slice(this.u32());
    try {
      return utf8.decode(bytes);
    } catch {
      throw new BsatnError('a string is not valid UTF-8');
    }
  }
  /** A length-prefixed copy. */
  bytes(): Uint8Array {
    return this.raw(this.u32());
  }
  /** A copy of the next `size` bytes. */
  raw(size: number): Uint8Array {
    // Not `slice()`: that of a Buffer shares its memory.
    return new Uint8Array(this.#slice(size));
  }
  /** Counts an array item without bytes: their number is not bounded by the input, so it is bounded here. */
  countEmptyItem(): void {
    if (++this.#emptyItems > maxEmptyItems) throw new BsatnError(`more than ${maxEmptyItems} array items are empty`);
  }
  skip(size: number): void {
    this.#take(size);
  }
  #slice(size: number): Uint8Array {
    const start = this.#take(size);
    return this.#bytes.subarray(start, start + size);
  }
}

export class BsatnWriter {
  #bytes: Uint8Array;
  #view: DataView;
  #length = 0;

  constructor(capacity = 256) {
    this.#bytes = new Uint8Array(capacity);
    this.#view = new DataView(this.#bytes.buffer);
  }
  get length(): number {
    return this.#length;
  }
  #grow(size: number): number {
    const start = this.#length;
    const needed = start + size;
    if (needed > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
      larger.set(this.#bytes.subarray(0, start));
      this.#bytes = larger;
      this.#view = new DataView(larger.buffer);
    }
    this.#length = needed;
    return start;
  }
  bool(value: boolean): void {
    this.u8(value ? 1 : 0);
  }
  u8(value: number): void {
    const at = this.#grow(1);
    this.#view.setUint8(at, value);
  }
  i8(value: number): void {
    this.u8(value);
  }
  u16(value: number): void {
    const at = this.#grow(2);
    this.#view.setUint16(at, value, true);
  }
  i16(value: number): void {
    this.u16(value);
  }
  u32(value: number): void {
    const at = this.#grow(4);
    this.#view.setUint32(at, value, true);
  }
  i32(value: number): void {
    this.u32(value);
  }
  u64(value: bigint): void {
    const at = this.#grow(8);
    this.#view.setBigUint64(at, value, true);
  }
  i64(value: bigint): void {
    this.u64(value);
  }
  u128(value: bigint): void {
    this.u64(value);
    this.u64(value >> 64n);
  }
  i128(value: bigint): void {
    this.u128(value);
  }
  u256(value: bigint): void {
    this.u128(value);
    this.u128(value >> 128n);
  }
  i256(value: bigint): void {
    this.u256(value);
  }
  f32(value: number): void {
    const at = this.#grow(4);
    this.#view.setFloat32(at, value, true);
  }
  f64(value: number): void {
    const at = this.#grow(8);
    this.#view.setFloat64(at, value, true);
  }
  string(value: string): void {
    this.bytes(utf8Encoder.encode(value));
  }
  /** Length prefix and content. */
  bytes(value: Uint8Array): void {
    this.u32(value.length);
    this.raw(value);
  }
  raw(value: Uint8Array): void {
    const at = this.#grow(value.length);
    this.#bytes.set(value, at);
  }
  /** A copy of what was written. */
  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }
}
