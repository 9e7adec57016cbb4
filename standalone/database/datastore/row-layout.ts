/** Walks over stored rows: checks their bytes against the row type and finds where columns begin. */
import { isUtf8 } from 'node:buffer';
import { type AlgebraicType, resolveRef, type Typespace } from '../../../schema/algebraic-type.ts';
import { BsatnError, fixedSize } from '../../../schema/bsatn.ts';

/** A place in a buffer; `end` is the first byte that does not belong to the value. */
export interface Cursor {
  bytes: Buffer;
  offset: number;
  end: number;
  /** How many refs lead here; kept in the cursor so that a walk that is stopped leaves nothing behind. */
  depth?: number;
}

/** Moves past one value. Throws BsatnError on malformed bytes. */
export type Skipper = (cursor: Cursor) => void;

export interface RowLayout {
  /** Bytes of every row; undefined when rows differ. */
  readonly size: number | undefined;
  /** Checks a row that starts at the cursor and moves behind it. Throws BsatnError. */
  readonly check: Skipper;
  /** Offset of a column in the row that begins at `start`. */
  locate(bytes: Buffer, start: number, end: number, column: number): number;
}

const maxDepth = 500;

function advance(cursor: Cursor, size: number): number {
  const start = cursor.offset;
  if (size > cursor.end - start)
    throw new BsatnError(`${size} bytes expected, but only ${cursor.end - start} are left`);
  cursor.offset = start + size;
  return start;
}

/** Whether any bytes of the right length are a value, so that a length check is all there is to check. */
function acceptsAnyBytes(type: AlgebraicType, typespace: Typespace, depth = 0): boolean {
  const resolved = resolveRef(type, typespace);
  if (depth > maxDepth) return false;
  if (resolved.tag === 'Product') {
    return resolved.elements.every((element) => acceptsAnyBytes(element.type, typespace, depth + 1));
  }
  return !['Sum', 'Array', 'String', 'Bool'].includes(resolved.tag);
}

/** Compiles types to skippers; one per typespace, so that recursive types end in a lookup. */
export class LayoutCompiler {
  readonly #typespace: Typespace;
  readonly #refs = new Map<number, Skipper>();

  constructor(typespace: Typespace) {
    this.#typespace = typespace;
  }

  skipper(type: AlgebraicType): Skipper {
    if (type.tag === 'Ref') return this.#refSkipper(type.ref);
    const size = fixedSize(type, this.#typespace);
    if (size !== undefined && acceptsAnyBytes(type, this.#typespace)) {
      return (cursor) => {
        advance(cursor, size);
      };
    }
    switch (type.tag) {
      case 'Product': {
        const parts = type.elements.map((element) => this.skipper(element.type));
        return (cursor) => {
          for (const part of parts) part(cursor);
        };
      }
      case 'Sum':
        return this.#sumSkipper(type.variants.map((variant) => this.skipper(variant.type)));
      case 'Array':
        return this.#arraySkipper(type.element);
      case 'String':
        return skipString;
      default:
        return skipBool;
    }
  }

  #refSkipper(ref: number): Skipper {
    const known = this.#refs.get(ref);
    if (known) return known;
    let target: Skipper | undefined;
    const skip: Skipper = (cursor) => {
      cursor.depth = (cursor.depth ?? 0) + 1;
      if (cursor.depth > maxDepth) throw new BsatnError('the value is nested too deeply');
      target ??= this.skipper(resolveRef({ tag: 'Ref', ref }, this.#typespace));
      target(cursor);
      cursor.depth--;
    };
    this.#refs.set(ref, skip);
    return skip;
  }

  #sumSkipper(variants: Skipper[]): Skipper {
    return (cursor) => {
      const tag = cursor.bytes[advance(cursor, 1)] as number;
      const variant = variants[tag];
      if (!variant) throw new BsatnError(`${tag} is no variant of a sum of ${variants.length}`);
      variant(cursor);
    };
  }

  #arraySkipper(element: AlgebraicType): Skipper {
    const size = fixedSize(element, this.#typespace);
    if (size !== undefined && acceptsAnyBytes(element, this.#typespace)) {
      return (cursor) => {
        const count = cursor.bytes.readUInt32LE(advance(cursor, 4));
        advance(cursor, count * size);
      };
    }
    const skip = this.skipper(element);
    return (cursor) => {
      const count = cursor.bytes.readUInt32LE(advance(cursor, 4));
      for (let i = 0; i < count; i++) skip(cursor);
    };
  }

  layout(columns: readonly AlgebraicType[]): RowLayout {
    const skippers = columns.map((type) => this.skipper(type));
    const sizes = columns.map((type) => fixedSize(type, this.#typespace));
    // Offset of each column that only fixed columns precede.
    const offsets: number[] = [0];
    for (const size of sizes) {
      if (size === undefined) break;
      offsets.push((offsets.at(-1) as number) + size);
    }
    const allFixed = offsets.length === columns.length + 1;
    return {
      size: allFixed ? offsets.at(-1) : undefined,
      check: this.skipper({ tag: 'Product', elements: columns.map((type) => ({ name: undefined, type })) }),
      locate(bytes, start, end, column) {
        const fixed = offsets[column];
        if (fixed !== undefined) return start + fixed;
        const cursor = { bytes, offset: start + (offsets.at(-1) as number), end };
        for (let i = offsets.length - 1; i < column; i++) (skippers[i] as Skipper)(cursor);
        return cursor.offset;
      },
    };
  }
}

function skipString(cursor: Cursor): void {
  const size = cursor.bytes.readUInt32LE(advance(cursor, 4));
  const start = advance(cursor, size);
  if (!isUtf8(cursor.bytes.subarray(start, start + size))) throw new BsatnError('a string is not valid UTF-8');
}

function skipBool(cursor: Cursor): void {
  const value = cursor.bytes[advance(cursor, 1)] as number;
  if (value > 1) throw new BsatnError(`${value} is not a boolean`);
}
