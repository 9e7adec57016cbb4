/**
 * The section list of a version 10 definition, as the generic codecs see it, to and from RawModuleDef.
 * The `Wire…` shapes are what the types in raw-module-def-codec.ts decode to, so casting to them is safe there.
 */
import type { AlgebraicType, NamedType } from './algebraic-type.ts';
import {
  type CaseConversionPolicy,
  emptyRawModuleDef,
  type IndexAlgorithm,
  type Lifecycle,
  type RawModuleDef,
  type RawTableDef,
  type Visibility,
} from './raw-module-def.ts';
import type { SumValue, Value } from './value.ts';

type Option<T> = { tag: 'some'; value: T } | { tag: 'none'; value: unknown };
interface Unit<Tag extends string> {
  tag: Tag;
  value: unknown;
}
interface WireNamed {
  name: Option<string>;
  algebraic_type: WireType;
}
interface WireProduct {
  elements: WireNamed[];
}
type WireType =
  | { tag: 'Ref'; value: number }
  | { tag: 'Sum'; value: { variants: WireNamed[] } }
  | { tag: 'Product'; value: WireProduct }
  | { tag: 'Array'; value: WireType }
  | { tag: Exclude<AlgebraicType['tag'], 'Ref' | 'Sum' | 'Product' | 'Array'>; value: unknown };

interface WireTable {
  source_name: string;
  product_type_ref: number;
  primary_key: number[];
  indexes: {
    source_name: Option<string>;
    accessor_name: Option<string>;
    algorithm: { tag: 'BTree' | 'Hash'; value: number[] } | { tag: 'Direct'; value: number };
  }[];
  constraints: { source_name: Option<string>; data: { tag: 'Unique'; value: { columns: number[] } } }[];
  sequences: {
    source_name: Option<string>;
    column: number;
    start: Option<bigint>;
    min_value: Option<bigint>;
    max_value: Option<bigint>;
    increment: bigint;
  }[];
  table_type: Unit<'System' | 'User'>;
  table_access: Unit<'Public' | 'Private'>;
  default_values: { col_id: number; value: Uint8Array }[];
  is_event: boolean;
}

interface WireNameMapping {
  source_name: string;
  canonical_name: string;
}

interface WireSections {
  Typespace: { types: WireType[] };
  Types: { source_name: { scope: string[]; source_name: string }; ty: number; custom_ordering: boolean }[];
  Tables: WireTable[];
  Reducers: {
    source_name: string;
    params: WireProduct;
    visibility: Unit<Visibility>;
    ok_return_type: WireType;
    err_return_type: WireType;
  }[];
  Procedures: { source_name: string; params: WireProduct; return_type: WireType; visibility: Unit<Visibility> }[];
  Views: {
    source_name: string;
    index: number;
    is_public: boolean;
    is_anonymous: boolean;
    params: WireProduct;
    return_type: WireType;
  }[];
  Schedules: { source_name: Option<string>; table_name: string; schedule_at_col: number; function_name: string }[];
  LifeCycleReducers: { lifecycle_spec: Unit<Lifecycle>; function_name: string }[];
  RowLevelSecurity: { sql: string }[];
  CaseConversionPolicy: Unit<CaseConversionPolicy>;
  ExplicitNames: { entries: { tag: 'Table' | 'Function' | 'Index'; value: WireNameMapping }[] };
  HttpHandlers: { source_name: string }[];
  HttpRoutes: {
    handler_function: string;
    method: { tag: 'Any'; value: unknown } | { tag: 'Method'; value: { tag: string; value: unknown } };
    path: string;
  }[];
  ViewPrimaryKeys: { view_source_name: string; columns: string[] }[];
  Submodules: { namespace: string; module: { sections: readonly SumValue[] } }[];
}

