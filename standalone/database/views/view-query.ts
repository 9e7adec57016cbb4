/** Queries that a view returns instead of rows. They see everything: views decide themselves what they show. */
import { fail, ok, type Result } from '../../../schema/result.ts';
import type { ByteString } from '../datastore/byte-string.ts';
import type { Catalog, CatalogTable } from '../datastore/catalog.ts';
import type { ReadSet } from '../datastore/read-set.ts';
import { parseSubscription } from '../query/parser.ts';
import { resolveSelect } from '../query/resolve.ts';
import { QueryPlan } from '../subscriptions/query-plan.ts';
import { shapeOf } from './view-table.ts';

interface ViewQueryContext {
  catalog: Catalog;
  /** What `:sender` means; 64 hex digits. */
  identity: string;
  /** The table of the view, for its row type. */
  table: CatalogTable;
  reads: ReadSet;
}

export function runViewQuery(
  query: string,
  { catalog, identity, table, reads }: ViewQueryContext,
): Result<readonly ByteString[]> {
  if (query.trim() === '') return ok([]);
  const inView = (message: string): Result<never> => fail(`in the view ${table.def.name}: ${message}: ${query}`);
  const parsed = parseSubscription(query);
  if (!parsed.ok) return inView(parsed.message);
  if (parsed.value.kind !== 'select') return inView('SELECT * FROM * is for subscriptions only');
  const names = [parsed.value.from, ...parsed.value.joins.map((join) => join.table)].map(({ name }) => name);
  if (catalog.module.views.some((view) => names.includes(view.name) || names.includes(view.accessor))) {
    return inView('view definition cannot read from other views');
  }
  const resolved = resolveSelect(parsed.value, catalog, { identity, isOwner: true });
  if (!resolved.ok) return inView(resolved.message);
  const plan = new QueryPlan(resolved.value);
  const given = plan.table;
  if (shapeOf(given.def.columns, given.typespace) !== shapeOf(table.def.columns, table.typespace)) {
    return inView(`the rows of \`${given.def.name}\` are not of the type that the view returns`);
  }
  for (const read of resolved.value.tables) reads.addTable(read);
  return ok(plan.initialRows());
}
