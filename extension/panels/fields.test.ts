import { expect, test } from 'vitest';
import {
  type AlgebraicType,
  array,
  identityType,
  option,
  primitive,
  product,
  ref,
  sum,
  timestampType,
  unit,
} from '../../schema/algebraic-type.ts';
import type { ModuleDef, Reducer } from '../../schema/module-def.ts';
import { callableReducers, parseFields, reducerInfo, signature } from './fields.ts';

const colour = sum({ red: unit, green: unit });
const point = product({ x: primitive('I32'), y: option(primitive('F64')) });
const module: ModuleDef = {
  typespace: [colour, point],
  types: [
    { name: 'Colour', scope: [], ref: 0 },
    { name: 'Point', scope: [], ref: 1 },
  ],
  tables: [],
  reducers: [],
  procedures: [],
  views: [],
  rowLevelSecurity: [],
};
const reducer = (types: Record<string, AlgebraicType>, over: Partial<Reducer> = {}): Reducer => ({
  name: 'paint',
  accessor: 'paint',
  id: 0,
  params: Object.entries(types).map(([name, type]) => ({ name, type })),
  lifecycle: undefined,
  visibility: 'ClientCallable',
  ...over,
});

const paint = reducer({
  who: identityType,
  at: timestampType,
  colour: ref(0),
  name: option(primitive('String')),
  size: primitive('U8'),
  hard: primitive('Bool'),
  places: array(ref(1)),
});

test('one control per parameter, by type', () => {
  const { fields } = reducerInfo(paint, module);
  expect(fields.map((f) => [f.name, f.control, f.optional])).toEqual([
    ['who', 'text', false],
    ['at', 'text', false],
    ['colour', 'choice', false],
    ['name', 'text', true],
    ['size', 'integer', false],
    ['hard', 'checkbox', false],
    ['places', 'json', false],
  ]);
  expect(fields[2]).toMatchObject({ type: 'Colour', choices: ['red', 'green'] });
  expect(reducerInfo(reducer({ p: ref(1) }), module).fields[0]?.placeholder).toBe('{"x":0,"y":{"some":0}}');
});

test('every placeholder of a JSON control is accepted by its own field', () => {
  for (const type of [ref(1), array(ref(1)), product({ a: colour, b: primitive('U64') })]) {
    const one = reducer({ value: type });
    const placeholder = reducerInfo(one, module).fields[0]?.placeholder;
    expect(parseFields(one, [placeholder], module.typespace)).toMatchObject({ ok: true });
  }
});

test('texts become values', () => {
  const texts = ['c200'.padEnd(64, '0'), '2025-01-31T12:00:00Z', 'green', undefined, '7', 'true', '[{"x":1,"y":null}]'];
  const parsed = parseFields(paint, texts, module.typespace);
  expect(parsed).toMatchObject({ ok: true, values: [{}, {}, { tag: 'green' }, { tag: 'none' }, 7, true, [{ x: 1 }]] });
});

test('a none that came as JSON, so as null, is none', () => {
  const one = reducer({ name: option(primitive('String')), size: option(primitive('U8')) });
  const [name, size] = JSON.parse(JSON.stringify([undefined, '7'])) as (string | null)[];
  const parsed = parseFields(one, [name, size], []);
  expect(parsed).toMatchObject({ ok: true, values: [{ tag: 'none' }, { tag: 'some', value: 7 }] });
  expect(parseFields(reducer({ size: primitive('U8') }), [null], [])).toMatchObject({ ok: false });
});

test('an optional text may be the word none', () => {
  const parsed = parseFields(reducer({ name: option(primitive('String')) }), ['none'], []);
  expect(parsed).toEqual({ ok: true, values: [{ tag: 'some', value: 'none' }] });
});

test('every wrong field has its own message', () => {
  const texts = ['zz', '2025-01-31', 'blue', 'x', '300', undefined, '[]'];
  const parsed = parseFields(paint, texts, module.typespace);
  expect(parsed).toMatchObject({ ok: false });
  const wrong = parsed.ok ? [] : parsed.fieldErrors.map((message) => message !== undefined);
  expect(wrong).toEqual([true, false, true, false, true, true, false]);
});

test('lifecycle hooks and private reducers are not offered', () => {
  const reducers = [
    reducer({}, { name: 'b' }),
    reducer({}, { name: 'init', lifecycle: 'Init', visibility: 'Private' }),
    reducer({}, { name: 'tick', visibility: 'Private' }),
    reducer({ n: primitive('U8') }, { name: 'a' }),
  ];
  expect(callableReducers({ ...module, reducers }).map((r) => r.name)).toEqual(['a', 'b']);
  expect(signature(paint, module)).toContain('colour: Colour, name: option<string>');
});
