/**
 * RawModuleDef to and from BSATN (the describe hook) and JSON (the schema route, `extract-schema`).
 * Both are forms of one algebraic type, so that type is written down once, below, and the generic codecs do the rest.
 * Source: reference "module host" 3.1 and 3.2, "protocol" 1.8. Section tags are positions in `sectionType`.
 */
import { type AlgebraicType, array, option, primitive, product, ref, sum, unit } from './algebraic-type.ts';
import { decodeValue, encodeValue } from './bsatn.ts';
import type { CaseConversionPolicy, RawModuleDef } from './raw-module-def.ts';
import { rawFromSections, sectionsFromRaw, toWireType } from './raw-module-def-sections.ts';
import { fail, ok, type Result } from './result.ts';
import { parseJson, stringifyJson, valueFromJson, valueToJson } from './sats-json.ts';
import { serverSections } from './server-schema.ts';
import type { SumValue, Value } from './value.ts';

const string = primitive('String');
const bool = primitive('Bool');
const u16 = primitive('U16');
const u32 = primitive('U32');
const bytes = array(primitive('U8'));
const optionI128 = option(primitive('I128'));
/** Typespace of this description: 0 is AlgebraicType, 1 is RawModuleDefV10; both are recursive. */
const algebraicType = ref(0);
const moduleType = ref(1);

const named = array(product({ name: option(string), algebraic_type: algebraicType }));
const productType = product({ elements: named });
const units = (names: readonly string[]): AlgebraicType => sum(Object.fromEntries(names.map((name) => [name, unit])));

const algebraicTypeType = sum({
  Ref: u32,
  Sum: product({ variants: named }),
  Product: productType,
  Array: algebraicType,
  ...Object.fromEntries(
    [
      'String',
      'Bool',
      'I8',
      'U8',
      'I16',
      'U16',
      'I32',
      'U32',
      'I64',
      'U64',
      'I128',
      'U128',
      'I256',
      'U256',
      'F32',
      'F64',
    ].map((tag) => [tag, unit]),
  ),
});

const visibility = units(['Private', 'ClientCallable']);
const tableDef = product({
  source_name: string,
  product_type_ref: u32,
  primary_key: array(u16),
  indexes: array(
    product({
      source_name: option(string),
      accessor_name: option(string),
      algorithm: sum({ BTree: array(u16), Hash: array(u16), Direct: u16 }),
    }),
  ),
  constraints: array(product({ source_name: option(string), data: sum({ Unique: product({ columns: array(u16) }) }) })),
  sequences: array(
    product({
      source_name: option(string),
      column: u16,
      start: optionI128,
      min_value: optionI128,
      max_value: optionI128,
      increment: primitive('I128'),
    }),
  ),
  table_type: units(['System', 'User']),
  table_access: units(['Public', 'Private']),
  default_values: array(product({ col_id: u16, value: bytes })),
  is_event: bool,
});
const nameMapping = product({ source_name: string, canonical_name: string });
const httpMethod = sum({
  ...Object.fromEntries(
    ['Get', 'Head', 'Post', 'Put', 'Delete', 'Connect', 'Options', 'Trace', 'Patch'].map((method) => [method, unit]),
  ),
  Extension: string,
});