const unitValue: Value = Object.freeze(Object.create(null));
const unitSum = <Tag extends string>(tag: Tag): Unit<Tag> => ({ tag, value: unitValue });
const toOption = <T>(value: T | undefined): Option<T> =>
  value === undefined ? { tag: 'none', value: unitValue } : { tag: 'some', value };
const fromOption = <T>(value: Option<T>): T | undefined => (value.tag === 'some' ? value.value : undefined);

function fromWireType(type: WireType): AlgebraicType {
  switch (type.tag) {
    case 'Ref':
      return { tag: 'Ref', ref: type.value };
    case 'Sum':
      return { tag: 'Sum', variants: type.value.variants.map(fromWireNamed) };
    case 'Product':
      return { tag: 'Product', elements: type.value.elements.map(fromWireNamed) };
    case 'Array':
      return { tag: 'Array', element: fromWireType(type.value) };
    default:
      return { tag: type.tag };
  }
}
const fromWireNamed = (named: WireNamed): NamedType => ({
  name: fromOption(named.name),
  type: fromWireType(named.algebraic_type),
});

export function toWireType(type: AlgebraicType): WireType {
  switch (type.tag) {
    case 'Ref':
      return { tag: 'Ref', value: type.ref };
    case 'Sum':
      return { tag: 'Sum', value: { variants: type.variants.map(toWireNamed) } };
    case 'Product':
      return { tag: 'Product', value: { elements: type.elements.map(toWireNamed) } };
    case 'Array':
      return { tag: 'Array', value: toWireType(type.element) };
    default:
      return { tag: type.tag, value: unitValue };
  }
}
const toWireNamed = (named: NamedType): WireNamed => ({
  name: toOption(named.name),
  algebraic_type: toWireType(named.type),
});

const fromWireTable = (table: WireTable): RawTableDef => ({
  sourceName: table.source_name,
  productTypeRef: table.product_type_ref,
  primaryKey: table.primary_key,
  indexes: table.indexes.map((index) => ({
    sourceName: fromOption(index.source_name),
    accessorName: fromOption(index.accessor_name),
    algorithm: fromWireAlgorithm(index.algorithm),
  })),
  constraints: table.constraints.map((constraint) => ({
    sourceName: fromOption(constraint.source_name),
    columns: constraint.data.value.columns,
  })),
  sequences: table.sequences.map((sequence) => ({
    sourceName: fromOption(sequence.source_name),
    column: sequence.column,
    start: fromOption(sequence.start),
    minValue: fromOption(sequence.min_value),
    maxValue: fromOption(sequence.max_value),
    increment: sequence.increment,
  })),
  tableType: table.table_type.tag,
  tableAccess: table.table_access.tag,
  defaultValues: table.default_values.map((item) => ({ column: item.col_id, value: item.value })),
  isEvent: table.is_event,
});

const fromWireAlgorithm = (algorithm: WireTable['indexes'][number]['algorithm']): IndexAlgorithm =>
  algorithm.tag === 'Direct'
    ? { tag: 'Direct', column: algorithm.value }
    : { tag: algorithm.tag, columns: algorithm.value };

const toWireTable = (table: RawTableDef): WireTable => ({
  source_name: table.sourceName,
  product_type_ref: table.productTypeRef,
  primary_key: table.primaryKey,
  indexes: table.indexes.map((index) => ({
    source_name: toOption(index.sourceName),
    accessor_name: toOption(index.accessorName),
    algorithm:
      index.algorithm.tag === 'Direct'
        ? { tag: 'Direct', value: index.algorithm.column }
        : { tag: index.algorithm.tag, value: [...index.algorithm.columns] },
  })),
  constraints: table.constraints.map((constraint) => ({
    source_name: toOption(constraint.sourceName),
    data: { tag: 'Unique', value: { columns: constraint.columns } },
  })),
  sequences: table.sequences.map((sequence) => ({
    source_name: toOption(sequence.sourceName),
    column: sequence.column,
    start: toOption(sequence.start),
    min_value: toOption(sequence.minValue),
    max_value: toOption(sequence.maxValue),
    increment: sequence.increment,
  })),
  table_type: unitSum(table.tableType),
  table_access: unitSum(table.tableAccess),
  default_values: table.defaultValues.map((item) => ({ col_id: item.column, value: item.value })),
  is_event: table.isEvent,
});

