/**
 * BSATN, the binary form of values: little-endian, not self-describing, no padding.
 * Source: reference "module host" 4.1. Reading throws BsatnError inside; `decodeValue` is the door that does not.
 */
import { type AlgebraicType, isBigInteger, resolveRef, type Typespace } from './algebraic-type.ts';
import { fail, ok, type Result } from './result.ts';
import { memberKey, type ProductValue, type SumValue, type Value } from './value.ts';

export class BsatnError extends Error {}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const utf8Encoder = new TextEncoder();
/** Deeper values than this are refused rather than exhausting the stack. */
const maxDepth = 500;

export class BsatnReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #offset = 0;

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

/** Reads one value. Throws BsatnError on malformed bytes. */
export function readValue(reader: BsatnReader, type: AlgebraicType, typespace: Typespace, depth = 0): Value {
  if (depth > maxDepth) throw new BsatnError('the value is nested too deeply');
  const resolved = resolveRef(type, typespace);
  switch (resolved.tag) {
    case 'Product': {
      const value: Record<string, Value> = Object.create(null);
      resolved.elements.forEach((element, i) => {
        value[memberKey(element.name, i)] = readValue(reader, element.type, typespace, depth + 1);
      });
      return value;
    }
    case 'Sum': {
      const tag = reader.u8();
      const variant = resolved.variants[tag];
      if (!variant) throw new BsatnError(`${tag} is no variant of a sum of ${resolved.variants.length}`);
      return { tag: memberKey(variant.name, tag), value: readValue(reader, variant.type, typespace, depth + 1) };
    }
    case 'Array': {
      if (resolved.element.tag === 'U8') return reader.bytes();
      const items: Value[] = [];
      const count = reader.u32();
      for (let i = 0; i < count; i++) {
        if (reader.remaining === 0 && i > 1_000_000) throw new BsatnError('an array is longer than its bytes');
        items.push(readValue(reader, resolved.element, typespace, depth + 1));
      }
      return items;
    }
    default:
      return readPrimitive(reader, resolved.tag);
  }
}

function readPrimitive(
  reader: BsatnReader,
  tag: Exclude<AlgebraicType['tag'], 'Ref' | 'Sum' | 'Product' | 'Array'>,
): Value {
  switch (tag) {
    case 'String':
      return reader.string();
    case 'Bool':
      return reader.bool();
    case 'I8':
      return reader.i8();
    case 'U8':
      return reader.u8();
    case 'I16':
      return reader.i16();
    case 'U16':
      return reader.u16();
    case 'I32':
      return reader.i32();
    case 'U32':
      return reader.u32();
    case 'I64':
      return reader.i64();
    case 'U64':
      return reader.u64();
    case 'I128':
      return reader.i128();
    case 'U128':
      return reader.u128();
    case 'I256':
      return reader.i256();
    case 'U256':
      return reader.u256();
    case 'F32':
      return reader.f32();
    case 'F64':
      return reader.f64();
  }
}

/** Moves past one value without building it. Throws BsatnError on malformed bytes. */
export function skipValue(reader: BsatnReader, type: AlgebraicType, typespace: Typespace, depth = 0): void {
  if (depth > maxDepth) throw new BsatnError('the value is nested too deeply');
  const resolved = resolveRef(type, typespace);
  switch (resolved.tag) {
    case 'Product':
      for (const element of resolved.elements) skipValue(reader, element.type, typespace, depth + 1);
      return;
    case 'Sum': {
      const variant = resolved.variants[reader.u8()];
      if (!variant) throw new BsatnError('a sum has an unknown variant');
      skipValue(reader, variant.type, typespace, depth + 1);
      return;
    }
    case 'Array':
    case 'String': {
      const count = reader.u32();
      const element = resolved.tag === 'Array' ? resolved.element : undefined;
      const size = element ? fixedSize(element, typespace) : 1;
      if (size !== undefined) reader.skip(count * size);
      else if (element) for (let i = 0; i < count; i++) skipValue(reader, element, typespace, depth + 1);
      return;
    }
    default:
      reader.skip(primitiveSize(resolved.tag));
  }
}

function primitiveSize(tag: string): number {
  return tag === 'Bool' ? 1 : Number(tag.slice(1)) / 8;
}

