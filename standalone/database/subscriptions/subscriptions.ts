/**
 * Who gets which changes. A query set is what one Subscribe message made; plans with the same key share one entry, so
 * that a commit is filtered and encoded once per distinct query and not once per client. Reference "protocol" 2.6.
 */
import { fail, ok, type Result } from '../../../schema/result.ts';
import {
  type EncodedTableUpdate,
  type QuerySetUpdate,
  type TableRows,
  tableUpdate,
} from '../../protocol/server-message.ts';
import type { Catalog, CatalogTable } from '../datastore/catalog.ts';
import type { TableChange } from '../datastore/transaction.ts';
import type { QueryCaller } from '../query/access.ts';
import { CommitChanges } from '../query/commit-changes.ts';
import { checkRowLimit } from '../query/row-limit.ts';
import { PlanIndex } from './plan-index.ts';
import { planSubscription, type QueryPlan, type RelationChange } from './query-plan.ts';

interface QuerySet {
  id: number;
  socket: number;
  /** Texts, for planning anew after a republish. */
  queries: string[];
  caller: QueryCaller;
  plans: SharedPlan[];
}

interface SharedPlan {
  plan: QueryPlan;
  subscribers: Set<QuerySet>;
}

export class Subscriptions {
  readonly #sets = new Map<number, Map<number, QuerySet>>();
  readonly #plans = new Map<string, SharedPlan>();
  readonly #index = new PlanIndex<SharedPlan>();

  get setCount(): number {
    let count = 0;
    for (const sets of this.#sets.values()) count += sets.size;
    return count;
  }

  has(socket: number, id: number): boolean {
    return this.#sets.get(socket)?.has(id) ?? false;
  }

  /** Whether some set has a query on the table. */
  concern(table: CatalogTable): boolean {
    return [...this.#plans.values()].some(({ plan }) => plan.join.relations.some((part) => part.table === table));
  }

  /** Adds a set and gives its rows. Fails, changing nothing, when a query does not compile. */
  subscribe(socket: number, id: number, queries: string[], catalog: Catalog, caller: QueryCaller): Result<TableRows[]> {
    const plans = planAll(queries, catalog, caller);
    if (!plans.ok) return plans;
    const limit = checkRowLimit(plans.value, caller);
    if (!limit.ok) return limit;
    const set: QuerySet = { id, socket, queries, caller, plans: [] };
    this.#attach(set, plans.value);
    const sets = this.#sets.get(socket) ?? new Map<number, QuerySet>();
    this.#sets.set(socket, sets.set(id, set));
    return ok(rowsOf(set.plans));
  }

  #attach(set: QuerySet, plans: readonly QueryPlan[]): void {
    for (const plan of plans) {
      const shared = this.#share(plan);
      shared.subscribers.add(set);
      set.plans.push(shared);
    }
  }

  #share(plan: QueryPlan): SharedPlan {
    const known = this.#plans.get(plan.key);
    if (known) return known;
    const shared: SharedPlan = { plan, subscribers: new Set() };
    this.#plans.set(plan.key, shared);
    this.#index.add(shared);
    return shared;
  }

  #detach(set: QuerySet): void {
    for (const shared of set.plans) {
      shared.subscribers.delete(set);
      if (shared.subscribers.size > 0) continue;
      this.#plans.delete(shared.plan.key);
      this.#index.remove(shared);
    }
    set.plans = [];
  }

  /** Removes a set; undefined when there is none with this id. `rows` gives what it selected. */
  unsubscribe(socket: number, id: number): { rows: () => TableRows[] } | undefined {
    const set = this.#sets.get(socket)?.get(id);
    if (!set) return undefined;
    const { plans } = set;
    this.#detach(set);
    this.#sets.get(socket)?.delete(id);
    return { rows: () => rowsOf(plans) };
  }

  removeSocket(socket: number): void {
    for (const set of this.#sets.get(socket)?.values() ?? []) this.#detach(set);
    this.#sets.delete(socket);
  }

  /**
   * Plans every set against a new catalog, keeping what clients hold. Sets that no longer compile are dropped and
   * returned. Only for changes that leave subscribed rows as they are; otherwise clients are disconnected.
   */
  replan(catalog: Catalog): { socket: number; id: number; error: string }[] {
    const dropped: { socket: number; id: number; error: string }[] = [];
    // All first: a plan that some set still held would be shared again, with the table of the old catalog in it.
    for (const sets of this.#sets.values()) for (const set of sets.values()) this.#detach(set);
    for (const sets of this.#sets.values()) {
      for (const set of [...sets.values()]) {
        const plans = planAll(set.queries, catalog, set.caller);
        if (plans.ok) {
          this.#attach(set, plans.value);
        } else {
          sets.delete(set.id);
          dropped.push({ socket: set.socket, id: set.id, error: plans.message });
        }
      }
    }
    return dropped;
  }

  /** What each socket has to hear about a commit. */
  deliveries(changes: readonly TableChange[]): Map<number, QuerySetUpdate[]> {
    const bySet = new Map<QuerySet, EncodedTableUpdate[]>();
    if (this.#plans.size === 0) return new Map();
    const commit = new CommitChanges(changes);
    for (const [shared, rows] of this.#index.affected(commit)) {
      const update = encodeUpdate(shared.plan, rows, commit);
      if (!update) continue;
      for (const set of shared.subscribers) {
        const updates = bySet.get(set);
        if (updates) updates.push(update);
        else bySet.set(set, [update]);
      }
    }
    const bySocket = new Map<number, QuerySetUpdate[]>();
    for (const [set, updates] of bySet) {
      const entry = { querySetId: set.id, updates };
      const entries = bySocket.get(set.socket);
      if (entries) entries.push(entry);
      else bySocket.set(set.socket, [entry]);
    }
    return bySocket;
  }
}

function encodeUpdate(
  plan: QueryPlan,
  changes: readonly RelationChange[],
  commit: CommitChanges,
): EncodedTableUpdate | undefined {
  const { inserts, deletes } = plan.update(changes, commit);
  const { isEvent, name } = plan.table.def;
  if (inserts.length === 0 && (deletes.length === 0 || isEvent)) return undefined;
  return tableUpdate(name, isEvent, inserts, deletes);
}

const rowsOf = (plans: readonly SharedPlan[]): TableRows[] =>
  plans.map(({ plan }) => ({ table: plan.table.def.name, rows: plan.initialRows() }));

/** Plans of all queries of a set, identical ones once. */
function planAll(queries: readonly string[], catalog: Catalog, caller: QueryCaller): Result<QueryPlan[]> {
  const plans = new Map<string, QueryPlan>();
  for (const query of queries) {
    const planned = planSubscription(query, catalog, caller);
    if (!planned.ok) return fail(`${planned.message}, executing: \`${query}\``);
    for (const plan of planned.value) plans.set(plan.key, plan);
  }
  return ok([...plans.values()]);
}
