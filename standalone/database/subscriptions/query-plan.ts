/**
 * Plans of queries that give rows of one table: those of subscriptions and one-off queries. A plan gives its rows, and
 * for a commit the rows that came and went; the work of the latter follows the size of the change.
 */
import { fail, ok, type Result } from '../../../schema/result.ts';
import type { ByteString } from '../datastore/byte-string.ts';
import type { Catalog, CatalogTable } from '../datastore/catalog.ts';
import { isVisible, type QueryCaller, restrict } from '../query/access.ts';
import type { CommitChanges } from '../query/commit-changes.ts';
import { indexOn, JoinQuery, presentState } from '../query/join.ts';
import { parseSubscription } from '../query/parser.ts';
import { resolveSelect } from '../query/resolve.ts';
import { checkRowLimit } from '../query/row-limit.ts';
import { queryKey, type TypedQuery } from '../query/typed-query.ts';

/** Rows of the table at a position of a join that a commit brought or took away. */
export interface RelationChange {
  relation: number;
  inserts: readonly ByteString[];
  deletes: readonly ByteString[];
}

export interface RowChanges {
  inserts: readonly ByteString[];
  deletes: readonly ByteString[];
}

export class QueryPlan {
  /** Plans with equal keys have equal results, so that the work can be shared. */
  readonly key: string;
  readonly join: JoinQuery;

  constructor(query: TypedQuery) {
    this.join = new JoinQuery(query);
    this.key = queryKey(query);
  }

  /** The table whose rows the plan gives. */
  get table(): CatalogTable {
    return this.join.output;
  }

  /** All rows; with joins, a row comes once for every combination that it is part of. */
  initialRows(): ByteString[] {
    if (this.table.def.isEvent) return [];
    if (this.join.isWholeTable) return [...this.table.store.rows()];
    const rows: ByteString[] = [];
    const { output } = this.join.query;
    this.join.evaluate((tuple) => rows.push(tuple[output] as ByteString));
    return rows;
  }

  /** What a commit changed, given the changes that may concern the plan. */
  update(changes: readonly RelationChange[], commit: CommitChanges): RowChanges {
    if (this.join.relations.length > 1) return this.#updateJoin(changes, commit);
    const [change] = changes;
    if (!change) return { inserts: [], deletes: [] };
    if (this.join.isWholeTable) return change;
    return {
      inserts: change.inserts.filter((row) => this.join.admits(0, row)),
      deletes: change.deletes.filter((row) => this.join.admits(0, row)),
    };
  }

  /**
   * The change of a join is the sum, over its tables, of the table's changed rows joined with the tables before it as
   * they are now and the tables after it as they were. Event tables come last: the rows of a commit meet what it left.
   */
  #updateJoin(changes: readonly RelationChange[], commit: CommitChanges): RowChanges {
    const counts = new Map<ByteString, number>();
    const { output } = this.join.query;
    const position = (relation: number): number =>
      this.join.relations[relation]?.table.def.isEvent ? relation + this.join.relations.length : relation;
    for (const { relation, inserts, deletes } of changes) {
      const stateOf = (table: CatalogTable, other: number) =>
        position(other) < position(relation) ? presentState(table) : commit.before(table);
      for (const [rows, sign] of [[inserts, 1] as const, [deletes, -1] as const]) {
        const admitted = rows.filter((row) => this.join.admits(relation, row));
        this.join.evaluateFrom(relation, admitted, stateOf, (tuple) => {
          const row = tuple[output] as ByteString;
          counts.set(row, (counts.get(row) ?? 0) + sign);
        });
      }
    }
    return netChanges(counts);
  }
}

function netChanges(counts: ReadonlyMap<ByteString, number>): RowChanges {
  const inserts: ByteString[] = [];
  const deletes: ByteString[] = [];
  for (const [row, count] of counts) {
    for (let i = 0; i < count; i++) inserts.push(row);
    for (let i = 0; i > count; i--) deletes.push(row);
  }
  return { inserts, deletes };
}

/** Plans of a one-off query. A query is several plans where row-level security rules are alternatives. */
export function planQuery(text: string, catalog: Catalog, caller: QueryCaller): Result<QueryPlan[]> {
  const queries = resolveQuery(text, catalog, caller);
  if (!queries.ok) return queries;
  const plans = queries.value.map((query) => new QueryPlan(query));
  const limit = checkRowLimit(plans, caller);
  return limit.ok ? ok(plans) : limit;
}

/** Plans of one query text of a subscription, which must be possible to keep up to date. */
export function planSubscription(text: string, catalog: Catalog, caller: QueryCaller): Result<QueryPlan[]> {
  const queries = resolveQuery(text, catalog, caller);
  if (!queries.ok) return queries;
  for (const query of queries.value) {
    const problem = maintenanceProblem(query);
    if (problem !== undefined) return fail(problem);
  }
  return ok(queries.value.map((query) => new QueryPlan(query)));
}

function resolveQuery(text: string, catalog: Catalog, caller: QueryCaller): Result<TypedQuery[]> {
  const parsed = parseSubscription(text);
  if (!parsed.ok) return parsed;
  if (parsed.value.kind === 'allTables') return everyTable(catalog, caller);
  const resolved = resolveSelect(parsed.value, catalog, caller);
  if (!resolved.ok) return resolved;
  const { tables, conditions, output } = resolved.value;
  return restrict({ tables, conditions, output }, catalog, caller);
}

function everyTable(catalog: Catalog, caller: QueryCaller): Result<TypedQuery[]> {
  const queries: TypedQuery[] = [];
  for (const table of catalog.tables.values()) {
    if (table.isSystem || table.def.isEvent || !isVisible(table, caller)) continue;
    const restricted = restrict({ tables: [table], conditions: [], output: 0 }, catalog, caller);
    if (!restricted.ok) return restricted;
    queries.push(...restricted.value);
  }
  return ok(queries);
}

/** Why a query cannot be kept up to date at a cost that follows the change. Reference "protocol" 4.2. */
function maintenanceProblem(query: TypedQuery): string | undefined {
  const { tables, output } = query;
  if (tables.length === 1) return undefined;
  if (tables.length > 2) return `Invalid number of tables in subscription: ${tables.length}`;
  const indexed = new JoinQuery(query).equalities(0).some(({ own, other }) => {
    const [left, right] = [tables[own.relation], tables[other.relation]];
    return left && right && indexOn(left, own.column) && indexOn(right, other.column);
  });
  if (!indexed) return 'Subscriptions require indexes on join columns';
  return tables.some((table, i) => i !== output && table.def.isEvent)
    ? 'Event tables cannot be used as the lookup table in subscription joins'
    : undefined;
}