/** Bytes that every value of the type takes; undefined when it depends on the value. */
export function fixedSize(type: AlgebraicType, typespace: Typespace, depth = 0): number | undefined {
  if (depth > maxDepth) return undefined;
  const resolved = resolveRef(type, typespace);
  switch (resolved.tag) {
    case 'Array':
    case 'String':
      return undefined;
    case 'Product':
      return resolved.elements.reduce<number | undefined>((total, element) => {
        const size = total === undefined ? undefined : fixedSize(element.type, typespace, depth + 1);
        return total === undefined || size === undefined ? undefined : total + size;
      }, 0);
    case 'Sum': {
      const sizes = new Set(resolved.variants.map((variant) => fixedSize(variant.type, typespace, depth + 1)));
      const [size] = sizes;
      return sizes.size === 1 && size !== undefined ? size + 1 : undefined;
    }
    default:
      return primitiveSize(resolved.tag);
  }
}

/** Writes one value. Throws BsatnError when the value is not of the type. */
export function writeValue(
  writer: BsatnWriter,
  type: AlgebraicType,
  value: Value,
  typespace: Typespace,
  depth = 0,
): void {
  if (depth > maxDepth) throw new BsatnError('the value is nested too deeply');
  const resolved = resolveRef(type, typespace);
  switch (resolved.tag) {
    case 'Product': {
      if (!isRecord(value)) throw mismatch(value, 'a product');
      resolved.elements.forEach((element, i) => {
        const key = memberKey(element.name, i);
        const member = value[key];
        if (member === undefined) throw new BsatnError(`field \`${key}\` is missing`);
        writeValue(writer, element.type, member, typespace, depth + 1);
      });
      return;
    }
    case 'Sum': {
      if (!isSumValue(value)) throw mismatch(value, 'a sum');
      const tag = resolved.variants.findIndex((variant, i) => memberKey(variant.name, i) === value.tag);
      const variant = resolved.variants[tag];
      if (!variant) throw new BsatnError(`\`${value.tag}\` is no variant of the sum`);
      writer.u8(tag);
      writeValue(writer, variant.type, value.value, typespace, depth + 1);
      return;
    }
    case 'Array': {
      if (value instanceof Uint8Array && resolved.element.tag === 'U8') {
        writer.bytes(value);
        return;
      }
      if (!Array.isArray(value)) throw mismatch(value, 'an array');
      writer.u32(value.length);
      for (const item of value) writeValue(writer, resolved.element, item, typespace, depth + 1);
      return;
    }
    default:
      writePrimitive(writer, resolved, value);
  }
}

type Primitive = Exclude<AlgebraicType, { tag: 'Ref' | 'Sum' | 'Product' | 'Array' }>;

function writePrimitive(writer: BsatnWriter, type: Primitive, value: Value): void {
  if (type.tag === 'String') {
    if (typeof value !== 'string') throw mismatch(value, 'a string');
    writer.string(value);
  } else if (type.tag === 'Bool') {
    if (typeof value !== 'boolean') throw mismatch(value, 'a boolean');
    writer.bool(value);
  } else if (isBigInteger(type)) {
    if (typeof value !== 'bigint') throw mismatch(value, `a bigint for ${type.tag}`);
    writer[type.tag.toLowerCase() as 'u64' | 'i64' | 'u128' | 'i128' | 'u256' | 'i256'](value);
  } else {
    if (typeof value !== 'number') throw mismatch(value, `a number for ${type.tag}`);
    writer[type.tag.toLowerCase() as 'u8' | 'i8' | 'u16' | 'i16' | 'u32' | 'i32' | 'f32' | 'f64'](value);
  }
}

const mismatch = (value: Value, expected: string): BsatnError =>
  new BsatnError(`${expected} was expected, not ${Array.isArray(value) ? 'an array' : `a ${typeof value}`}`);

const isRecord = (value: Value): value is ProductValue =>
  typeof value === 'object' && !Array.isArray(value) && !(value instanceof Uint8Array);

const isSumValue = (value: Value): value is SumValue =>
  isRecord(value) && typeof value.tag === 'string' && value.value !== undefined;

/** Bytes of a value. */
export function encodeValue(type: AlgebraicType, value: Value, typespace: Typespace): Result<Uint8Array> {
  const writer = new BsatnWriter();
  return guarded(() => {
    writeValue(writer, type, value, typespace);
    return writer.finish();
  });
}

/** The value at the start of `bytes`; bytes after it are ignored, as in the real host. */
export function decodeValue(type: AlgebraicType, bytes: Uint8Array, typespace: Typespace): Result<Value> {
  return guarded(() => readValue(new BsatnReader(bytes), type, typespace));
}

function guarded<T>(run: () => T): Result<T> {
  try {
    return ok(run());
  } catch (error) {
    if (error instanceof BsatnError) return fail(error.message);
    throw error;
  }
}
