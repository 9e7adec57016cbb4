/** Definitions: codecs, resolution of names and roles, migration plans. */
import { expect, test } from 'vitest';
import { type AlgebraicType, identityType, option, primitive, product, ref, sum, unit } from './algebraic-type.ts';
import { formatMigrationPlan, planMigration } from './migration.ts';
import { emptyRawModuleDef, type RawModuleDef, type RawTableDef } from './raw-module-def.ts';
import {
  decodeRawModuleDef,
  encodeRawModuleDef,
  rawModuleDefFromJson,
  rawModuleDefToJson,
  serverSchemaJson,
} from './raw-module-def-codec.ts';
import { resolveModuleDef } from './resolve.ts';

const u32 = primitive('U32');
const string = primitive('String');

function table(sourceName: string, productTypeRef: number, more: Partial<RawTableDef> = {}): RawTableDef {
  return {
    sourceName,
    productTypeRef,
    primaryKey: [],
    indexes: [],
    constraints: [],
    sequences: [],
    tableType: 'User',
    tableAccess: 'Public',
    defaultValues: [],
    isEvent: false,
    ...more,
  };
}

/** A table `playerScore(id, ownerName, rank)` with keys, and whatever the caller changes. */
function scores(columns: Record<string, AlgebraicType>, more: Partial<RawTableDef> = {}): RawModuleDef {
  const raw = emptyRawModuleDef();
  raw.typespace = [product(columns)];
  raw.types = [{ scope: [], sourceName: 'PlayerScore', ref: 0, customOrdering: true }];
  raw.tables = [
    table('playerScore', 0, {
      primaryKey: [0],
      constraints: [{ sourceName: undefined, columns: [0] }],
      indexes: [
        { sourceName: 'playerScore_id_idx_btree', accessorName: 'id', algorithm: { tag: 'BTree', columns: [0] } },
        {
          sourceName: 'playerScore_ownerName_idx_hash',
          accessorName: 'byOwner',
          algorithm: { tag: 'Hash', columns: [1] },
        },
      ],
      sequences: [
        { sourceName: undefined, column: 0, start: undefined, minValue: undefined, maxValue: 99n, increment: 1n },
      ],
      ...more,
    }),
  ];
  return raw;
}

const basic = { id: u32, ownerName: string, rank: sum({ Low: unit, HighUp: unit }) };

function everything(): RawModuleDef {
  const raw = scores(basic, { defaultValues: [{ column: 1, value: Uint8Array.of(0, 0, 0, 0) }] });
  raw.reducers = [
    {
      sourceName: 'addScore',
      params: [{ name: 'newRank', type: ref(0) }],
      visibility: 'ClientCallable',
      okReturnType: unit,
      errReturnType: string,
    },
    { sourceName: 'start', params: [], visibility: 'ClientCallable', okReturnType: unit, errReturnType: string },
  ];
  raw.lifecycleReducers = [{ lifecycle: 'Init', functionName: 'start' }];
  raw.procedures = [{ sourceName: 'askMe', params: [], returnType: option(u32), visibility: 'ClientCallable' }];
  raw.views = [
    {
      sourceName: 'myScores',
      index: 0,
      isPublic: true,
      isAnonymous: false,
      params: [],
      returnType: { tag: 'Array', element: ref(0) },
    },
  ];
  raw.viewPrimaryKeys = [{ viewSourceName: 'myScores', columns: ['id'] }];
  raw.schedules = [{ sourceName: undefined, tableName: 'playerScore', scheduleAtColumn: 1, functionName: 'askMe' }];
  raw.explicitNames.functions.set('addScore', 'add_it');
  raw.httpHandlers = [{ sourceName: 'hello' }];
  raw.httpRoutes = [
    { handlerFunction: 'hello', method: 'Get', path: '/hello' },
    { handlerFunction: 'hello', method: 'Any', path: '/' },
    { handlerFunction: 'hello', method: 'PURGE', path: '/x' },
  ];
  raw.rowLevelSecurity = [{ sql: 'SELECT * FROM playerScore' }];
  raw.submodules = [{ namespace: 'lib', module: scores({ id: u32, ownerName: identityType }) }];
  return raw;
}

