/** Who sees which tables, and which of their rows. Source: reference "protocol" 4.4, "module host" 6.10. */
import { fail, ok, type Result } from '../../../schema/result.ts';
import type { Catalog, CatalogTable } from '../datastore/catalog.ts';
import { parseSubscription } from './parser.ts';
import { resolveSelect } from './resolve.ts';
import type { Select } from './syntax.ts';
import { type Condition, renumber, type TypedQuery } from './typed-query.ts';

/** Who asks: decides what is visible and what `:sender` means. Identities are 64 hex digits. */
export interface QueryCaller {
  identity: string;
  isOwner: boolean;
  /** Greatest number of rows that the caller may ask for at once; undefined for no limit. */
  rowLimit?: number | undefined;
  /** The rows of a view as the caller sees them; undefined when there is no such view for them. */
  view?(name: string): Result<CatalogTable> | undefined;
}

export const isVisible = (table: CatalogTable, caller: QueryCaller): boolean => caller.isOwner || table.def.isPublic;

/** The table of a name. One that is private is as absent as one that does not exist. */
export function findTable(name: string, catalog: Catalog, caller: QueryCaller): Result<CatalogTable> {
  const table = catalog.tableByName.get(name);
  if (table && isVisible(table, caller)) return ok(table);
  const view = caller.view?.(name);
  if (view) return view;
  return fail(`no such table: \`${name}\`. If the table exists, it may be marked private.`);
}

const rulesOfCatalogs = new WeakMap<Catalog, Map<number, Select[]>>();

/** Rules by the id of the table whose rows they admit. Rules that do not fit the catalog were refused at publish. */
function rulesOf(catalog: Catalog): Map<number, Select[]> {
  let rules = rulesOfCatalogs.get(catalog);
  if (rules) return rules;
  rules = new Map();
  for (const sql of catalog.module.rowLevelSecurity) {
    const parsed = parseSubscription(sql);
    if (!parsed.ok || parsed.value.kind !== 'select') continue;
    const table = ruleTable(parsed.value, catalog);
    if (table) rules.set(table.id, [...(rules.get(table.id) ?? []), parsed.value]);
  }
  rulesOfCatalogs.set(catalog, rules);
  return rules;
}

function ruleTable({ projection, from, joins }: Select, catalog: Catalog): CatalogTable | undefined {
  const name = projection.kind === 'star' ? projection.of : undefined;
  const given = [from, ...joins.map((join) => join.table)].find(({ alias }) => name === undefined || alias === name);
  return given && catalog.tableByName.get(given.name);
}

/**
 * What a query comes to for this caller: with rules on its tables, one query for each combination of rules. Their rows
 * together are the answer; a row that several rules admit is given several times, as by the real server.
 */
export function restrict(query: TypedQuery, catalog: Catalog, caller: QueryCaller): Result<TypedQuery[]> {
  const rules = rulesOf(catalog);
  if (caller.isOwner || rules.size === 0) return ok([query]);
  return expand(query, undefined, [], { catalog, caller, rules });
}

interface Expansion {
  catalog: Catalog;
  caller: QueryCaller;
  rules: Map<number, Select[]>;
}

/** `own` is the table whose rule the query is: a rule's own table is not restricted again within it. */
function expand(
  query: TypedQuery,
  own: number | undefined,
  resolving: readonly number[],
  expansion: Expansion,
): Result<TypedQuery[]> {
  const cycle = query.tables.find((table) => table.id !== own && resolving.includes(table.id));
  if (cycle) return fail(`Discovered cyclic dependency when resolving RLS rules for table id \`${cycle.id}\``);
  let queries: TypedQuery[] = [query];
  for (const [relation, table] of query.tables.entries()) {
    if (table.id === own || !expansion.rules.has(table.id)) continue;
    const admitted = admittedRows(table, resolving, expansion);
    if (!admitted.ok) return admitted;
    queries = queries.flatMap((outer) => admitted.value.map((inner) => substitute(outer, relation, inner)));
  }
  return ok(queries);
}

/** What the rules of a table admit, each rule restricted by the rules of the other tables in it. */
function admittedRows(table: CatalogTable, resolving: readonly number[], expansion: Expansion): Result<TypedQuery[]> {
  const admitted: TypedQuery[] = [];
  for (const rule of expansion.rules.get(table.id) ?? []) {
    // With the caller's rights: a rule that looks into a private table admits nobody but the owner, as on the real server.
    const resolved = resolveSelect(rule, expansion.catalog, expansion.caller);
    if (!resolved.ok) return fail(`${resolved.message} (in a row-level security rule of \`${table.def.name}\`)`);
    const { tables, conditions, output } = resolved.value;
    const expanded = expand({ tables, conditions, output }, table.id, [...resolving, table.id], expansion);
    if (!expanded.ok) return expanded;
    admitted.push(...expanded.value);
  }
  return ok(admitted);
}

/** `outer` with the rows of its table at `relation` limited to the output of `inner`. */
function substitute(outer: TypedQuery, relation: number, inner: TypedQuery): TypedQuery {
  const others = inner.tables.map((_, i) => i).filter((i) => i !== inner.output);
  const move = (i: number): number => (i === inner.output ? relation : outer.tables.length + others.indexOf(i));
  const conditions: Condition[] = inner.conditions.map((condition) => renumber(condition, move));
  return {
    tables: [...outer.tables, ...others.map((i) => inner.tables[i] as CatalogTable)],
    conditions: [...outer.conditions, ...conditions],
    output: outer.output,
  };
}

/**
 * What is wrong with the rules of a module. Rules that depend on each other in a circle are found by the first query,
 * as on the real server. Reference "module host" 6.10.
 */
export function ruleProblem(catalog: Catalog): string | undefined {
  const caller: QueryCaller = { identity: '0'.repeat(64), isOwner: true };
  for (const sql of catalog.module.rowLevelSecurity) {
    const problem = problemOfRule(sql, catalog, caller);
    if (problem !== undefined) return `failed to create row-level security: \`${sql}\`: ${problem}`;
  }
  return undefined;
}

function problemOfRule(sql: string, catalog: Catalog, caller: QueryCaller): string | undefined {
  const parsed = parseSubscription(sql);
  if (!parsed.ok) return parsed.message;
  if (parsed.value.kind !== 'select') return 'SELECT * FROM * is for subscriptions only';
  const resolved = resolveSelect(parsed.value, catalog, caller);
  if (!resolved.ok) return resolved.message;
  const table = resolved.value.tables[resolved.value.output] as CatalogTable;
  if (!table.def.isPublic) {
    return `Cannot define RLS rule on private table: ${table.def.name}. Please make table public if you wish to restrict access using RLS.`;
  }
  return undefined;
}
