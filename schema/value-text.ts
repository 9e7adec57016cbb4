/**
 * Values as one line of text for people, and back from what people type into a form.
 * Identities are 64 hex digits, timestamps RFC 3339 in UTC with microseconds, durations seconds with unit.
 */
import {
  type AlgebraicType,
  integerRange,
  isBigInteger,
  isInteger,
  resolveRef,
  type SpecialKind,
  specialKind,
  type Typespace,
} from './algebraic-type.ts';
import { fail, ok, type Result } from './result.ts';
import { parseJson, stringifyJson, valueFromJson, valueToJson } from './sats-json.ts';
import { memberKey, type ProductValue, type SumValue, type Value } from './value.ts';

/** One line; strings are bare at the top and quoted inside other values. */
export const formatValue = (type: AlgebraicType, value: Value, typespace: Typespace): string =>
  format(type, value, typespace, true);

function format(type: AlgebraicType, value: Value, typespace: Typespace, top: boolean): string {
  const resolved = resolveRef(type, typespace);
  const special = specialKind(resolved);
  if (special) return formatSpecial(special, resolved, value, typespace, top);
  switch (resolved.tag) {
    case 'String':
      return top ? (value as string) : JSON.stringify(value);
    case 'Array':
      return `[${(value as readonly Value[]).map((v) => format(resolved.element, v, typespace, false)).join(', ')}]`;
    case 'Product': {
      const fields = resolved.elements.map((element, i) => {
        const key = memberKey(element.name, i);
        return `${key}: ${format(element.type, (value as ProductValue)[key] as Value, typespace, false)}`;
      });
      return `{ ${fields.join(', ')} }`;
    }
    case 'Sum': {
      const { tag, value: payload } = value as SumValue;
      const variant = resolved.variants.find((v, i) => memberKey(v.name, i) === tag);
      const plain = !variant || specialKind(resolveRef(variant.type, typespace)) === 'Unit';
      return plain ? tag : `${tag}(${format(variant.type, payload, typespace, false)})`;
    }
    default:
      return String(value);
  }
}

function formatSpecial(
  special: SpecialKind,
  type: AlgebraicType,
  value: Value,
  typespace: Typespace,
  top: boolean,
): string {
  const inner = (): bigint => Object.values(value as ProductValue)[0] as bigint;
  const payloadOf = (tag: string): AlgebraicType | undefined =>
    type.tag === 'Sum' ? type.variants.find((v) => v.name === tag)?.type : undefined;
  switch (special) {
    case 'Identity':
      return inner().toString(16).padStart(64, '0');
    case 'ConnectionId':
      return inner().toString(16).padStart(32, '0');
    case 'Timestamp':
      return formatTimestamp(inner());
    case 'TimeDuration':
      return formatDuration(inner());
    case 'Uuid':
      return formatUuid(inner());
    case 'Bytes':
      return `0x${Array.from(value as Uint8Array, (b) => b.toString(16).padStart(2, '0')).join('')}`;
    case 'Unit':
      return '()';
    case 'Option': {
      const { tag, value: payload } = value as SumValue;
      const some = payloadOf('some');
      return tag === 'none' || !some ? 'none' : format(some, payload, typespace, top);
    }
    case 'Result':
    case 'ScheduleAt': {
      const { tag, value: payload } = value as SumValue;
      const variant = payloadOf(tag);
      return `${tag}(${variant ? format(variant, payload, typespace, false) : ''})`;
    }
  }
}

/** Microseconds since the epoch → `2025-01-31T12:00:00.123456Z`; times beyond what dates can hold stay a number. */
export function formatTimestamp(micros: bigint): string {
  const millis = micros >= 0n ? micros / 1000n : -((-micros + 999n) / 1000n);
  const date = new Date(Number(millis));
  if (Number.isNaN(date.getTime())) return `${micros} µs`;
  const rest = (((micros % 1000n) + 1000n) % 1000n).toString().padStart(3, '0');
  return date.toISOString().replace('Z', `${rest}Z`);
}

/** Microseconds → `1.5 s`. */
export function formatDuration(micros: bigint): string {
  const sign = micros < 0n ? '-' : '';
  const size = micros < 0n ? -micros : micros;
  const fraction = (size % 1_000_000n).toString().padStart(6, '0').replace(/0+$/, '');
  return `${sign}${size / 1_000_000n}${fraction && `.${fraction}`} s`;
}