/** Sections may come in any order; a missing one is empty, and a missing policy is `defaultPolicy`. */
export function rawFromSections(
  sections: readonly SumValue[],
  defaultPolicy: CaseConversionPolicy = 'SnakeCase',
): RawModuleDef {
  const wire = Object.fromEntries(sections.map((s) => [s.tag, s.value])) as unknown as Partial<WireSections>;
  const raw = emptyRawModuleDef();
  raw.typespace = (wire.Typespace?.types ?? []).map(fromWireType);
  raw.types = (wire.Types ?? []).map((type) => ({
    scope: type.source_name.scope,
    sourceName: type.source_name.source_name,
    ref: type.ty,
    customOrdering: type.custom_ordering,
  }));
  raw.tables = (wire.Tables ?? []).map(fromWireTable);
  readFunctions(raw, wire);
  raw.schedules = (wire.Schedules ?? []).map((schedule) => ({
    sourceName: fromOption(schedule.source_name),
    tableName: schedule.table_name,
    scheduleAtColumn: schedule.schedule_at_col,
    functionName: schedule.function_name,
  }));
  raw.rowLevelSecurity = (wire.RowLevelSecurity ?? []).map(({ sql }) => ({ sql }));
  raw.caseConversionPolicy = wire.CaseConversionPolicy?.tag ?? defaultPolicy;
  for (const entry of wire.ExplicitNames?.entries ?? []) {
    const names =
      raw.explicitNames[entry.tag === 'Table' ? 'tables' : entry.tag === 'Function' ? 'functions' : 'indexes'];
    names.set(entry.value.source_name, entry.value.canonical_name);
  }
  raw.submodules = (wire.Submodules ?? []).map(({ namespace, module }) => ({
    namespace,
    module: rawFromSections(module.sections, defaultPolicy),
  }));
  return raw;
}

function readFunctions(raw: RawModuleDef, wire: Partial<WireSections>): void {
  raw.reducers = (wire.Reducers ?? []).map((reducer) => ({
    sourceName: reducer.source_name,
    params: reducer.params.elements.map(fromWireNamed),
    visibility: reducer.visibility.tag,
    okReturnType: fromWireType(reducer.ok_return_type),
    errReturnType: fromWireType(reducer.err_return_type),
  }));
  raw.procedures = (wire.Procedures ?? []).map((procedure) => ({
    sourceName: procedure.source_name,
    params: procedure.params.elements.map(fromWireNamed),
    returnType: fromWireType(procedure.return_type),
    visibility: procedure.visibility.tag,
  }));
  raw.views = (wire.Views ?? []).map((view) => ({
    sourceName: view.source_name,
    index: view.index,
    isPublic: view.is_public,
    isAnonymous: view.is_anonymous,
    params: view.params.elements.map(fromWireNamed),
    returnType: fromWireType(view.return_type),
  }));
  raw.viewPrimaryKeys = (wire.ViewPrimaryKeys ?? []).map((key) => ({
    viewSourceName: key.view_source_name,
    columns: key.columns,
  }));
  raw.lifecycleReducers = (wire.LifeCycleReducers ?? []).map((entry) => ({
    lifecycle: entry.lifecycle_spec.tag,
    functionName: entry.function_name,
  }));
  raw.httpHandlers = (wire.HttpHandlers ?? []).map((handler) => ({ sourceName: handler.source_name }));
  raw.httpRoutes = (wire.HttpRoutes ?? []).map((route) => ({
    handlerFunction: route.handler_function,
    method:
      route.method.tag === 'Any'
        ? 'Any'
        : route.method.value.tag === 'Extension'
          ? String(route.method.value.value)
          : route.method.value.tag,
    path: route.path,
  }));
}

