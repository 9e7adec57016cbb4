/** Literals of the query language, read by the type of the column they stand beside. Reference "protocol" 4.3. */
import {
  type AlgebraicType,
  integerRange,
  isBigInteger,
  primitive,
  specialKind,
} from '../../../schema/algebraic-type.ts';
import { encodeValue } from '../../../schema/bsatn.ts';
import { printType } from '../../../schema/migration-types.ts';
import { fail, type Result } from '../../../schema/result.ts';
import type { Value } from '../../../schema/value.ts';
import type { Literal } from './syntax.ts';

/** Whether the query language compares values of the type at all. */
export function isComparable(type: AlgebraicType): boolean {
  const kind = specialKind(type);
  if (kind !== undefined) return ['Identity', 'ConnectionId', 'Timestamp', 'Uuid', 'Bytes'].includes(kind);
  return type.tag !== 'Sum' && type.tag !== 'Product' && type.tag !== 'Array';
}

/** BSATN of a literal in a condition, read as a value of `type`, whatever its own form. */
export function encodeLiteral({ text, form }: Literal, type: AlgebraicType): Result<Uint8Array> {
  if (form === 'bool' && type.tag !== 'Bool') return fail(unexpectedType(primitive('Bool'), type));
  const value = literalValue(text, form, type);
  if (value === undefined) {
    return fail(`The literal expression \`${text}\` cannot be parsed as type \`${printType(type)}\``);
  }
  return encodeValue(type, value, []);
}

/** BSATN of a literal that is to be stored: here quoted text is for String columns only. */
export function encodeStored(literal: Literal, type: AlgebraicType): Result<Uint8Array> {
  if (literal.form === 'bool' && type.tag !== 'Bool') return fail(unexpectedType(type, primitive('Bool')));
  if (literal.form === 'string' && type.tag !== 'String') return fail(unexpectedType(type, primitive('String')));
  return encodeLiteral(literal, type);
}

export const unexpectedType = (expected: AlgebraicType, inferred: AlgebraicType): string =>
  `Unexpected type: (expected) ${printType(expected)} != ${printType(inferred)} (inferred)`;

function literalValue(text: string, form: Literal['form'], type: AlgebraicType): Value | undefined {
  switch (specialKind(type)) {
    case 'Identity':
      return single('__identity__', hexNumber(text, 64));
    case 'ConnectionId':
      return single('__connection_id__', hexNumber(text, 32));
    case 'Uuid':
      return single('__uuid__', hexNumber(text.replaceAll('-', ''), 32));
    case 'Timestamp':
      return single('__timestamp_micros_since_unix_epoch__', timestampMicros(text));
    case 'Bytes':
      return hexBytes(text);
    default:
      return scalarValue(text, form, type);
  }
}

const single = (field: string, value: bigint | undefined): Value | undefined =>
  value === undefined ? undefined : { [field]: value };

function scalarValue(text: string, form: Literal['form'], type: AlgebraicType): Value | undefined {
  if (type.tag === 'String') return text;
  if (type.tag === 'Bool') return form === 'bool' ? text === 'true' : undefined;
  if (form === 'hex') {
    // System tables keep identities and connection ids as these. Elsewhere hexadecimal digits are bytes: read as a
    // decimal number, as the real server does, they would silently mean something else.
    if (type.tag === 'U256') return hexNumber(text, 64);
    return type.tag === 'U128' ? hexNumber(text, 32) : undefined;
  }
  if (type.tag === 'F32' || type.tag === 'F64') {
    return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : undefined;
  }
  const range = integerRange(type);
  const integer = integerOf(text);
  if (!range || integer === undefined || integer < range.min || integer > range.max) return undefined;
  return isBigInteger(type) ? integer : Number(integer);
}

/** `42`, `-1`, `1e3` and `2.50e1`, as long as the value is whole. */
function integerOf(text: string): bigint | undefined {
  const match = /^([+-]?)(\d*)\.?(\d*)(?:[eE]\+?(\d{1,2}))?$/.exec(text);
  if (!match || !/\d/.test(text)) return undefined;
  const [, sign, whole, decimals = '', exponent = '0'] = match;
  const fraction = decimals.replace(/0+$/, '');
  const zeros = Number(exponent) - fraction.length;
  if (zeros < 0) return undefined;
  const digits = BigInt(`${whole}${fraction}${'0'.repeat(zeros)}`);
  return sign === '-' ? -digits : digits;
}

function hexNumber(text: string, digits: number): bigint | undefined {
  const hex = text.replace(/^0x/i, '');
  return /^[0-9a-fA-F]+$/.test(hex) && hex.length <= digits ? BigInt(`0x${hex}`) : undefined;
}

function hexBytes(text: string): Uint8Array | undefined {
  const hex = text.replace(/^0x/i, '');
  return /^([0-9a-fA-F]{2})*$/.test(hex) ? new Uint8Array(Buffer.from(hex, 'hex')) : undefined;
}

function timestampMicros(text: string): bigint | undefined {
  const match = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}:\d{2})(?:\.(\d{1,9}))?(Z|[+-]\d{2}:?\d{2})?$/i.exec(text);
  if (!match) return undefined;
  const milliseconds = Date.parse(`${match[1]}T${match[2]}${match[4] ?? 'Z'}`);
  if (Number.isNaN(milliseconds)) return undefined;
  return BigInt(milliseconds) * 1000n + BigInt((match[3] ?? '').padEnd(6, '0').slice(0, 6));
}
