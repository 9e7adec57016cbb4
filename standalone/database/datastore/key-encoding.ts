/**
 * Index keys: comparable forms of column values. A key is a number for one column of at most 32 bits, else bytes
 * (as ByteString) whose plain comparison gives the order of the values; every encoded column ends itself, so that
 * concatenated columns compare column by column and a prefix of columns is a prefix of the key.
 * Order of values: reference "module host" 4.4.
 */
import { type AlgebraicType, resolveRef, type Typespace } from '../../../schema/algebraic-type.ts';
import { type ByteString, toByteString } from './byte-string.ts';
import { ByteWriter } from './byte-writer.ts';
import { type Cursor, LayoutCompiler, type RowLayout } from './row-layout.ts';

export type Key = number | ByteString;

/** Greater than every key that continues the same bytes: a code unit that no byte has. */
export const afterAnyByte = '\u0100';

export const compareKeys = (a: Key, b: Key): number => (a < b ? -1 : a > b ? 1 : 0);

/** Reads one value at the cursor and appends its comparable bytes. The value has been checked before. */
type Encoder = (cursor: Cursor, out: ByteWriter) => void;

class KeyCompiler {
  readonly #typespace: Typespace;
  readonly #refs = new Map<number, Encoder>();

  constructor(typespace: Typespace) {
    this.#typespace = typespace;
  }

  encoder(type: AlgebraicType): Encoder {
    switch (type.tag) {
      case 'Ref':
        return this.#refEncoder(type.ref);
      case 'Product': {
        const parts = type.elements.map((element) => this.encoder(element.type));
        return (cursor, out) => {
          for (const part of parts) part(cursor, out);
        };
      }
      case 'Sum': {
        const variants = type.variants.map((variant) => this.encoder(variant.type));
        return (cursor, out) => {
          const tag = cursor.bytes[cursor.offset++] as number;
          out.u8(tag);
          variants[tag]?.(cursor, out);
        };
      }
      case 'Array':
        return type.element.tag === 'U8' ? encodeByteSequence : this.#arrayEncoder(type.element);
      case 'String':
        return encodeByteSequence;
      case 'Bool':
        return integerEncoder(1, false);
      case 'F32':
        return floatEncoder(4);
      case 'F64':
        return floatEncoder(8);
      default:
        return integerEncoder(Number(type.tag.slice(1)) / 8, type.tag.startsWith('I'));
    }
  }

  #refEncoder(ref: number): Encoder {
    const known = this.#refs.get(ref);
    if (known) return known;
    let target: Encoder | undefined;
    const encode: Encoder = (cursor, out) => {
      target ??= this.encoder(resolveRef({ tag: 'Ref', ref }, this.#typespace));
      target(cursor, out);
    };
    this.#refs.set(ref, encode);
    return encode;
  }

  #arrayEncoder(element: AlgebraicType): Encoder {
    const encode = this.encoder(element);
    return (cursor, out) => {
      const count = cursor.bytes.readUInt32LE(cursor.offset);
      cursor.offset += 4;
      for (let i = 0; i < count; i++) {
        out.u8(1);
        encode(cursor, out);
      }
      out.u8(0);
    };
  }