const standardMethods = new Set(['Get', 'Head', 'Post', 'Put', 'Delete', 'Connect', 'Options', 'Trace', 'Patch']);

/** All sections, empty ones too, in the order in which servers print them. */
export function sectionsFromRaw(raw: RawModuleDef): Value {
  const wire: WireSections = {
    Typespace: { types: raw.typespace.map(toWireType) },
    Types: raw.types.map((type) => ({
      source_name: { scope: type.scope, source_name: type.sourceName },
      ty: type.ref,
      custom_ordering: type.customOrdering,
    })),
    Tables: raw.tables.map(toWireTable),
    ...writeFunctions(raw),
    Schedules: raw.schedules.map((schedule) => ({
      source_name: toOption(schedule.sourceName),
      table_name: schedule.tableName,
      schedule_at_col: schedule.scheduleAtColumn,
      function_name: schedule.functionName,
    })),
    LifeCycleReducers: raw.lifecycleReducers.map((entry) => ({
      lifecycle_spec: unitSum(entry.lifecycle),
      function_name: entry.functionName,
    })),
    RowLevelSecurity: raw.rowLevelSecurity,
    CaseConversionPolicy: unitSum(raw.caseConversionPolicy),
    ExplicitNames: {
      entries: [
        ...nameEntries('Table', raw.explicitNames.tables),
        ...nameEntries('Function', raw.explicitNames.functions),
        ...nameEntries('Index', raw.explicitNames.indexes),
      ],
    },
    Submodules: raw.submodules.map(({ namespace, module }) => ({
      namespace,
      module: sectionsFromRaw(module) as unknown as { sections: readonly SumValue[] },
    })),
  };
  const sections = Object.entries(wire).map(([tag, value]) => ({ tag, value: value as unknown as Value }));
  return { sections };
}

function nameEntries<Tag extends string>(tag: Tag, names: Map<string, string>) {
  return [...names].map(([source_name, canonical_name]) => ({ tag, value: { source_name, canonical_name } }));
}

function writeFunctions(
  raw: RawModuleDef,
): Pick<WireSections, 'Reducers' | 'Procedures' | 'HttpHandlers' | 'HttpRoutes' | 'Views' | 'ViewPrimaryKeys'> {
  const params = (elements: readonly NamedType[]): WireProduct => ({ elements: elements.map(toWireNamed) });
  return {
    Reducers: raw.reducers.map((reducer) => ({
      source_name: reducer.sourceName,
      params: params(reducer.params),
      visibility: unitSum(reducer.visibility),
      ok_return_type: toWireType(reducer.okReturnType),
      err_return_type: toWireType(reducer.errReturnType),
    })),
    Procedures: raw.procedures.map((procedure) => ({
      source_name: procedure.sourceName,
      params: params(procedure.params),
      return_type: toWireType(procedure.returnType),
      visibility: unitSum(procedure.visibility),
    })),
    HttpHandlers: raw.httpHandlers.map((handler) => ({ source_name: handler.sourceName })),
    HttpRoutes: raw.httpRoutes.map((route) => ({
      handler_function: route.handlerFunction,
      method:
        route.method === 'Any'
          ? unitSum('Any')
          : {
              tag: 'Method',
              value: standardMethods.has(route.method)
                ? unitSum(route.method)
                : { tag: 'Extension', value: route.method },
            },
      path: route.path,
    })),
    Views: raw.views.map((view) => ({
      source_name: view.sourceName,
      index: view.index,
      is_public: view.isPublic,
      is_anonymous: view.isAnonymous,
      params: params(view.params),
      return_type: toWireType(view.returnType),
    })),
    ViewPrimaryKeys: raw.viewPrimaryKeys.map((key) => ({ view_source_name: key.viewSourceName, columns: key.columns })),
  };
}
