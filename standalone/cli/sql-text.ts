/** The server's answer to a SQL statement as a table. Source: reference "cli and generate" 2.1. */
import {
  type AlgebraicType,
  type NamedType,
  resolveRef,
  specialKind,
  type Typespace,
} from '../../schema/algebraic-type.ts';
import { type Json, parseJson, stringifyJson, valueFromJson } from '../../schema/sats-json.ts';
import { memberKey, type ProductValue, type SumValue, type Value } from '../../schema/value.ts';
import { formatTimestamp, formatValue } from '../../schema/value-text.ts';
import { algebraicTypeFromJson } from './algebraic-type-json.ts';
import { CliError } from './errors.ts';
import { formatTable } from './text-table.ts';

/** One table per statement; statements without columns print nothing. */
export function formatSqlResult(text: string): string {
  const results = parseJson(text);
  if (!results.ok || !Array.isArray(results.value))
    throw new CliError('The answer to the statement could not be read.');
  return (results.value as readonly SqlResult[]).map(formatOne).filter(Boolean).join('\n\n');
}

interface SqlResult {
  readonly schema: { readonly elements: readonly Json[] };
  readonly rows: readonly Json[];
}

function formatOne({ schema, rows }: SqlResult): string {
  const row = algebraicTypeFromJson({ Product: { elements: schema.elements } });
  if (row.tag !== 'Product' || row.elements.length === 0) return '';
  const head = row.elements.map((element, i) => memberKey(element.name, i));
  const cells = rows.map((json) => {
    if (!Array.isArray(json) || json.length !== head.length) {
      throw new CliError('A row of the answer does not have the columns that the answer names.');
    }
    return row.elements.map(({ type }, i) => cellText(type, json[i] as Json));
  });
  return formatTable(head, cells);
}

/** A recursive type is a reference to a typespace that the answer does not bring; its values are shown as they came. */
function cellText(type: AlgebraicType, json: Json): string {
  const value = valueFromJson(type, json, noTypes);
  return value.ok ? sqlText(type, value.value) : stringifyJson(json);
}

const noTypes: Typespace = [];

/** Strings in quotes, identities as `0x...`, times as RFC 3339, sums as `(variant = payload)`. */
function sqlText(type: AlgebraicType, value: Value): string {
  const resolved = resolveRef(type, noTypes);
  const kind = specialKind(resolved);
  if (resolved.tag === 'String') return JSON.stringify(value);
  if (kind === 'Identity' || kind === 'ConnectionId')
    return `0x${formatValue(type, value, noTypes).replace(/^0x/, '')}`;
  if (kind === 'Timestamp') return formatTimestamp(Object.values(value as ProductValue)[0] as bigint);
  if (kind === 'Bytes') return `0x${Buffer.from(value as Uint8Array).toString('hex')}`;
  if (kind === 'TimeDuration' || kind === 'Uuid') return formatValue(type, value, noTypes);
  switch (resolved.tag) {
    case 'Array':
      return `[${(value as readonly Value[]).map((item) => sqlText(resolved.element, item)).join(', ')}]`;
    case 'Product':
      return `(${resolved.elements.map((element, i) => assignment(element, i, (value as ProductValue)[memberKey(element.name, i)] as Value)).join(', ')})`;
    case 'Sum': {
      const { tag, value: payload } = value as SumValue;
      const position = resolved.variants.findIndex((variant, i) => memberKey(variant.name, i) === tag);
      const variant = resolved.variants[position];
      return variant ? `(${assignment(variant, position, payload)})` : `(${tag})`;
    }
    default:
      return String(value);
  }
}

const assignment = (member: NamedType, position: number, value: Value): string =>
  `${memberKey(member.name, position)} = ${sqlText(member.type, value)}`;
