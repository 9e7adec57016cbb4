/** RawModuleDef → ModuleDef: canonical names, implied names, unique indexes, private functions. Never throws. */
import { type AlgebraicType, type NamedType, resolveRef, specialKind, type Typespace } from './algebraic-type.ts';
import type { Column, Index, ModuleDef, Procedure, Reducer, Sequence, Table, View } from './module-def.ts';
import { camelCase, pascalCase, snakeCase } from './names.ts';
import type { IndexAlgorithm, RawIndexDef, RawModuleDef, RawTableDef, RawViewDef } from './raw-module-def.ts';

const i128Max = (1n << 127n) - 1n;

/** How names of one module are converted. */
export interface Naming {
  snake(name: string): string;
  pascal(name: string): string;
  camel(name: string): string;
  table(sourceName: string): string;
  function(sourceName: string): string;
}

export function namingOf(raw: RawModuleDef): Naming {
  const same = (name: string): string => name;
  const [snake, pascal, camel] =
    raw.caseConversionPolicy === 'SnakeCase' ? [snakeCase, pascalCase, camelCase] : [same, same, same];
  return {
    snake,
    pascal,
    camel,
    table: (name) => raw.explicitNames.tables.get(name) ?? snake(name),
    function: (name) => raw.explicitNames.functions.get(name) ?? snake(name),
  };
}

export const indexColumns = (algorithm: IndexAlgorithm): readonly number[] =>
  algorithm.tag === 'Direct' ? [algorithm.column] : algorithm.columns;

export function resolveModuleDef(raw: RawModuleDef): ModuleDef {
  const naming = namingOf(raw);
  const typespace = raw.typespace.map((type) => convertNames(type, naming));
  const scheduled = new Set(raw.schedules.map((schedule) => schedule.functionName));
  return {
    typespace,
    types: raw.types.map((type) => ({
      name: naming.pascal(type.sourceName),
      scope: type.scope.map(naming.pascal),
      ref: type.ref,
    })),
    tables: raw.tables
      .map((table, position) => resolveTable(raw, table, position, naming, typespace))
      .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0)),
    reducers: raw.reducers.map((_, id) => resolveReducer(raw, id, naming, scheduled)),
    procedures: raw.procedures.map(
      (procedure, id): Procedure => ({
        name: naming.function(procedure.sourceName),
        accessor: procedure.sourceName,
        id,
        params: procedure.params.map((param) => convertParam(param, naming)),
        returnType: convertNames(procedure.returnType, naming),
        visibility: scheduled.has(procedure.sourceName) ? 'Private' : procedure.visibility,
      }),
    ),
    views: raw.views.map((view) => resolveView(raw, view, naming, typespace)),
    rowLevelSecurity: raw.rowLevelSecurity.map(({ sql }) => sql),
  };
}

/** Converts element and variant names, recursively; the reserved names of special types stay. */
function convertNames(type: AlgebraicType, naming: Naming): AlgebraicType {
  switch (type.tag) {
    case 'Array':
      return { tag: 'Array', element: convertNames(type.element, naming) };
    case 'Product':
      if (specialKind(type)) return type;
      return { tag: 'Product', elements: type.elements.map((element) => convertParam(element, naming)) };
    case 'Sum': {
      const keep = specialKind(type) !== undefined;
      const variants = type.variants.map((variant) => ({
        name: keep || variant.name === undefined ? variant.name : naming.camel(variant.name),
        type: convertNames(variant.type, naming),
      }));
      return { tag: 'Sum', variants };
    }
    default:
      return type;
  }
}

const convertParam = (element: NamedType, naming: Naming): NamedType => ({
  name: element.name === undefined ? undefined : naming.snake(element.name),
  type: convertNames(element.type, naming),
});

function rawElements(ref: number, typespace: Typespace): readonly NamedType[] {
  const type = resolveRef({ tag: 'Ref', ref }, typespace);
  return type.tag === 'Product' ? type.elements : [];
}

function resolveColumns(ref: number, raw: RawModuleDef, typespace: Typespace): Column[] {
  const canonical = rawElements(ref, typespace);
  return rawElements(ref, raw.typespace).map((element, position) => ({
    name: canonical[position]?.name ?? `col_${position}`,
    accessor: element.name ?? `col_${position}`,
    position,
    type: canonical[position]?.type ?? element.type,
    defaultValue: undefined,
  }));
}

