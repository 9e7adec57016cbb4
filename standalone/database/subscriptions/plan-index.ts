/**
 * Which plans a changed row may concern. A plan that wants a column to equal a constant is found by the value of that
 * column, so that a commit is not compared with the queries of everybody who asks for other rows; a plan that wants it
 * of a row that the changed row refers to by a unique key is found by way of that row.
 */
import type { ByteString } from '../datastore/byte-string.ts';
import type { CatalogTable } from '../datastore/catalog.ts';
import type { Key } from '../datastore/key-encoding.ts';
import type { TableIndex } from '../datastore/table-index.ts';
import type { TableChange } from '../datastore/transaction.ts';
import type { ValueCondition } from '../query/access-path.ts';
import type { CommitChanges } from '../query/commit-changes.ts';
import { indexOn } from '../query/join.ts';
import { columnKey } from '../query/typed-query.ts';
import type { QueryPlan, RelationChange } from './query-plan.ts';

/** A table of a plan's join: the plan wants to know of its changes. */
interface Interest<P> {
  owner: P;
  relation: number;
}

/** Interests by the value of a column of the changed row. */
interface ByColumn<P> {
  key: (row: ByteString) => Key;
  interests: Map<Key, Set<Interest<P>>>;
}

/** From a column of the changed row by a unique index to another table's row; interests by a column of that row. */
interface ByReference<P> extends ByColumn<P> {
  target: CatalogTable;
  index: TableIndex;
  targetKey: (row: ByteString) => Key;
}

interface TableInterests<P> {
  always: Set<Interest<P>>;
  byColumn: Map<number, ByColumn<P>>;
  byReference: Map<string, ByReference<P>>;
}

export class PlanIndex<P extends { readonly plan: QueryPlan }> {
  readonly #tables = new Map<number, TableInterests<P>>();
  readonly #removals = new Map<P, (() => void)[]>();

  add(owner: P): void {
    const removals = owner.plan.join.relations.map(({ table }, relation) =>
      this.#register({ owner, relation }, owner.plan, table),
    );
    this.#removals.set(owner, removals);
  }

  remove(owner: P): void {
    for (const remove of this.#removals.get(owner) ?? []) remove();
    this.#removals.delete(owner);
  }

  #register(interest: Interest<P>, plan: QueryPlan, table: CatalogTable): () => void {
    const tables = this.#tables.get(table.id) ?? { always: new Set(), byColumn: new Map(), byReference: new Map() };
    this.#tables.set(table.id, tables);
    const { join } = plan;
    const own = equalityIn(join, interest.relation);
    if (own) {
      const { column } = own.column;
      const group = tables.byColumn.get(column) ?? { key: columnKey(table, column), interests: new Map() };
      tables.byColumn.set(column, group);
      return addTo(group.interests, own.key, interest);
    }
    for (const reference of join.equalities(interest.relation)) {
      const target = join.relations[reference.other.relation]?.table as CatalogTable;
      const index = indexOn(target, reference.other.column);
      const wanted = equalityIn(join, reference.other.relation);
      if (!wanted || !index?.shape.unique) continue;
      const name = `${reference.own.column} ${target.id} ${reference.other.column} ${wanted.column.column}`;
      const group = tables.byReference.get(name) ?? {
        key: columnKey(table, reference.own.column),
        target,
        index,
        targetKey: columnKey(target, wanted.column.column),
        interests: new Map(),
      };
      tables.byReference.set(name, group);
      return addTo(group.interests, wanted.key, interest);
    }
    tables.always.add(interest);
    return () => tables.always.delete(interest);
  }

  /** The plans that a commit may concern, each with the rows that may. */
  affected(commit: CommitChanges): Map<P, RelationChange[]> {
    const affected = new Map<P, RelationChange[]>();
    for (const change of commit.changes) {
      const tables = this.#tables.get(change.table.id);
      if (!tables) continue;
      for (const { owner, relation } of tables.always) {
        const { inserts, deletes } = change;
        listOf(affected, owner).push({ relation, inserts, deletes });
      }
      for (const [interest, rows] of rowsByInterest(change, tables, commit)) {
        listOf(affected, interest.owner).push({ relation: interest.relation, ...rows });
      }
    }
    return affected;
  }
}

const equalityIn = (join: QueryPlan['join'], relation: number): ValueCondition | undefined =>
  join.relations[relation]?.conditions.find(
    (condition): condition is ValueCondition => condition.kind === 'value' && condition.comparison === '=',
  );

function addTo<P>(interests: Map<Key, Set<Interest<P>>>, key: Key, interest: Interest<P>): () => void {
  const set = interests.get(key) ?? new Set();
  interests.set(key, set.add(interest));
  return () => {
    set.delete(interest);
    if (set.size === 0) interests.delete(key);
  };
}

function listOf<K, V>(map: Map<K, V[]>, key: K): V[] {
  const known = map.get(key);
  if (known) return known;
  const list: V[] = [];
  map.set(key, list);
  return list;
}

interface Rows {
  inserts: ByteString[];
  deletes: ByteString[];
}

function rowsByInterest<P>(
  { inserts, deletes }: TableChange,
  { byColumn, byReference }: TableInterests<P>,
  commit: CommitChanges,
): Map<Interest<P>, Rows> {
  const found = new Map<Interest<P>, Rows>();
  if (byColumn.size === 0 && byReference.size === 0) return found;
  const note = (interests: Iterable<Interest<P>>, kind: keyof Rows, row: ByteString): void => {
    for (const interest of interests) {
      const rows = found.get(interest) ?? { inserts: [], deletes: [] };
      found.set(interest, rows);
      rows[kind].push(row);
    }
  };
  for (const [kind, rows] of [['inserts', inserts] as const, ['deletes', deletes] as const]) {
    for (const row of rows) {
      for (const group of byColumn.values()) note(group.interests.get(group.key(row)) ?? [], kind, row);
      for (const group of byReference.values()) note(referring(group, row, commit), kind, row);
    }
  }
  return found;
}

/** Interests in rows that refer to what this row refers to, now or before the commit. */
function referring<P>(group: ByReference<P>, row: ByteString, commit: CommitChanges): Set<Interest<P>> {
  const key = group.key(row);
  const interests = new Set<Interest<P>>();
  for (const target of [...group.index.rowsAt(key), ...commit.deletedAt(group.target, group.index, key)]) {
    for (const interest of group.interests.get(group.targetKey(target)) ?? []) interests.add(interest);
  }
  return interests;
}
