import { expect, test } from 'vitest';
import { type AlgebraicType, option, primitive, timestampType } from '../../schema/algebraic-type.ts';
import type { Column } from '../../schema/module-def.ts';
import type { Value } from '../../schema/value.ts';
import { formatValue } from '../../schema/value-text.ts';
import { type RowFormat, RowStore } from './row-store.ts';

type Raw = readonly Value[];
const types: AlgebraicType[] = [primitive('U64'), option(primitive('String')), timestampType];
const columns = types.map(
  (type, position): Column => ({
    name: `c${position}`,
    accessor: `c${position}`,
    position,
    type,
    defaultValue: undefined,
  }),
);
const format: RowFormat<Raw> = {
  columns,
  keyOf: (row) => String(row[0]),
  valuesOf: (row) => row,
  textsOf: (values) => values.map((value, i) => formatValue(types[i] as AlgebraicType, value, [])),
};
const row = (id: bigint, name?: string, micros = 0n): Raw => [
  id,
  name === undefined ? { tag: 'none', value: {} } : { tag: 'some', value: name },
  { __timestamp_micros_since_unix_epoch__: micros },
];
const all = { offset: 0, limit: 100, sort: undefined, filter: '' };
const keys = (store: RowStore<Raw>, query = {}) => store.window({ ...all, ...query }).rows.map((r) => r.key);

test('initial rows carry no mark, later ones do, with their age', () => {
  let now = 1000;
  const store = new RowStore(format, () => now);
  store.replaceAll([row(1n, 'Ada')]);
  store.insert(row(2n, 'Bob'));
  now += 50;
  store.update(row(1n, 'Ada'), row(1n, 'Ada L.'));
  now += 10;
  expect(store.window(all).rows.map((r) => [r.cells[1], r.change, r.ageMs])).toEqual([
    ['Ada L.', 'update', 10],
    ['Bob', 'insert', 60],
  ]);
  now += 3950;
  expect(store.window(all).rows.map((r) => r.change)).toEqual(['update', undefined]);
});

test('sorts numbers as numbers, none first, ties by arrival', () => {
  const store = new RowStore(format);
  store.replaceAll([row(10n, 'b'), row(9n), row(100n, 'a'), row(2n, 'a')]);
  expect(keys(store, { sort: { column: 0, descending: false } })).toEqual(['2', '9', '10', '100']);
  expect(keys(store, { sort: { column: 0, descending: true } })).toEqual(['100', '10', '9', '2']);
  expect(keys(store, { sort: { column: 1, descending: false } })).toEqual(['9', '100', '2', '10']);
});

test('sorts by time', () => {
  const store = new RowStore(format);
  store.replaceAll([row(1n, 'x', 5n), row(2n, 'x', -5n)]);
  expect(keys(store, { sort: { column: 2, descending: false } })).toEqual(['2', '1']);
});

test('filters any cell without regard to case, and windows what is left', () => {
  const store = new RowStore(format);
  store.replaceAll(Array.from({ length: 20 }, (_, i) => row(BigInt(i), i % 2 ? 'Odd' : 'even')));
  const window = store.window({ ...all, filter: 'oDD', offset: 3, limit: 2 });
  expect(window).toMatchObject({ matching: 10, total: 20, offset: 3 });
  expect(window.rows.map((r) => r.key)).toEqual(['7', '9']);
});

test('a window past the end moves back, and never grows beyond its limit', () => {
  const store = new RowStore(format);
  store.replaceAll(Array.from({ length: 2000 }, (_, i) => row(BigInt(i))));
  expect(store.window({ ...all, offset: 1_000_000, limit: 10 })).toMatchObject({ offset: 1990 });
  expect(store.window({ ...all, limit: 10_000 }).rows).toHaveLength(500);
});

test('an update that changes the key moves the row instead of doubling it', () => {
  const store = new RowStore(format);
  store.replaceAll([row(1n), row(2n)]);
  store.update(row(1n), row(3n));
  expect(keys(store)).toEqual(['3', '2']);
  store.remove(row(3n));
  expect(keys(store)).toEqual(['2']);
});

test('rows survive until fresh ones replace them at once', () => {
  const store = new RowStore(format);
  store.replaceAll([row(1n), row(2n)]);
  store.insert(row(3n));
  store.stale = true;
  expect(store.total).toBe(3);
  store.replaceAll([row(3n), row(4n)]);
  expect(store.stale).toBe(false);
  expect(store.window(all).rows.map((r) => [r.key, r.change])).toEqual([
    ['3', undefined],
    ['4', undefined],
  ]);
});

test('events are kept although equal, and the oldest make room', () => {
  const store = new RowStore(format);
  for (let i = 0; i < 1005; i++) store.addEvent(row(1n));
  expect(store.total).toBe(1000);
});
