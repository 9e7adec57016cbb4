/**
 * SATS-JSON, the text form of values in the HTTP API. Two printing styles: `typed` names fields and variants,
 * `untyped` gives positions. Both are accepted when reading. Source: reference "protocol" 1.3.
 */
import { parse, stringify } from 'lossless-json';
import {
  type AlgebraicType,
  integerRange,
  isBigInteger,
  isInteger,
  resolveRef,
  specialKind,
  type Typespace,
} from './algebraic-type.ts';
import { fail, ok, type Result } from './result.ts';
import { memberKey, type ProductValue, type SumValue, type Value } from './value.ts';

/** Parsed JSON; integers that a double cannot hold are bigint. */
export type Json = null | boolean | number | bigint | string | readonly Json[] | { readonly [key: string]: Json };

/** Reads JSON text; integers beyond 2^53 keep all their digits as bigint. */
export function parseJson(text: string): Result<Json> {
  try {
    return ok(parse(text, undefined, parseNumber) as Json);
  } catch (error) {
    return fail(`not valid JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function parseNumber(text: string): number | bigint {
  const value = Number(text);
  return Number.isSafeInteger(value) || !/^-?\d+$/.test(text) ? value : BigInt(text);
}

/** Prints JSON; bigint as a bare number. */
export const stringifyJson = (json: Json, space?: number): string => stringify(json, undefined, space) ?? 'null';

const hexDigits = (bytes: Uint8Array): string => Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('');

/** JSON of a value. `value` must be of `type`; anything else is a programming error. */
export function valueToJson(type: AlgebraicType, value: Value, typespace: Typespace, style: 'typed' | 'untyped'): Json {
  const resolved = resolveRef(type, typespace);
  switch (resolved.tag) {
    case 'Product': {
      const fields = resolved.elements.map((element, i): [string, Json] => {
        const key = memberKey(element.name, i);
        return [key, valueToJson(element.type, (value as ProductValue)[key] as Value, typespace, style)];
      });
      if (style === 'untyped' || fields.length === 0) return fields.map(([, json]) => json);
      return record(fields);
    }
    case 'Sum': {
      const { tag, value: payload } = value as SumValue;
      const position = resolved.variants.findIndex((variant, i) => memberKey(variant.name, i) === tag);
      const variantType = resolved.variants[position]?.type ?? { tag: 'Product', elements: [] };
      const json = valueToJson(variantType, payload, typespace, style);
      return style === 'untyped' ? [position, json] : record([[tag, json]]);
    }
    case 'Array':
      if (value instanceof Uint8Array) return hexDigits(value);
      return (value as readonly Value[]).map((item) => valueToJson(resolved.element, item, typespace, style));
    case 'U256':
    case 'I256':
      return (value as bigint) < 0n ? `-0x${(-(value as bigint)).toString(16)}` : `0x${(value as bigint).toString(16)}`;
    case 'F32':
    case 'F64':
      return Number.isFinite(value) ? (value as number) : null;
    default:
      return value as boolean | number | bigint | string;
  }
}

/** An object without prototype, so that no key is special. */
function record(entries: readonly (readonly [string, Json])[]): { readonly [key: string]: Json } {
  const object: Record<string, Json> = Object.create(null);
  for (const [key, json] of entries) object[key] = json;
  return object;
}

class JsonMismatch extends Error {}

/** Value of a type from parsed JSON, in either style. */
export function valueFromJson(type: AlgebraicType, json: Json, typespace: Typespace): Result<Value> {
  try {
    return ok(read(type, json, typespace, 'value', 0));
  } catch (error) {
    if (error instanceof JsonMismatch) return fail(error.message);
    throw error;
  }
}

type JsonObject = { readonly [key: string]: Json };
const isObject = (json: Json): json is JsonObject => typeof json === 'object' && json !== null && !Array.isArray(json);

/** `where` names the place in error messages, for instance `position.x`. */
function read(type: AlgebraicType, json: Json, typespace: Typespace, where: string, depth: number): Value {
  if (depth > 500) throw new JsonMismatch(`${where} is nested too deeply`);
  const resolved = resolveRef(type, typespace);
  switch (resolved.tag) {
    case 'Product':
      return readProduct(resolved.elements, json, typespace, where, depth);
    case 'Sum':
      return readSum(resolved, json, typespace, where, depth);
    case 'Array':
      return readArray(resolved.element, json, typespace, where, depth);
    case 'String':
      if (typeof json === 'string') return json;
      throw new JsonMismatch(`${where} must be a string, not ${describe(json)}`);
    case 'Bool':
      if (typeof json === 'boolean') return json;
      throw new JsonMismatch(`${where} must be true or false, not ${describe(json)}`);
    case 'F32':
    case 'F64':
      if (typeof json === 'number' || typeof json === 'bigint') return Number(json);
      throw new JsonMismatch(`${where} must be a number, not ${describe(json)}`);
    default:
      return readInteger(resolved, json, where);
  }
}

type Elements = Extract<AlgebraicType, { tag: 'Product' }>['elements'];

function readProduct(elements: Elements, json: Json, typespace: Typespace, where: string, depth: number): Value {
  const value: Record<string, Value> = Object.create(null);
  if (Array.isArray(json) && json.length !== elements.length) {
    throw new JsonMismatch(`${where} must have ${elements.length} fields, not ${json.length}`);
  }
  if (!Array.isArray(json) && !isObject(json)) {
    throw new JsonMismatch(`${where} must be an object or an array, not ${describe(json)}`);
  }
  elements.forEach((element, i) => {
    const key = memberKey(element.name, i);
    const member: Json | undefined = Array.isArray(json) ? json[i] : ownMember(json as JsonObject, key);
    if (member === undefined) throw new JsonMismatch(`${where} has no field \`${key}\``);
    value[key] = read(element.type, member, typespace, where === 'value' ? key : `${where}.${key}`, depth + 1);
  });
  return value;
}