  /** Reader of a number key when the type is small enough for one. */
  smallInteger(type: AlgebraicType): ((bytes: Buffer, offset: number) => number) | undefined {
    const resolved = resolveRef(type, this.#typespace);
    switch (resolved.tag) {
      case 'Bool':
      case 'U8':
        return (bytes, offset) => bytes.readUInt8(offset);
      case 'I8':
        return (bytes, offset) => bytes.readInt8(offset);
      case 'U16':
        return (bytes, offset) => bytes.readUInt16LE(offset);
      case 'I16':
        return (bytes, offset) => bytes.readInt16LE(offset);
      case 'U32':
        return (bytes, offset) => bytes.readUInt32LE(offset);
      case 'I32':
        return (bytes, offset) => bytes.readInt32LE(offset);
      default:
        return undefined;
    }
  }
}

function integerEncoder(size: number, signed: boolean): Encoder {
  const flip = signed ? 0x80 : 0;
  return moving(size, ({ bytes, offset }, out) => {
    const at = out.reserve(size);
    for (let i = 0; i < size; i++) out.buffer[at + i] = bytes[offset + size - 1 - i] as number;
    out.buffer[at] = (out.buffer[at] as number) ^ flip;
  });
}

/** Wraps encoders of fixed size so that they move the cursor. */
function moving(size: number, encode: Encoder): Encoder {
  return (cursor, out) => {
    encode(cursor, out);
    cursor.offset += size;
  };
}

function floatEncoder(size: 4 | 8): Encoder {
  return moving(size, ({ bytes, offset }, out) => {
    const value = size === 4 ? bytes.readFloatLE(offset) : bytes.readDoubleLE(offset);
    const at = out.reserve(size);
    // Both zeros are one key and all NaNs are one key, after infinity.
    const canonical = value === 0 ? 0 : Number.isNaN(value) ? Number.NaN : value;
    if (size === 4) out.buffer.writeFloatBE(canonical, at);
    else out.buffer.writeDoubleBE(canonical, at);
    if (Number.isNaN(value)) out.buffer.fill(0xff, at, at + size);
    else if (canonical < 0) for (let i = 0; i < size; i++) out.buffer[at + i] = ~(out.buffer[at + i] as number) & 0xff;
    else out.buffer[at] = (out.buffer[at] as number) | 0x80;
  });
}

/** Length-prefixed bytes; a zero byte becomes 0 255 and the end is 0 0, so that a shorter prefix comes first. */
function encodeByteSequence(cursor: Cursor, out: ByteWriter): void {
  const size = cursor.bytes.readUInt32LE(cursor.offset);
  const start = cursor.offset + 4;
  for (let i = start; i < start + size; i++) {
    const byte = cursor.bytes[i] as number;
    out.u8(byte);
    if (byte === 0) out.u8(0xff);
  }
  out.u16(0);
  cursor.offset = start + size;
}

/** How an index turns rows and probes into keys. */
export interface KeyCodec {
  /** Key of the row in `bytes` from `start` to `end`. */
  ofRow(bytes: Buffer, start: number, end: number): Key;
  /** Key of the concatenated column values that a point scan gives. Throws BsatnError. */
  ofPoint(bytes: Buffer, start: number, end: number): Key;
  /** Comparable bytes of `count` columns from index position `first` on, read at the cursor. Throws BsatnError. */
  ofColumns(cursor: Cursor, first: number, count: number): Key;
  /** Number keys cannot be prefixes. */
  readonly numeric: boolean;
}

/** Keys of an index over `columns` (positions) of a table with these column types. */
export function keyCodec(
  columns: readonly number[],
  types: readonly AlgebraicType[],
  layout: RowLayout,
  typespace: Typespace,
): KeyCodec {
  const keyTypes = columns.map((column) => types[column] as AlgebraicType);
  const compiler = new KeyCompiler(typespace);
  const checks = keyTypes.map((type) => new LayoutCompiler(typespace).skipper(type));
  const check = (cursor: Cursor, first: number, count: number): void => {
    const { offset } = cursor;
    for (let i = first; i < first + count; i++) checks[i]?.(cursor);
    cursor.offset = offset;
  };
  const small = keyTypes.length === 1 ? compiler.smallInteger(keyTypes[0] as AlgebraicType) : undefined;
  if (small) return numericCodec(columns[0] as number, layout, small, check);
  return bytesCodec(columns, keyTypes, layout, compiler, check);
}

type Check = (cursor: Cursor, first: number, count: number) => void;

function numericCodec(
  column: number,
  layout: RowLayout,
  read: (bytes: Buffer, offset: number) => number,
  check: Check,
): KeyCodec {
  return {
    numeric: true,
    ofRow: (bytes, start, end) => read(bytes, layout.locate(bytes, start, end, column)),
    ofPoint(bytes, start, end) {
      check({ bytes, offset: start, end }, 0, 1);
      return read(bytes, start);
    },
    ofColumns(cursor, first, count) {
      check(cursor, first, count);
      return count === 0 ? '' : read(cursor.bytes, cursor.offset);
    },
  };
}

function bytesCodec(
  columns: readonly number[],
  types: readonly AlgebraicType[],
  layout: RowLayout,
  compiler: KeyCompiler,
  check: Check,
): KeyCodec {
  const encoders = types.map((type) => compiler.encoder(type));
  const scratch = new ByteWriter();
  const finish = (): ByteString => toByteString(scratch.buffer, 0, scratch.length);
  const cursor: Cursor = { bytes: scratch.buffer, offset: 0, end: 0 };
  return {
    numeric: false,
    ofRow(bytes, start, end) {
      scratch.reset();
      cursor.bytes = bytes;
      for (let i = 0; i < columns.length; i++) {
        cursor.offset = layout.locate(bytes, start, end, columns[i] as number);
        (encoders[i] as Encoder)(cursor, scratch);
      }
      return finish();
    },
    ofPoint(bytes, start, end) {
      return this.ofColumns({ bytes, offset: start, end }, 0, columns.length);
    },
    ofColumns(at, first, count) {
      check(at, first, count);
      scratch.reset();
      for (let i = first; i < first + count; i++) (encoders[i] as Encoder)(at, scratch);
      return finish();
    },
  };
}