const sectionType = sum({
  Typespace: product({ types: array(algebraicType) }),
  Types: array(
    product({
      source_name: product({ scope: array(string), source_name: string }),
      ty: u32,
      custom_ordering: bool,
    }),
  ),
  Tables: array(tableDef),
  Reducers: array(
    product({
      source_name: string,
      params: productType,
      visibility,
      ok_return_type: algebraicType,
      err_return_type: algebraicType,
    }),
  ),
  Procedures: array(product({ source_name: string, params: productType, return_type: algebraicType, visibility })),
  Views: array(
    product({
      source_name: string,
      index: u32,
      is_public: bool,
      is_anonymous: bool,
      params: productType,
      return_type: algebraicType,
    }),
  ),
  Schedules: array(
    product({ source_name: option(string), table_name: string, schedule_at_col: u16, function_name: string }),
  ),
  LifeCycleReducers: array(
    product({ lifecycle_spec: units(['Init', 'OnConnect', 'OnDisconnect']), function_name: string }),
  ),
  RowLevelSecurity: array(product({ sql: string })),
  CaseConversionPolicy: units(['None', 'SnakeCase']),
  ExplicitNames: product({ entries: array(sum({ Table: nameMapping, Function: nameMapping, Index: nameMapping })) }),
  HttpHandlers: array(product({ source_name: string })),
  HttpRoutes: array(
    product({ handler_function: string, method: sum({ Any: unit, Method: httpMethod }), path: string }),
  ),
  ViewPrimaryKeys: array(product({ view_source_name: string, columns: array(string) })),
  Submodules: array(product({ namespace: string, module: moduleType })),
});

const typespace = [algebraicTypeType, product({ sections: array(sectionType) })];
/** The container says which version follows; only version 10 is described here. */
const v10Tag = 2;

/** What a module's describe hook returned. */
export function decodeRawModuleDef(encoded: Uint8Array): Result<RawModuleDef> {
  if (encoded[0] !== v10Tag) {
    return fail(
      `The module describes itself in a format (tag ${encoded[0] ?? 'missing'}) that is not supported. Rebuild it with spacetimedb 2.0 or newer.`,
    );
  }
  const decoded = decodeValue(moduleType, encoded.subarray(1), typespace);
  return decoded.ok ? fromValue(decoded.value) : fail(`The module's description is damaged: ${decoded.message}.`);
}

/** BSATN of a type as a value, as `st_column` keeps the types of columns. */
export function encodeAlgebraicType(type: AlgebraicType): Uint8Array {
  const encoded = encodeValue({ tag: 'Ref', ref: 0 }, toWireType(type) as unknown as Value, typespace);
  if (!encoded.ok) throw new Error(encoded.message);
  return encoded.value;
}

/** The same bytes that a describe hook would return for this definition. */
export function encodeRawModuleDef(raw: RawModuleDef): Uint8Array {
  const encoded = encodeValue(moduleType, sectionsFromRaw(raw), typespace);
  if (!encoded.ok) throw new Error(`a RawModuleDef does not fit its own type: ${encoded.message}`);
  return Uint8Array.of(v10Tag, ...encoded.value);
}

/** The body of `GET schema?version=10`, or the `{"V10": ...}` form that `extract-schema` prints. */
export function rawModuleDefFromJson(text: string): Result<RawModuleDef> {
  const json = parseJson(text);
  if (!json.ok) return json;
  const outer = json.value;
  const isExtracted = typeof outer === 'object' && outer !== null && 'V10' in outer;
  const inner = isExtracted ? outer.V10 : outer;
  if (inner === undefined) return fail('The schema is empty.');
  const value = valueFromJson(moduleType, inner, typespace);
  // What a server returns is converted already, and says so by naming no policy.
  return value.ok
    ? fromValue(value.value, isExtracted ? 'SnakeCase' : 'None')
    : fail(`The schema is not a version 10 module definition: ${value.message}.`);
}

/** The body of the schema route for a module. */
export const serverSchemaJson = (raw: RawModuleDef): string =>
  stringifyJson(valueToJson(moduleType, serverSections(raw), typespace, 'typed'));

/** Version 10 JSON of the definition just as it is, as `extract-schema` prints it. */
export const rawModuleDefToJson = (raw: RawModuleDef): string =>
  stringifyJson(valueToJson(moduleType, sectionsFromRaw(raw), typespace, 'typed'));

function fromValue(value: Value, defaultPolicy: CaseConversionPolicy = 'SnakeCase'): Result<RawModuleDef> {
  const sections = (value as { sections: readonly SumValue[] }).sections;
  return ok(rawFromSections(sections, defaultPolicy));
}
