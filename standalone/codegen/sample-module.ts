/** A definition that uses everything the generators know, for their tests. */
import {
  type AlgebraicType,
  array,
  connectionIdType,
  identityType,
  type NamedType,
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
} from '../../schema/algebraic-type.ts';
import { emptyRawModuleDef, type RawModuleDef, type RawTableDef } from '../../schema/raw-module-def.ts';

const [string, bool, u8, u32, u64, f64] = (['String', 'Bool', 'U8', 'U32', 'U64', 'F64'] as const).map(primitive) as [
  AlgebraicType,
  AlgebraicType,
  AlgebraicType,
  AlgebraicType,
  AlgebraicType,
  AlgebraicType,
];

const shapeRef = 1;
const nodeRef = 2;

const types: readonly (readonly [name: string, scope: string[], type: AlgebraicType])[] = [
  [
    'Player',
    [],
    product({ identity: identityType, player_id: u64, display_name: option(string), shape: ref(shapeRef) }),
  ],
  ['Shape', ['geometry'], sum({ circle: f64, poly_line: array(ref(nodeRef)), nothing: unit })],
  ['Node', [], product({ x: u32, label_2: string })],
  ['Timer', [], product({ scheduled_id: u64, scheduled_at: scheduleAtType })],
  [
    'Hit',
    [],
    product({ at: timestampType, took: timeDurationType, from: connectionIdType, id: uuidType, raw: array(u8) }),
  ],
  ['Secret', [], product({ key: string, ok: result(u32, string) })],
  ['Empty', [], product({})],
  // Its name is also a reducer's, so it is left out.
  ['AddPlayer', [], product({ x: u32 })],
];

const table = (sourceName: string, productTypeRef: number, more: Partial<RawTableDef> = {}): RawTableDef => ({
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
});

const params = (fields: Readonly<Record<string, AlgebraicType>>): NamedType[] =>
  Object.entries(fields).map(([name, type]) => ({ name, type }));

const reducer = (
  sourceName: string,
  fields: Readonly<Record<string, AlgebraicType>>,
): RawModuleDef['reducers'][number] => ({
  sourceName,
  params: params(fields),
  visibility: 'ClientCallable',
  okReturnType: unit,
  errReturnType: string,
});

/** Tables of every kind, all builders, scopes, aliases, a schedule, lifecycle hooks, views, procedures. */
export function sampleModule(): RawModuleDef {
  return {
    ...emptyRawModuleDef(),
    typespace: types.map(([, , type]) => type),
    types: types.map(([sourceName, scope], i) => ({ sourceName, scope, ref: i, customOrdering: true })),
    tables: [
      table('online_player', 0, {
        primaryKey: [0],
        constraints: [
          { sourceName: undefined, columns: [1] },
          { sourceName: undefined, columns: [0] },
        ],
        indexes: [
          { sourceName: undefined, accessorName: 'player_id', algorithm: { tag: 'BTree', columns: [1] } },
          { sourceName: undefined, accessorName: 'by_both', algorithm: { tag: 'Hash', columns: [0, 1] } },
          { sourceName: undefined, accessorName: undefined, algorithm: { tag: 'BTree', columns: [0] } },
        ],
      }),
      table('hit', 4, { isEvent: true }),
      table('timer', 3, { primaryKey: [0] }),
      table('secret', 5, { tableAccess: 'Private' }),
    ],
    reducers: [
      reducer('send', { text: string, urgent: bool }),
      reducer('add_player', { shape: ref(shapeRef), first_node: option(ref(nodeRef)) }),
      reducer('start', {}),
      reducer('came', {}),
      reducer('run_timer', { timer: ref(3) }),
    ],
    lifecycleReducers: [
      { lifecycle: 'Init', functionName: 'start' },
      { lifecycle: 'OnConnect', functionName: 'came' },
    ],
    schedules: [{ sourceName: undefined, tableName: 'timer', scheduleAtColumn: 1, functionName: 'run_timer' }],
    procedures: [
      { sourceName: 'wait', params: params({ seconds: u32 }), returnType: unit, visibility: 'ClientCallable' },
      {
        sourceName: 'make_node',
        params: params({ shape: ref(shapeRef) }),
        returnType: ref(nodeRef),
        visibility: 'ClientCallable',
      },
    ],
    views: [
      { sourceName: 'my_player', index: 0, isPublic: true, isAnonymous: false, params: [], returnType: option(ref(0)) },
      {
        sourceName: 'allNodes',
        index: 0,
        isPublic: true,
        isAnonymous: true,
        params: [],
        returnType: array(ref(nodeRef)),
      },
    ],
    viewPrimaryKeys: [{ viewSourceName: 'allNodes', columns: ['x'] }],
    explicitNames: { tables: new Map([['hit', 'HitCanonical']]), functions: new Map(), indexes: new Map() },
  };
}
