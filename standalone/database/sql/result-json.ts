/** Answers of the SQL endpoint. Source: reference "protocol" 1.3 and 1.7. */
import type { AlgebraicType, NamedType } from '../../../schema/algebraic-type.ts';
import { type Json, stringifyJson } from '../../../schema/sats-json.ts';

/** What a statement came to. */
export interface StatementResult {
  columns: NamedType[];
  /** Values in column order, untyped SATS-JSON. */
  rows: Json[];
  inserted: number;
  deleted: number;
  updated: number;
}

export const noRows: StatementResult = { columns: [], rows: [], inserted: 0, deleted: 0, updated: 0 };

export function resultJson({ columns, rows, ...counts }: StatementResult, durationMicros: number): string {
  return stringifyJson([
    {
      schema: { elements: members(columns) },
      rows,
      total_duration_micros: durationMicros,
      stats: { rows_inserted: counts.inserted, rows_deleted: counts.deleted, rows_updated: counts.updated },
    },
  ]);
}

const members = (list: readonly NamedType[]): Json =>
  list.map(({ name, type }) => ({
    name: optionalName(name),
    algebraic_type: typeToJson(type),
  }));

const optionalName = (name: string | undefined): Json => (name === undefined ? { none: [] } : { some: name });

/** A type in the JSON form of the HTTP API. */
function typeToJson(type: AlgebraicType): Json {
  switch (type.tag) {
    case 'Ref':
      return { Ref: type.ref };
    case 'Array':
      return { Array: typeToJson(type.element) };
    case 'Product':
      return { Product: { elements: members(type.elements) } };
    case 'Sum':
      return { Sum: { variants: members(type.variants) } };
    default:
      return { [type.tag]: [] };
  }
}
