import { BinaryReader, ProductType } from 'spacetimedb';
import { expect, test } from 'vitest';
import {
  type AlgebraicType,
  array,
  identityType,
  option,
  primitive,
  product,
  ref,
  result,
  scheduleAtType,
  sum,
  type Typespace,
  timestampType,
  unit,
} from '../../schema/algebraic-type.ts';
import { encodeValue } from '../../schema/bsatn.ts';
import type { ModuleDef, Table } from '../../schema/module-def.ts';
import type { Value } from '../../schema/value.ts';
import { readRow, toSdkModule } from './sdk-types.ts';

const hostile = 'x = 1; globalThis.broken = true; //';
const types: AlgebraicType[] = [
  primitive('U64'),
  identityType,
  timestampType,
  option(primitive('String')),
  option(option(primitive('U8'))),
  result(primitive('String'), primitive('U32')),
  scheduleAtType,
  array(primitive('U8')),
  array(ref(1)),
  ref(2),
  product({ [hostile]: primitive('Bool'), __proto__x: unit }),
];
/** 1: an enum with hostile names; 2: a tree of itself. */
const typespace: Typespace = [
  product({}),
  sum({ [hostile]: unit, constructor: primitive('I128') }),
  product({ name: primitive('String'), children: array(ref(2)) }),
];
const table: Table = {
  name: 't"; DROP',
  accessor: 't',
  position: 0,
  rowTypeRef: 0,
  columns: types.map((type, position) => ({
    name: position === 0 ? hostile : `c${position}`,
    accessor: `c${position}`,
    position,
    type,
    defaultValue: undefined,
  })),
  primaryKey: 0,
  indexes: [],
  constraints: [],
  sequences: [],
  schedule: undefined,
  isPublic: true,
  isEvent: false,
};
const module: ModuleDef = {
  typespace: [...typespace],
  types: [],
  tables: [table],
  reducers: [],
  procedures: [],
  views: [],
  rowLevelSecurity: [],
};

const object = (fields: Record<string, Value>): Value => Object.assign(Object.create(null), fields);
const values: Value[] = [
  2n ** 63n,
  object({ __identity__: 5n }),
  object({ __timestamp_micros_since_unix_epoch__: -1n }),
  { tag: 'some', value: 'Ada' },
  { tag: 'some', value: { tag: 'none', value: object({}) } },
  { tag: 'err', value: 7 },
  { tag: 'Interval', value: object({ __time_duration_micros__: 9n }) },
  Uint8Array.of(1, 2),
  [
    { tag: hostile, value: object({}) },
    { tag: 'constructor', value: -3n },
  ],
  object({ name: 'root', children: [object({ name: 'leaf', children: [] })] }),
  object({ [hostile]: true, __proto__x: object({}) }),
];

test('rows survive the way through the SDK, whatever the names are', () => {
  const sdk = toSdkModule(module);
  const rowType = sdk.tables.get(table.name)?.rowType;
  if (!rowType) throw new Error('no row type');
  const type = product(Object.fromEntries(types.map((t, i) => [`c${i}`, t])));
  const encoded = encodeValue(type, object(Object.fromEntries(values.map((v, i) => [`c${i}`, v]))), typespace);
  if (!encoded.ok) throw new Error(encoded.message);
  const row = ProductType.makeDeserializer(rowType)(new BinaryReader(encoded.value));
  expect(readRow(row, table.columns, typespace)).toEqual(values);
  expect('broken' in globalThis).toBe(false);
});

test('no name of the module reaches the SDK, except the table names of the wire', () => {
  const names = JSON.stringify(toSdkModule(module).remoteModule).match(/"(name|accessorName)":"[^"]*"/g) ?? [];
  expect(names.length).toBeGreaterThan(10);
  expect(names.filter((name) => !/:"[tfv]\d+"$/.test(name))).toEqual([]);
});