function resolveTable(
  raw: RawModuleDef,
  table: RawTableDef,
  position: number,
  naming: Naming,
  typespace: Typespace,
): Table {
  const name = naming.table(table.sourceName);
  const columns = resolveColumns(table.productTypeRef, raw, typespace);
  for (const { column, value } of table.defaultValues) {
    const target = columns[column];
    if (target) target.defaultValue = value;
  }
  const columnNames = (positions: readonly number[]): string =>
    positions.map((p) => columns[p]?.name ?? `col_${p}`).join('_');
  const constraints = table.constraints.map((constraint) => ({
    name: `${name}_${columnNames(constraint.columns)}_key`,
    columns: [...constraint.columns],
  }));
  const uniqueSets = new Set(constraints.map((constraint) => columnSet(constraint.columns)));
  const schedule = raw.schedules.find((entry) => entry.tableName === table.sourceName);
  return {
    name,
    accessor: table.sourceName,
    position,
    rowTypeRef: table.productTypeRef,
    columns,
    primaryKey: table.primaryKey[0],
    indexes: table.indexes.map((index) => resolveIndex(raw, index, name, columnNames, uniqueSets)),
    constraints,
    sequences: table.sequences.map(
      (sequence): Sequence => ({
        name: `${name}_${columnNames([sequence.column])}_seq`,
        column: sequence.column,
        start: sequence.start ?? 1n,
        min: sequence.minValue ?? 1n,
        max: sequence.maxValue ?? i128Max,
        increment: sequence.increment,
      }),
    ),
    schedule: schedule && {
      name: `${name}_sched`,
      functionName: naming.function(schedule.functionName),
      atColumn: schedule.scheduleAtColumn,
    },
    isPublic: table.tableAccess === 'Public',
    isEvent: table.isEvent,
  };
}

const columnSet = (columns: readonly number[]): string => [...new Set(columns)].sort((a, b) => a - b).join(',');

function resolveIndex(
  raw: RawModuleDef,
  index: RawIndexDef,
  table: string,
  columnNames: (positions: readonly number[]) => string,
  uniqueSets: ReadonlySet<string>,
): Index {
  const columns = [...indexColumns(index.algorithm)];
  const implied = `${table}_${columnNames(columns)}_idx_${index.algorithm.tag.toLowerCase()}`;
  const sourceName = index.sourceName ?? implied;
  return {
    name: raw.explicitNames.indexes.get(sourceName) ?? implied,
    sourceName,
    accessor: index.accessorName,
    algorithm: index.algorithm.tag,
    columns,
    unique: uniqueSets.has(columnSet(columns)),
  };
}

function resolveReducer(raw: RawModuleDef, id: number, naming: Naming, scheduled: ReadonlySet<string>): Reducer {
  const reducer = raw.reducers[id] as RawModuleDef['reducers'][number];
  const lifecycle = raw.lifecycleReducers.find((entry) => entry.functionName === reducer.sourceName)?.lifecycle;
  return {
    name: naming.function(reducer.sourceName),
    accessor: reducer.sourceName,
    id,
    params: reducer.params.map((param) => convertParam(param, naming)),
    lifecycle,
    visibility: lifecycle || scheduled.has(reducer.sourceName) ? 'Private' : reducer.visibility,
  };
}

function resolveView(raw: RawModuleDef, view: RawViewDef, naming: Naming, typespace: Typespace): View {
  const row = viewRowRef(view.returnType);
  const columns = row === undefined ? [] : resolveColumns(row, raw, typespace);
  const key = raw.viewPrimaryKeys.find((entry) => entry.viewSourceName === view.sourceName)?.columns[0];
  const keyPosition = columns.findIndex((column) => column.accessor === key);
  return {
    name: naming.function(view.sourceName),
    accessor: view.sourceName,
    index: view.index,
    isPublic: view.isPublic,
    isAnonymous: view.isAnonymous,
    params: view.params.map((param) => convertParam(param, naming)),
    returnType: convertNames(view.returnType, naming),
    columns,
    primaryKey: keyPosition < 0 ? undefined : keyPosition,
  };
}

/** The row type of a view: the ref inside its array, option or query type. */
export function viewRowRef(type: AlgebraicType): number | undefined {
  if (type.tag === 'Ref') return type.ref;
  if (type.tag === 'Array') return viewRowRef(type.element);
  if (type.tag === 'Sum' && specialKind(type) === 'Option')
    return type.variants[0] && viewRowRef(type.variants[0].type);
  const [only] = type.tag === 'Product' ? type.elements : [];
  return only?.name === '__query__' ? viewRowRef(only.type) : undefined;
}
