import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AlgebraicType, array, option, primitive, product, sum } from '../../../schema/algebraic-type.ts';
import { encodeValue } from '../../../schema/bsatn.ts';
import type { Value } from '../../../schema/value.ts';
import { afterAnyByte, compareKeys, type Key, keyCodec } from './key-encoding.ts';
import { LayoutCompiler } from './row-layout.ts';

function keyOf(types: AlgebraicType[], values: Value[]): Key {
  const layout = new LayoutCompiler([]).layout(types);
  const codec = keyCodec(
    types.map((_, i) => i),
    types,
    layout,
    [],
  );
  const parts = types.map((type, i) => {
    const encoded = encodeValue(type, values[i] as Value, []);
    if (!encoded.ok) throw new Error(encoded.message);
    return encoded.value;
  });
  const bytes = Buffer.concat(parts);
  const key = codec.ofRow(bytes, 0, bytes.length);
  expect(codec.ofPoint(bytes, 0, bytes.length)).toBe(key);
  return key;
}

/** Checks that keys are ordered as `compare` orders the values. */
function checkOrder<T extends Value>(
  type: AlgebraicType,
  values: fc.Arbitrary<T>,
  compare: (a: T, b: T) => number,
): void {
  fc.assert(
    fc.property(values, values, (a, b) => {
      expect(Math.sign(compareKeys(keyOf([type], [a]), keyOf([type], [b])))).toBe(Math.sign(compare(a, b)));
    }),
    { numRuns: 300 },
  );
}

const plain = <T extends number | bigint | boolean>(a: T, b: T): number => (a < b ? -1 : a > b ? 1 : 0);
const utf8Order = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));
const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom('', 'a', 'a\0', 'a\0\0', 'a\0b', 'ab', '\uffff', '\u{10000}'),
);

describe('order of keys', () => {
  it('is numeric for integers of every size', () => {
    for (const bits of [8, 16, 32] as const) {
      const top = 2 ** bits;
      checkOrder(primitive(`U${bits}`), fc.integer({ min: 0, max: top - 1 }), plain);
      checkOrder(primitive(`I${bits}`), fc.integer({ min: -top / 2, max: top / 2 - 1 }), plain);
    }
    for (const bits of [64, 128, 256] as const) {
      const top = 1n << BigInt(bits);
      checkOrder(primitive(`U${bits}`), fc.bigInt({ min: 0n, max: top - 1n }), plain);
      checkOrder(primitive(`I${bits}`), fc.bigInt({ min: -top / 2n, max: top / 2n - 1n }), plain);
    }
  });

  it('is total for floats: one zero, one NaN after infinity', () => {
    const order = (a: number, b: number): number =>
      Number.isNaN(a) || Number.isNaN(b) ? Number(Number.isNaN(a)) - Number(Number.isNaN(b)) : plain(a, b);
    checkOrder(primitive('F64'), fc.oneof(fc.double(), fc.constantFrom(0, -0, Number.NaN, Infinity, -Infinity)), order);
    checkOrder(primitive('F32'), fc.oneof(fc.float(), fc.constantFrom(0, -0, Number.NaN)), order);
  });

  it('is by UTF-8 bytes for strings, by element for arrays', () => {
    checkOrder(
      primitive('String'),
      text.filter((value) => value.isWellFormed()),
      utf8Order,
    );
    checkOrder(array(primitive('U8')), fc.uint8Array(), (a, b) => Buffer.compare(a, b));
    const numbers = fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 4 });
    checkOrder(array(primitive('U16')), numbers, (a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  });

  it('is false before true, and variant before payload for sums', () => {
    checkOrder(primitive('Bool'), fc.boolean(), plain);
    const values = fc.oneof(
      fc.record({ tag: fc.constant('some'), value: fc.integer({ min: 0, max: 9 }) }),
      fc.constant({ tag: 'none', value: {} }),
    );
    const rank = (value: { tag: string; value: unknown }): number => (value.tag === 'some' ? Number(value.value) : 100);
    checkOrder(
      option(primitive('U8')),
      values as fc.Arbitrary<{ tag: string; value: number }>,
      (a, b) => rank(a) - rank(b),
    );
    expect(
      compareKeys(
        keyOf([sum({ a: primitive('U64'), b: primitive('U8') })], [{ tag: 'a', value: 9n }]),
        keyOf([sum({ a: primitive('U64'), b: primitive('U8') })], [{ tag: 'b', value: 0 }]),
      ),
    ).toBe(-1);
  });

  it('compares several columns one after the other, and products field by field', () => {
    const types = [primitive('String'), primitive('I64'), primitive('String')];
    const row = fc
      .tuple(text, fc.bigInt({ min: -3n, max: 3n }), text)
      .filter(([a, , c]) => a.isWellFormed() && c.isWellFormed());
    const order = (a: [string, bigint, string], b: [string, bigint, string]): number =>
      utf8Order(a[0], b[0]) || plain(a[1], b[1]) || utf8Order(a[2], b[2]);
    fc.assert(
      fc.property(row, row, (a, b) => {
        expect(Math.sign(compareKeys(keyOf(types, a), keyOf(types, b)))).toBe(Math.sign(order(a, b)));
        const packed = product({
          x: types[0] as AlgebraicType,
          y: types[1] as AlgebraicType,
          z: types[2] as AlgebraicType,
        });
        const [p, q] = [a, b].map(([x, y, z]) => keyOf([packed], [{ x, y, z }]));
        expect(Math.sign(compareKeys(p as Key, q as Key))).toBe(Math.sign(order(a, b)));
      }),
    );
  });

  it('keeps every key that continues a prefix before the end of the prefix', () => {
    const types = [primitive('String'), primitive('String')];
    fc.assert(
      fc.property(text, text, text, (a, b, other) => {
        const prefix = String(keyOf([primitive('String')], [a.toWellFormed()]));
        const key = String(keyOf(types, [a.toWellFormed(), b.toWellFormed()]));
        expect(key >= prefix && key < prefix + afterAnyByte).toBe(true);
        if (other.toWellFormed() !== a.toWellFormed()) {
          const outside = String(keyOf(types, [other.toWellFormed(), b.toWellFormed()]));
          expect(outside >= prefix && outside < prefix + afterAnyByte).toBe(false);
        }
      }),
    );
  });
});
