/**
 * Size and alignment of a stored value, which decide whether an enum may grow in place.
 * Source: reference "module host" 6.5.
 */
import { type AlgebraicType, resolveRef, type Typespace } from './algebraic-type.ts';

export interface Layout {
  size: number;
  align: number;
}

const roundUp = (size: number, align: number): number => Math.ceil(size / align) * align;

/** Bytes. Recursive types only recur through arrays and strings, whose layout does not look inside. */
export function layoutOf(type: AlgebraicType, typespace: Typespace, depth = 0): Layout {
  const resolved = resolveRef(type, typespace);
  if (depth > 200) return { size: 0, align: 1 };
  switch (resolved.tag) {
    case 'String':
    case 'Array':
      return { size: 4, align: 2 };
    case 'Product': {
      let size = 0;
      let align = 1;
      for (const element of resolved.elements) {
        const field = layoutOf(element.type, typespace, depth + 1);
        size = roundUp(size, field.align) + field.size;
        align = Math.max(align, field.align);
      }
      return { size: roundUp(size, align), align };
    }
    case 'Sum': {
      const payloads = resolved.variants.map((variant) => layoutOf(variant.type, typespace, depth + 1));
      const align = Math.max(1, ...payloads.map((payload) => payload.align));
      const size = roundUp(Math.max(0, ...payloads.map((payload) => payload.size)), align);
      return { size: align + size, align };
    }
    case 'Bool':
      return { size: 1, align: 1 };
    default: {
      const bytes = Number(resolved.tag.slice(1)) / 8;
      return { size: bytes, align: bytes };
    }
  }
}
