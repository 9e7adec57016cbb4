/** SELECT over HTTP: rows, projections, COUNT, LIMIT, any number of joins. Source: reference "protocol" 4.1. */
import { type NamedType, primitive } from '../../../schema/algebraic-type.ts';
import { BsatnReader, readValue } from '../../../schema/bsatn.ts';
import { inlineType } from '../../../schema/inline-type.ts';
import { fail, ok, type Result } from '../../../schema/result.ts';
import { type Json, valueToJson } from '../../../schema/sats-json.ts';
import type { ByteString } from '../datastore/byte-string.ts';
import type { Catalog, CatalogTable } from '../datastore/catalog.ts';
import { type QueryCaller, restrict } from '../query/access.ts';
import { JoinQuery } from '../query/join.ts';
import { encodeLiteral } from '../query/literal.ts';
import { type ResolvedSelect, resolveColumn, resolveSelect } from '../query/resolve.ts';
import { checkRowLimit } from '../query/row-limit.ts';
import type { Select } from '../query/syntax.ts';
import type { ColumnRef } from '../query/typed-query.ts';
import { noRows, type StatementResult } from './result-json.ts';

export function runSelect(select: Select, catalog: Catalog, caller: QueryCaller): Result<StatementResult> {
  const limit = readLimit(select.limit);
  if (!limit.ok) return limit;
  const resolved = resolveSelect(select, catalog, caller);
  if (!resolved.ok) return resolved;
  const projected = projectedColumns(select, resolved.value);
  if (!projected.ok) return projected;
  const queries = restrict(resolved.value, catalog, caller);
  if (!queries.ok) return queries;
  const plans = queries.value.map((query) => ({ join: new JoinQuery(query) }));
  const allowed = checkRowLimit(plans, caller);
  if (!allowed.ok) return allowed;
  const joins = plans.map(({ join }) => join);
  if (select.projection.kind === 'count') return ok(countRows(select.projection.alias, joins, limit.value));
  return ok(readRows(projected.value, resolved.value.tables, joins, limit.value));
}

/** Greatest number of rows; infinite without a limit. */
function readLimit(text: string | undefined): Result<number> {
  if (text === undefined) return ok(Number.POSITIVE_INFINITY);
  const encoded = encodeLiteral({ kind: 'literal', text, form: 'number' }, primitive('U64'));
  return encoded.ok ? ok(Number(Buffer.from(encoded.value).readBigUInt64LE())) : encoded;
}

interface ProjectedColumn extends NamedType {
  at: ColumnRef;
}

function projectedColumns(
  { projection }: Select,
  { scope, tables, output }: ResolvedSelect,
): Result<ProjectedColumn[]> {
  if (projection.kind !== 'columns') {
    const { def, typespace } = tables[output] as CatalogTable;
    return ok(
      def.columns.map(({ name, type, position }) => ({
        name,
        type: inlineType(type, typespace),
        at: { relation: output, column: position },
      })),
    );
  }
  const columns: ProjectedColumn[] = [];
  for (const { column, alias } of projection.columns) {
    if (columns.some(({ name }) => name === alias)) return fail(`Duplicate name \`${alias}\``);
    const found = resolveColumn(column, scope);
    if (!found.ok) return found;
    columns.push({ name: alias, type: found.value.type, at: found.value.at });
  }
  return ok(columns);
}

function countRows(alias: string, joins: readonly JoinQuery[], limit: number): StatementResult {
  let count = 0;
  for (const join of joins) {
    if (join.isWholeTable) {
      count += join.output.store.size;
    } else {
      join.evaluate(() => {
        count++;
      });
    }
  }
  const columns = [{ name: alias, type: primitive('U64') }];
  return { ...noRows, columns, rows: limit > 0 ? [[count]] : [] };
}

function readRows(
  columns: readonly ProjectedColumn[],
  tables: readonly CatalogTable[],
  joins: readonly JoinQuery[],
  limit: number,
): StatementResult {
  const readers = columns.map(({ at, type }) => columnReader(tables[at.relation] as CatalogTable, at, type));
  const rows: Json[] = [];
  const isFull = (): boolean => rows.length >= limit;
  for (const join of joins) {
    if (isFull()) break;
    join.evaluate((tuple) => {
      if (!isFull()) rows.push(readers.map((read) => read(tuple)));
    }, isFull);
  }
  return { ...noRows, columns: columns.map(({ name, type }) => ({ name, type })), rows };
}

function columnReader(
  { store, typespace }: CatalogTable,
  { relation, column }: ColumnRef,
  type: NamedType['type'],
): (tuple: readonly ByteString[]) => Json {
  return (tuple) => {
    const row = tuple[relation] as ByteString;
    const bytes = store.load(row);
    const at = store.layout.locate(bytes, 0, row.length, column);
    const value = readValue(new BsatnReader(bytes.subarray(at, row.length)), type, typespace);
    return valueToJson(type, value, typespace, 'untyped');
  };
}
