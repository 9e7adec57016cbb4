/** Reads over HTTP: the subscription grammar, answered as the SQL route answers. Source: reference "protocol" 1.7. */
import type { AlgebraicType } from '../../schema/algebraic-type.ts';
import { BsatnReader, readValue } from '../../schema/bsatn.ts';
import { type Json, stringifyJson, valueToJson } from '../../schema/sats-json.ts';
import { queryCaller } from './client-messages.ts';
import type { DatabaseCore } from './core.ts';
import { byteStringToBuffer } from './datastore/byte-string.ts';
import type { RequestArgs, RequestReply } from './messages.ts';
import { planQuery, type QueryPlan } from './subscriptions/query-plan.ts';

export function runSql(core: DatabaseCore, { identity, query }: RequestArgs<'sql'>): RequestReply<'sql'> {
  const started = performance.now();
  const plans = planQuery(query, core.catalog, queryCaller(core, identity));
  if (!plans.ok) return { ok: false, status: 400, message: `${plans.message}, executing: \`${query}\`` };
  const [plan] = plans.value;
  if (!plan || plans.value.length > 1) {
    return { ok: false, status: 400, message: 'SELECT * FROM * is for subscriptions only' };
  }
  const rows = rowsOf(plan);
  const seconds = (performance.now() - started) / 1000;
  core.metrics.transacted({ type: 'Sql', reducer: '', committed: true, seconds });
  const durationMicros = Math.round(seconds * 1e6);
  const elements = plan.table.def.columns.map(({ name, type }) => ({
    name: { some: name },
    algebraic_type: typeToJson(type),
  }));
  const json = stringifyJson([
    {
      schema: { elements },
      rows,
      total_duration_micros: durationMicros,
      stats: { rows_inserted: 0, rows_deleted: 0, rows_updated: 0 },
    },
  ]);
  return { ok: true, json, durationMicros };
}

function rowsOf(plan: QueryPlan): Json[] {
  const { typespace, def } = plan.table;
  const rowType: AlgebraicType = { tag: 'Product', elements: def.columns.map(({ name, type }) => ({ name, type })) };
  return plan
    .initialRows()
    .map((row) =>
      valueToJson(
        rowType,
        readValue(new BsatnReader(byteStringToBuffer(row)), rowType, typespace),
        typespace,
        'untyped',
      ),
    );
}

const optionalName = (name: string | undefined): Json => (name === undefined ? { none: [] } : { some: name });

/** A type in the JSON form of the HTTP API. */
function typeToJson(type: AlgebraicType): Json {
  const members = (list: readonly { name: string | undefined; type: AlgebraicType }[]): Json =>
    list.map((member) => ({
      name: optionalName(member.name),
      algebraic_type: typeToJson(member.type),
    }));
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