test('a definition survives BSATN and JSON', () => {
  const raw = everything();
  expect(decodeRawModuleDef(encodeRawModuleDef(raw))).toEqual({ ok: true, value: raw });
  expect(rawModuleDefFromJson(rawModuleDefToJson(raw))).toEqual({ ok: true, value: raw });
  expect(rawModuleDefFromJson(`{"V10":${rawModuleDefToJson(raw)}}`)).toEqual({ ok: true, value: raw });
});

test('JSON has the shape of the schema route', () => {
  const json = JSON.parse(rawModuleDefToJson(everything()));
  const sections = Object.assign({}, ...json.sections);
  expect(sections.Tables[0].indexes[1]).toEqual({
    source_name: { some: 'playerScore_ownerName_idx_hash' },
    accessor_name: { some: 'byOwner' },
    algorithm: { Hash: [1] },
  });
  expect(sections.Tables[0].table_access).toEqual({ Public: [] });
  expect(sections.LifeCycleReducers).toEqual([{ lifecycle_spec: { Init: [] }, function_name: 'start' }]);
});

test('what a server returns resolves to the same module, whatever the policy', () => {
  for (const policy of ['SnakeCase', 'None'] as const) {
    const raw = { ...everything(), caseConversionPolicy: policy };
    const json = serverSchemaJson(raw);
    expect(json).not.toContain('CaseConversionPolicy":{"SnakeCase');
    const read = rawModuleDefFromJson(json);
    if (!read.ok) throw new Error(read.message);
    const [original, returned] = [resolveModuleDef(raw), resolveModuleDef(read.value)];
    // Column accessors are the only thing that a server does not tell, and parameters keep the names they were given.
    const withoutAccessors = (text: string): string =>
      text.replaceAll(/"accessor":"(ownerName|owner_name)"/g, '').replaceAll('new_rank', 'newRank');
    const print = (value: unknown): string =>
      withoutAccessors(JSON.stringify(value, (_key, item) => (typeof item === 'bigint' ? String(item) : item)));
    expect(print(returned)).toBe(print(original));
  }
});

test('damaged descriptions are refused with a sentence', () => {
  const encoded = encodeRawModuleDef(everything());
  for (let length = 0; length < encoded.length; length++) {
    expect(decodeRawModuleDef(encoded.subarray(0, length)).ok).toBe(false);
  }
  expect(rawModuleDefFromJson('{"sections":[{"Nonsense":[]}]}')).toMatchObject({ ok: false });
});

test('names and roles as the database sees them', () => {
  const module = resolveModuleDef(everything());
  const [scoreTable] = module.tables;
  expect(scoreTable).toMatchObject({ name: 'player_score', accessor: 'playerScore', primaryKey: 0, isPublic: true });
  expect(scoreTable?.columns.map((c) => [c.name, c.accessor])).toEqual([
    ['id', 'id'],
    ['owner_name', 'ownerName'],
    ['rank', 'rank'],
  ]);
  expect(scoreTable?.indexes.map((i) => [i.name, i.unique])).toEqual([
    ['player_score_id_idx_btree', true],
    ['player_score_owner_name_idx_hash', false],
  ]);
  expect(scoreTable?.sequences[0]).toMatchObject({ name: 'player_score_id_seq', start: 1n, min: 1n, max: 99n });
  expect(scoreTable?.schedule).toEqual({ name: 'player_score_sched', functionName: 'ask_me', atColumn: 1 });
  expect(module.reducers.map((r) => [r.name, r.lifecycle, r.visibility])).toEqual([
    ['add_it', undefined, 'ClientCallable'],
    ['start', 'Init', 'Private'],
  ]);
  expect(module.procedures[0]).toMatchObject({ name: 'ask_me', visibility: 'Private' });
  expect(module.views[0]).toMatchObject({ name: 'my_scores', primaryKey: 0 });
  expect(module.typespace[0]).toMatchObject({
    elements: [{}, {}, { type: { variants: [{ name: 'low' }, { name: 'highUp' }] } }],
  });
});

const before = scores(basic);
const plan = (after: RawModuleDef) => planMigration(resolveModuleDef(before), resolveModuleDef(after));
const kinds = (after: RawModuleDef) => plan(after).steps.map((step) => step.kind);

test('nothing changed, nothing to do', () => {
  expect(plan(scores(basic))).toEqual({ steps: [], refusals: [], breaksClients: false });
  expect(formatMigrationPlan(plan(scores(basic)))).toBe('');
});