function formatUuid(value: bigint): string {
  const hex = value.toString(16).padStart(32, '0');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

/** What a person typed → value. Messages say what would be accepted. */
export function parseValueText(type: AlgebraicType, text: string, typespace: Typespace): Result<Value> {
  const resolved = resolveRef(type, typespace);
  const trimmed = text.trim();
  const special = specialKind(resolved);
  if (special) return parseSpecial(special, resolved, text, typespace);
  if (resolved.tag === 'String') return ok(text);
  if (resolved.tag === 'Bool') {
    if (trimmed === 'true' || trimmed === 'false') return ok(trimmed === 'true');
    return fail('Enter true or false.');
  }
  if (isInteger(resolved)) return parseInteger(resolved, trimmed);
  if (resolved.tag === 'F32' || resolved.tag === 'F64') {
    if (trimmed !== '' && !Number.isNaN(Number(trimmed))) return ok(Number(trimmed));
    return fail('Enter a number, for instance 1.5.');
  }
  if (resolved.tag === 'Sum') {
    const variant = resolved.variants.find((v) => v.name === trimmed);
    if (variant && specialKind(resolveRef(variant.type, typespace)) === 'Unit') {
      return ok({ tag: trimmed, value: Object.create(null) });
    }
  }
  return parseAsJson(resolved, trimmed, typespace);
}

function parseInteger(type: AlgebraicType, text: string): Result<Value> {
  const range = integerRange(type);
  if (!range) return fail('This type is not an integer.');
  const digits = text.replaceAll('_', '');
  if (!/^[-+]?(\d+|0x[0-9a-fA-F]+)$/.test(digits)) return fail(`Enter a whole number (${type.tag.toLowerCase()}).`);
  const magnitude = BigInt(digits.replace(/^[-+]/, ''));
  const value = digits.startsWith('-') ? -magnitude : magnitude;
  if (value < range.min || value > range.max) {
    return fail(`Enter a number from ${range.min} to ${range.max} (${type.tag.toLowerCase()}).`);
  }
  return ok(isBigInteger(type) ? value : Number(value));
}

function parseAsJson(type: AlgebraicType, text: string, typespace: Typespace): Result<Value> {
  if (text === '') return fail('Enter a value as JSON.');
  const json = parseJson(text);
  if (!json.ok) return fail(`This is ${json.message}.`);
  const value = valueFromJson(type, json.value, typespace);
  return value.ok ? value : fail(`The JSON does not fit: ${value.message}.`);
}

function parseSpecial(special: SpecialKind, type: AlgebraicType, text: string, typespace: Typespace): Result<Value> {
  const trimmed = text.trim();
  switch (special) {
    case 'Identity':
      return parseHex(type, trimmed, 64, 'an identity');
    case 'ConnectionId':
      return parseHex(type, trimmed, 32, 'a connection id');
    case 'Uuid': {
      const valid = /^[0-9a-f]{8}(-?[0-9a-f]{4}){3}-?[0-9a-f]{12}$/i.test(trimmed);
      return valid
        ? ok(wrap(type, BigInt(`0x${trimmed.replaceAll('-', '')}`)))
        : fail('Enter a UUID such as f47ac10b-58cc-4372-a567-0e02b2c3d479.');
    }
    case 'Timestamp':
      return parseTimestamp(type, trimmed);
    case 'TimeDuration':
      return parseDuration(type, trimmed);
    case 'Bytes':
      return /^(0x)?([0-9a-fA-F]{2})*$/.test(trimmed)
        ? ok(Uint8Array.from((trimmed.replace(/^0x/, '').match(/../g) ?? []).map((pair) => Number.parseInt(pair, 16))))
        : fail('Enter bytes as pairs of hex digits, for instance 0x00ff.');
    case 'Unit':
      return ok(Object.create(null));
    case 'Option': {
      const some = type.tag === 'Sum' ? type.variants[0]?.type : undefined;
      if (trimmed === 'none' || !some) return ok({ tag: 'none', value: Object.create(null) });
      const inner = parseValueText(some, text, typespace);
      return inner.ok ? ok({ tag: 'some', value: inner.value }) : inner;
    }
    case 'Result':
    case 'ScheduleAt':
      return parseAsJson(type, trimmed, typespace);
  }
}

/** A one-field product around a number. */
function wrap(type: AlgebraicType, value: bigint): Value {
  const object: Record<string, Value> = Object.create(null);
  if (type.tag === 'Product') object[memberKey(type.elements[0]?.name, 0)] = value;
  return object;
}

function parseHex(type: AlgebraicType, text: string, digits: number, what: string): Result<Value> {
  const hex = text.replace(/^0x/i, '');
  const short = text.startsWith('0x') && hex.length > 0 && hex.length <= digits;
  if (!/^[0-9a-fA-F]*$/.test(hex) || !(hex.length === digits || short)) {
    return fail(`Enter ${what}: ${digits} hex digits.`);
  }
  return ok(wrap(type, BigInt(`0x${hex}`)));
}

function parseTimestamp(type: AlgebraicType, text: string): Result<Value> {
  const match = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d)?)(\.\d{1,6})?(Z|[-+]\d\d:?\d\d)?)?$/i.exec(text);
  const [, day, time = '00:00', fraction = '', zone = 'Z'] = match ?? [];
  const seconds = match
    ? Date.parse(`${day}T${time.length === 5 ? `${time}:00` : time}${zone.toUpperCase()}`)
    : Number.NaN;
  if (Number.isNaN(seconds)) return fail('Enter a time such as 2025-01-31T12:00:00Z.');
  return ok(wrap(type, BigInt(seconds) * 1000n + BigInt(fraction.slice(1).padEnd(6, '0'))));
}

const durationUnits: Readonly<Record<string, bigint>> = {
  us: 1n,
  µs: 1n,
  ms: 1_000n,
  s: 1_000_000n,
  m: 60_000_000n,
  min: 60_000_000n,
  h: 3_600_000_000n,
};

function parseDuration(type: AlgebraicType, text: string): Result<Value> {
  const [, sign, whole = '', fraction = '', unitName = 's'] = /^(-?)(\d+)(\.\d+)?\s*([a-zµ]+)?$/i.exec(text) ?? [];
  const unit = Object.hasOwn(durationUnits, unitName) ? durationUnits[unitName] : undefined;
  if (whole === '' || unit === undefined) return fail('Enter a duration such as 1.5 s or 250 ms.');
  const scale = 10n ** BigInt(Math.max(fraction.length - 1, 0));
  const micros = (BigInt(whole + fraction.slice(1)) * unit) / scale;
  return ok(wrap(type, sign ? -micros : micros));
}

/** Compact JSON text of a value, as `spacetime call` takes it. */
export const valueAsJsonText = (type: AlgebraicType, value: Value, typespace: Typespace): string =>
  stringifyJson(valueToJson(type, value, typespace, 'typed'));
