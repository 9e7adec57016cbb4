/** Binary, JSON and text forms of values agree with each other on random types and values. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  type AlgebraicType,
  array,
  connectionIdType,
  identityType,
  integerRange,
  isBigInteger,
  option,
  primitive,
  product,
  ref,
  result,
  scheduleAtType,
  sum,
  timeDurationType,
  timestampType,
  unit,
  uuidType,
} from './algebraic-type.ts';
import { BsatnReader, decodeValue, encodeValue, fixedSize, skipValue } from './bsatn.ts';
import { parseJson, stringifyJson, valueFromJson, valueToJson } from './sats-json.ts';
import { formatType } from './type-text.ts';
import type { Value } from './value.ts';
import { formatValue, parseValueText } from './value-text.ts';

const integers = ['8', '16', '32', '64', '128', '256'].flatMap((bits) => [`I${bits}`, `U${bits}`] as const);
const primitives = [...integers, 'String', 'Bool', 'F64'].map((tag) => primitive(tag as 'U8'));
const names = ['a', 'b', '__proto__', 'constructor', 'größe', 'x y'];
const specials = [identityType, connectionIdType, timestampType, timeDurationType, uuidType, scheduleAtType, unit];

const { type: typeArbitrary } = fc.letrec<{ type: AlgebraicType }>((tie) => ({
  type: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom<AlgebraicType>(...primitives, ...specials),
    tie('type').map(array),
    tie('type').map(option),
    fc.tuple(tie('type'), tie('type')).map(([okType, errType]) => result(okType, errType)),
    members(tie('type')).map((elements) => ({ tag: 'Product' as const, elements })),
    members(tie('type')).map((variants) => ({ tag: 'Sum' as const, variants })),
  ),
}));

function members(type: fc.Arbitrary<AlgebraicType>) {
  return fc
    .uniqueArray(fc.constantFrom(...names), { minLength: 1, maxLength: 4 })
    .chain((keys) => fc.tuple(...keys.map((name) => type.map((t) => ({ name, type: t })))));
}

function valueArbitrary(type: AlgebraicType): fc.Arbitrary<Value> {
  const range = integerRange(type);
  if (range) {
    const big = fc.bigInt(range);
    return isBigInteger(type) ? big : big.map(Number);
  }
  switch (type.tag) {
    case 'String':
      return fc.string({ unit: 'binary' }).map((s) => s.toWellFormed());
    case 'Bool':
      return fc.boolean();
    case 'F64':
      return fc.double({ noNaN: true, noDefaultInfinity: true });
    case 'Array':
      if (type.element.tag === 'U8') return fc.uint8Array({ maxLength: 8 });
      return fc.array(valueArbitrary(type.element), { maxLength: 4 });
    case 'Sum':
      return fc
        .nat(type.variants.length - 1)
        .chain((i) =>
          valueArbitrary(type.variants[i]?.type ?? unit).map((value) => ({ tag: type.variants[i]?.name ?? '', value })),
        );
    case 'Product':
      return fc.tuple(...type.elements.map((e) => valueArbitrary(e.type))).map((fields) => {
        const object: Record<string, Value> = Object.create(null);
        type.elements.forEach((element, i) => {
          object[element.name ?? ''] = fields[i] as Value;
        });
        return object;
      });
    default:
      throw new Error(`no values of ${type.tag}`);
  }
}

const typed = typeArbitrary.chain((type) => valueArbitrary(type).map((value) => ({ type, value })));

test('BSATN gives back what was written, and skipping moves as far as reading', () => {
  fc.assert(
    fc.property(typed, ({ type, value }) => {
      const encoded = encodeValue(type, value, []);
      if (!encoded.ok) throw new Error(encoded.message);
      expect(decodeValue(type, encoded.value, [])).toEqual({ ok: true, value });
      const reader = new BsatnReader(encoded.value);
      skipValue(reader, type, []);
      expect(reader.remaining).toBe(0);
      const size = fixedSize(type, []);
      if (size !== undefined) expect(encoded.value.length).toBe(size);
    }),
  );
});

test('both JSON styles give back what was written', () => {
  fc.assert(
    fc.property(typed, fc.constantFrom('typed' as const, 'untyped' as const), ({ type, value }, style) => {
      const json = parseJson(stringifyJson(valueToJson(type, value, [], style)));
      if (!json.ok) throw new Error(json.message);
      const read = valueFromJson(type, json.value, []);
      if (!read.ok) throw new Error(read.message);
      // -0 is written as 0 in JSON; bytes decide equality of everything else.
      expect(stringifyJson(valueToJson(type, read.value, [], style))).toBe(
        stringifyJson(valueToJson(type, value, [], style)),
      );
    }),
  );
});

test('damaged bytes are refused or read, never a crash', () => {
  fc.assert(
    fc.property(typeArbitrary, fc.uint8Array({ maxLength: 40 }), (type, bytes) => {
      expect(typeof decodeValue(type, bytes, []).ok).toBe('boolean');
    }),
  );
});

test('billions of items without bytes are refused, alone and nested', () => {
  const manyUnits = Uint8Array.of(0xff, 0xff, 0xff, 0xff, 1, 2, 3);
  expect(decodeValue(array(unit), manyUnits, [])).toMatchObject({ ok: false });
  expect(decodeValue(array(array(unit)), Uint8Array.of(2, 0, 0, 0, ...manyUnits), [])).toMatchObject({ ok: false });
  expect(decodeValue(array(unit), Uint8Array.of(3, 0, 0, 0), [])).toMatchObject({ ok: true });
});

test('what a form shows, a form accepts', () => {
  const forms = [...primitives, identityType, connectionIdType, timestampType, timeDurationType, uuidType];
  fc.assert(
    fc.property(
      fc.constantFrom<AlgebraicType>(...forms).chain((type) => valueArbitrary(type).map((value) => ({ type, value }))),
      ({ type, value }) => {
        const text = formatValue(type, value, []);
        if (text.endsWith('µs') || /^[-+]\d{6}-/.test(text)) return; // beyond year 9999: shown, not entered
        const parsed = parseValueText(type, text, []);
        expect(parsed.ok && formatValue(type, parsed.value, [])).toBe(text);
      },
    ),
  );
});

test('texts of special values', () => {
  const read = (type: AlgebraicType, text: string): string => {
    const parsed = parseValueText(type, text, []);
    return parsed.ok ? formatValue(type, parsed.value, []) : parsed.message;
  };
  expect(read(timestampType, '2025-01-31')).toBe('2025-01-31T00:00:00.000000Z');
  expect(read(timestampType, '1969-12-31T23:59:59.999999Z')).toBe('1969-12-31T23:59:59.999999Z');
  expect(read(timeDurationType, '250 ms')).toBe('0.25 s');
  expect(read(identityType, '0xc200')).toBe(`${'0'.repeat(60)}c200`);
  expect(read(identityType, 'c200')).toMatch(/64 hex digits/);
  expect(read(primitive('U8'), '256')).toMatch(/from 0 to 255/);
  expect(read(option(primitive('U8')), 'none')).toBe('none');
  expect(read(sum({ Low: unit, High: unit }), 'High')).toBe('High');
  expect(read(array(primitive('U32')), '[1, 2]')).toBe('[1, 2]');
  expect(read(array(primitive('U32')), '[1, -2]')).toMatch(/value\[1\] must be between 0/);
});

test('recursive types through refs', () => {
  const tree = product({ label: primitive('String'), children: array(ref(0)) });
  const json = { label: 'root', children: [{ label: 'leaf', children: [] }] };
  const value = valueFromJson(ref(0), json, [tree]);
  if (!value.ok) throw new Error(value.message);
  const encoded = encodeValue(ref(0), value.value, [tree]);
  expect(encoded.ok && decodeValue(ref(0), encoded.value, [tree])).toEqual(value);
  expect(formatType(ref(0), [tree], [{ name: 'Tree', scope: [], ref: 0 }])).toBe('Tree');
});

test('64-bit integers in JSON keep every digit', () => {
  const json = parseJson('{"big":18446744073709551615,"small":7,"float":1e30}');
  expect(json).toEqual({ ok: true, value: { big: 18446744073709551615n, small: 7, float: 1e30 } });
  expect(json.ok && stringifyJson(json.value)).toBe('{"big":18446744073709551615,"small":7,"float":1e+30}');
  expect(parseJson('{').ok).toBe(false);
});