test('what a publish may change', () => {
  expect(kinds(scores(basic, { tableAccess: 'Private' }))).toEqual(['changeAccess']);
  expect(kinds(scores(basic, { sequences: [] }))).toEqual(['removeSequence']);
  expect(kinds(scores({ id: u32, owner_name: string, rank: basic.rank }))).toEqual(['changeAccessors']);
  const grown = { ...basic, rank: sum({ Low: unit, HighUp: unit, Top: unit }) };
  expect(plan(scores(grown))).toMatchObject({
    steps: [{ kind: 'changeColumnTypes' }],
    refusals: [],
    breaksClients: false,
  });

  const withDefault = scores(
    { ...basic, extra: u32 },
    { defaultValues: [{ column: 3, value: Uint8Array.of(1, 0, 0, 0) }] },
  );
  expect(plan(withDefault)).toMatchObject({ steps: [{ kind: 'addColumns' }], refusals: [], breaksClients: true });

  const two = scores(basic);
  two.tables.push(table('other', 0, { tableAccess: 'Private' }));
  expect(kinds(two)).toEqual(['addTable']);
  expect(planMigration(resolveModuleDef(two), resolveModuleDef(before))).toMatchObject({
    steps: [{ kind: 'removeTable' }],
    breaksClients: true,
  });
  expect(formatMigrationPlan(plan(two))).toBe('- Create private table other');
});

test('a view is the same when only positions in the typespace moved, and another when a column changed', () => {
  const withView = (raw: RawModuleDef, row: number): RawModuleDef => {
    raw.views = [
      {
        sourceName: 'best',
        index: 0,
        isPublic: true,
        isAnonymous: true,
        params: [],
        returnType: { tag: 'Array', element: ref(row) },
      },
    ];
    return raw;
  };
  const moved = scores(basic);
  moved.typespace = [product(basic), product({ other: u32 }), product(basic)];
  const from = resolveModuleDef(withView(scores(basic), 0));
  expect(planMigration(from, resolveModuleDef(withView(moved, 2))).steps).toEqual([]);
  expect(planMigration(from, resolveModuleDef(withView(moved, 1)))).toMatchObject({
    steps: [{ kind: 'removeView' }, { kind: 'addView' }],
    breaksClients: true,
  });
});

test('what a publish refuses, in the words of the host', () => {
  const refusals = (after: RawModuleDef) => plan(after).refusals;
  expect(refusals(scores({ ...basic, extra: u32 }))).toEqual([
    'Adding a column extra to table player_score requires a default value annotation',
  ]);
  expect(refusals(scores({ id: u32, ownerName: string }))).toEqual([
    'Removing a column rank from table player_score requires a manual migration',
  ]);
  expect(refusals(scores({ id: u32, rank: basic.rank, ownerName: string }))).toContain(
    'Reordering table player_score requires a manual migration',
  );
  expect(refusals(scores({ ...basic, id: primitive('U64') }))).toEqual([
    'Changing the type of column id in table player_score from U32 to U64 requires a manual migration',
  ]);
  expect(refusals(scores({ ...basic, rank: sum({ Low: unit, HighUp: unit, Named: string }) }))).toEqual([
    'Changing the type of column rank in table player_score from (low: () | highUp: ()) to (low: () | highUp: () | named: String) requires a manual migration, due to size mismatch',
  ]);
  expect(refusals(scores(basic, { isEvent: true }))).toEqual([
    'Changing the event flag of table player_score requires a manual migration',
  ]);
  const scheduled = scores(basic);
  scheduled.schedules = [
    { sourceName: undefined, tableName: 'playerScore', scheduleAtColumn: 1, functionName: 'tick' },
  ];
  expect(refusals(scheduled)).toEqual(['Adding schedules is not yet implemented (table player_score)']);
  const index = before.tables[0]?.indexes[1];
  if (!index) throw new Error('the fixture lost its index');
  expect(
    refusals(scores(basic, { indexes: [before.tables[0]?.indexes[0] ?? index, { ...index, accessorName: 'owned' }] })),
  ).toEqual([
    'Changing the accessor name on index player_score_owner_name_idx_hash from Some("byOwner") to Some("owned") requires a manual migration',
  ]);
});
