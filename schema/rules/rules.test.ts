/** Rules seen on definitions, as a built module describes itself; what text can break is specified in language-server/specs. */
import { expect, test } from 'vitest';
import { type AlgebraicType, identityType, primitive, product, ref, scheduleAtType, unit } from '../algebraic-type.ts';
import { emptyRawModuleDef, type RawModuleDef, type RawReducerDef, type RawTableDef } from '../raw-module-def.ts';
import { checkModule, publishRefusals, rules } from './index.ts';

const reducer = (sourceName: string, params: Record<string, AlgebraicType> = {}): RawReducerDef => ({
  sourceName,
  params: [...product(params).elements],
  visibility: 'ClientCallable',
  okReturnType: unit,
  errReturnType: primitive('String'),
});

function addTable(raw: RawModuleDef, sourceName: string, columns: Record<string, AlgebraicType>): RawTableDef {
  const def: RawTableDef = {
    sourceName,
    productTypeRef: raw.typespace.push(product(columns)) - 1,
    primaryKey: [],
    indexes: [],
    constraints: [],
    sequences: [],
    tableType: 'User',
    tableAccess: 'Public',
    defaultValues: [],
    isEvent: false,
  };
  raw.types.push({ scope: [], sourceName: `${sourceName}Row`, ref: def.productTypeRef, customOrdering: true });
  raw.tables.push(def);
  return def;
}

function define(fill: (raw: RawModuleDef) => void): RawModuleDef {
  const raw = emptyRawModuleDef();
  fill(raw);
  return raw;
}

const found = (raw: RawModuleDef): string[] => checkModule(raw).map(({ rule, at }) => `${rule} ${at.join('/')}`);

function timers(fill: (raw: RawModuleDef, table: RawTableDef) => void): RawModuleDef {
  return define((raw) => {
    const table = addTable(raw, 'timer', { id: primitive('U64'), at: scheduleAtType });
    table.primaryKey = [0];
    fill(raw, table);
  });
}
const schedule = (functionName: string, scheduleAtColumn = 1) => ({
  sourceName: undefined,
  tableName: 'timer',
  scheduleAtColumn,
  functionName,
});

