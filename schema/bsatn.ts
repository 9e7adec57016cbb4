/**
 * BSATN, the binary form of values: little-endian, not self-describing, no padding.
 * Source: reference "module host" 4.1. Reading throws BsatnError inside; `decodeValue` is the door that does not.
 */

import { type AlgebraicType, isBigInteger, resolveRef, type Typespace } from './algebraic-type.ts';
import { BsatnError, BsatnReader, BsatnWriter } from './bsatn-io.ts';
import { fail, ok, type Result } from './result.ts';
import { memberKey, type ProductValue, type SumValue, type Value } from './value.ts';

export { BsatnError, BsatnReader, BsatnWriter };

/** Deeper values than this are refused rather than exhausting the stack. */
const maxDepth = 500;

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
        const before = reader.offset;
        items.push(readValue(reader, resolved.element, typespace, depth + 1));
        if (reader.offset === before) reader.countEmptyItem();
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