const ownMember = (object: JsonObject, key: string): Json | undefined =>
  Object.hasOwn(object, key) ? object[key] : undefined;

function readSum(
  type: Extract<AlgebraicType, { tag: 'Sum' }>,
  json: Json,
  typespace: Typespace,
  where: string,
  depth: number,
): Value {
  if (json === null && specialKind(type) === 'Option') return { tag: 'none', value: Object.create(null) };
  const pair = Array.isArray(json) ? json : isObject(json) ? (Object.entries(json)[0] ?? []) : [];
  const single = Array.isArray(json) ? json.length === 2 : isObject(json) && Object.keys(json).length === 1;
  if (!single) throw new JsonMismatch(`${where} must name one variant, as {"Variant": value}, not ${describe(json)}`);
  const [key, payload = null] = pair as [Json, Json];
  const position = type.variants.findIndex((variant, i) => variant.name === key || String(i) === String(key));
  const variant = type.variants[position];
  if (!variant) {
    const names = type.variants.map((v, i) => memberKey(v.name, i)).join(', ');
    throw new JsonMismatch(`${where} has no variant \`${String(key)}\`; it has ${names}`);
  }
  return {
    tag: memberKey(variant.name, position),
    value: read(variant.type, payload, typespace, `${where}.${String(key)}`, depth + 1),
  };
}

function readArray(element: AlgebraicType, json: Json, typespace: Typespace, where: string, depth: number): Value {
  if (typeof json === 'string' && element.tag === 'U8') {
    if (!/^(0x)?([0-9a-fA-F]{2})*$/.test(json)) throw new JsonMismatch(`${where} must be hex digits`);
    return Uint8Array.from((json.replace(/^0x/, '').match(/../g) ?? []).map((pair) => Number.parseInt(pair, 16)));
  }
  if (!Array.isArray(json)) throw new JsonMismatch(`${where} must be an array, not ${describe(json)}`);
  const items = (json as readonly Json[]).map((item, i) => read(element, item, typespace, `${where}[${i}]`, depth + 1));
  return element.tag === 'U8' ? Uint8Array.from(items as number[]) : items;
}

function readInteger(type: AlgebraicType, json: Json, where: string): Value {
  const range = integerRange(type);
  if (!isInteger(type) || !range) throw new JsonMismatch(`${where} has an unknown type`);
  let value: bigint | undefined;
  if (typeof json === 'bigint' || (typeof json === 'number' && Number.isInteger(json))) value = BigInt(json);
  // 256-bit integers are hex strings. 128-bit ones are numbers in the real tool; their decimal text is taken as well,
  // because that is what JavaScript programs can write.
  else if (typeof json === 'string' && /^-?(0x[0-9a-fA-F]+|\d+)$/.test(json) && isBigInteger(type)) {
    value = json.startsWith('-') ? -BigInt(json.slice(1)) : BigInt(json);
  }
  if (value === undefined) throw new JsonMismatch(`${where} must be an integer, not ${describe(json)}`);
  if (value < range.min || value > range.max) {
    throw new JsonMismatch(`${where} must be between ${range.min} and ${range.max} (${type.tag.toLowerCase()})`);
  }
  return isBigInteger(type) ? value : Number(value);
}

function describe(json: Json): string {
  if (json === null) return 'null';
  if (Array.isArray(json)) return 'an array';
  if (typeof json === 'object') return 'an object';
  const text = String(json);
  return `${typeof json} ${text.length > 40 ? `${text.slice(0, 40)}…` : text}`;
}