test.each([
  [
    'a default of too few bytes',
    define((raw) => {
      addTable(raw, 'a', { n: primitive('U64') }).defaultValues = [{ column: 0, value: Uint8Array.of(0, 0, 0, 0) }];
    }),
    ['default-type-mismatch tables/0/columns/0/default'],
  ],
  [
    'a default that is no boolean',
    define((raw) => {
      addTable(raw, 'a', { b: primitive('Bool') }).defaultValues = [{ column: 0, value: Uint8Array.of(7) }];
    }),
    ['default-type-mismatch tables/0/columns/0/default'],
  ],
  [
    'a right default',
    define((raw) => {
      addTable(raw, 'a', { n: primitive('U16') }).defaultValues = [{ column: 0, value: Uint8Array.of(1, 0) }];
    }),
    [],
  ],
  [
    'init with a parameter',
    define((raw) => {
      raw.reducers.push(reducer('boot', { seed: primitive('U64') }));
      raw.lifecycleReducers.push({ lifecycle: 'Init', functionName: 'boot' });
    }),
    ['lifecycle-with-params reducers/0/params/0'],
  ],
  [
    'a connect hook with a parameter',
    define((raw) => {
      raw.reducers.push(reducer('other', { n: primitive('U8') }), reducer('hello', { who: identityType }));
      raw.lifecycleReducers.push({ lifecycle: 'OnConnect', functionName: 'hello' });
    }),
    ['lifecycle-with-params reducers/1/params/0'],
  ],
  [
    'init without parameters',
    define((raw) => {
      raw.reducers.push(reducer('boot'));
      raw.lifecycleReducers.push({ lifecycle: 'Init', functionName: 'boot' });
    }),
    [],
  ],
  [
    'lifecycle hooks in a submodule',
    define((raw) => {
      const module = define((inner) => {
        inner.reducers.push(reducer('boot'), reducer('bye'));
        inner.lifecycleReducers.push(
          { lifecycle: 'Init', functionName: 'boot' },
          { lifecycle: 'OnDisconnect', functionName: 'bye' },
        );
      });
      raw.submodules.push({ namespace: 'lib', module });
    }),
    [
      'lifecycle-in-submodule submodules/0/module/lifecycleReducers/0',
      'lifecycle-in-submodule submodules/0/module/lifecycleReducers/1',
    ],
  ],
  [
    'two primary keys in a submodule',
    define((raw) => {
      const module = define((inner) => {
        addTable(inner, 'a', { x: primitive('U8'), y: primitive('U8') }).primaryKey = [0, 1];
      });
      raw.submodules.push({ namespace: 'lib', module });
    }),
    ['pk-multiple submodules/0/module/tables/0/columns/1/primaryKey'],
  ],
  [
    'a schedule without its function',
    timers((raw) => raw.schedules.push(schedule('gone'))),
    ['schedule-function-missing schedules/0'],
  ],
  [
    'a schedule of a view',
    timers((raw, table) => {
      raw.views.push({
        sourceName: 'look',
        index: 0,
        isPublic: true,
        isAnonymous: true,
        params: [],
        returnType: { tag: 'Array', element: ref(table.productTypeRef) },
      });
      raw.schedules.push(schedule('look'));
    }),
    ['schedule-function-missing schedules/0'],
  ],
  [
    'a right schedule',
    timers((raw, table) => {
      raw.reducers.push(reducer('fire', { row: ref(table.productTypeRef) }));
      raw.schedules.push(schedule('fire'));
    }),
    [],
  ],
  [
    'a schedule whose column is no ScheduleAt',
    timers((raw, table) => {
      raw.reducers.push(reducer('fire', { row: ref(table.productTypeRef) }));
      raw.schedules.push(schedule('fire', 0));
    }),
    ['schedule-missing-at-column schedules/0'],
  ],
  [
    'a row type declared again is another type',
    timers((raw) => {
      raw.typespace.push(product({ id: primitive('U64'), at: scheduleAtType }));
      raw.types.push({ scope: [], sourceName: 'Again', ref: 1, customOrdering: true });
      raw.reducers.push(reducer('fire', { row: ref(1) }));
      raw.schedules.push(schedule('fire'));
    }),
    ['schedule-function-params reducers/0/params'],
  ],
])('%s', (_name, raw, expected) => {
  expect(found(raw)).toEqual(expected);
});

test('an index column that does not exist is found in a description too', () => {
  const raw = define((module) => {
    addTable(module, 'a', { n: primitive('U8') }).indexes.push({
      sourceName: 'a_m_idx_btree',
      accessorName: 'm',
      algorithm: { tag: 'BTree', columns: [0, 3] },
    });
  });
  expect(found(raw)).toEqual(['index-unknown-column tables/0/indexes/0/columns/1']);
});

test('problems that the host accepts refuse no publish', () => {
  const raw = define((module) => {
    const table = addTable(module, 'a', { fooBar: primitive('U8'), foo_bar: primitive('U8') });
    table.primaryKey = [0, 1];
    module.reducers.push(reducer('boot', { seed: primitive('U64') }));
    module.lifecycleReducers.push({ lifecycle: 'Init', functionName: 'boot' });
  });
  expect(checkModule(raw).map(({ rule }) => rule)).toEqual([
    'lifecycle-with-params',
    'column-name-collision',
    'pk-multiple',
  ]);
  expect(publishRefusals(raw).map(({ rule }) => rule)).toEqual(['pk-multiple']);
});

test('ids are unique and in order', () => {
  const ids = rules.map(({ id }) => id);
  expect(ids).toEqual([...new Set(ids)].sort());
});
