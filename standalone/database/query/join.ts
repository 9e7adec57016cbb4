/**
 * Evaluation of a query over one or several tables. A join starts from rows of one table and adds one table after the
 * other, by an index on the column that a condition makes equal to one already known.
 */
import type { ByteString } from '../datastore/byte-string.ts';
import type { CatalogTable } from '../datastore/catalog.ts';
import type { Key } from '../datastore/key-encoding.ts';
import type { TableIndex } from '../datastore/table-index.ts';
import { type AccessPath, accessPath, averageRows, estimateRows, readPath } from './access-path.ts';
import { type RowFilter, rowFilter, type TupleFilter, tupleFilter } from './filter.ts';
import { type ColumnRef, type Condition, columnKey, relationsOf, type TypedQuery } from './typed-query.ts';

/** The rows of a table at some moment. */
export interface TableState {
  rows(): Iterable<ByteString>;
  at(index: TableIndex, key: Key): Iterable<ByteString>;
}

/** The table as it is. */
export const presentState = ({ store }: CatalogTable): TableState => ({
  rows: () => store.rows(),
  at: (index, key) => index.rowsAt(key),
});

interface Relation {
  table: CatalogTable;
  conditions: Condition[];
  filter: RowFilter | undefined;
  path: AccessPath;
}

/** How one more table is added to rows that are known. */
interface Step {
  relation: number;
  lookup: { column: number; index: TableIndex | undefined; key: (tuple: readonly ByteString[]) => Key } | undefined;
  /** Conditions that can be checked from here on. */
  checks: TupleFilter[];
}

type Emit = (tuple: readonly ByteString[]) => void;

export class JoinQuery {
  readonly query: TypedQuery;
  readonly relations: readonly Relation[];
  readonly #across: readonly { condition: Condition; needs: ReadonlySet<number> }[];
  readonly #steps = new Map<number, Step[]>();
  /** False when a condition without columns does not hold: then there are no rows at all. */
  readonly #possible: boolean;

  constructor(query: TypedQuery) {
    this.query = query;
    const across: { condition: Condition; needs: ReadonlySet<number> }[] = [];
    const local = query.tables.map((): Condition[] => []);
    let possible = true;
    for (const condition of query.conditions) {
      const needs = relationsOf(condition);
      const [first] = needs;
      if (first === undefined) possible &&= tupleFilter(condition, query.tables)([]);
      else if (needs.size === 1) local[first]?.push(condition);
      else across.push({ condition, needs });
    }
    this.#across = across;
    this.#possible = possible;
    this.relations = query.tables.map((table, i) => {
      const conditions = local[i] as Condition[];
      return { table, conditions, filter: rowFilter(conditions, table), path: accessPath(conditions, table) };
    });
  }

  get output(): CatalogTable {
    return (this.relations[this.query.output] as Relation).table;
  }

  /** Whether the row of the table at `relation` meets the conditions on that table alone. */
  admits(relation: number, row: ByteString): boolean {
    const { filter, table } = this.relations[relation] as Relation;
    return this.#possible && (!filter || filter(row, table.store.load(row)));
  }

  /** True when every row of the only table is a result. */
  get isWholeTable(): boolean {
    return this.#possible && this.relations.length === 1 && this.relations[0]?.filter === undefined;
  }

  /** Equalities of a column of `relation` with a column of another table. */
  equalities(relation: number): { own: ColumnRef; other: ColumnRef }[] {
    return this.#across.flatMap(({ condition }) => {
      if (condition.kind !== 'columns' || condition.comparison !== '=') return [];
      const { left, right } = condition;
      if (left.relation === relation) return [{ own: left, other: right }];
      return right.relation === relation ? [{ own: right, other: left }] : [];
    });
  }

  /** All results, one tuple for each; the tuple is reused. `stop` is asked after each. */
  evaluate(emit: Emit, stop: () => boolean = () => false): void {
    if (!this.#possible) return;
    const start = this.#bestStart();
    const { table, path } = this.relations[start] as Relation;
    const run = this.#runner(start, presentState, emit, stop);
    for (const row of readPath(path, table)) {
      if (stop()) return;
      if (this.admits(start, row)) run(row);
    }
  }

  /** Results that `rows` of the table at `start` (which meet its conditions) are part of, in the given states. */
  evaluateFrom(
    start: number,
    rows: Iterable<ByteString>,
    stateOf: (table: CatalogTable, relation: number) => TableState,
    emit: Emit,
  ): void {
    const run = this.#runner(start, stateOf, emit, () => false);
    for (const row of rows) run(row);
  }

  #bestStart(): number {
    let best = 0;
    let fewest = Number.POSITIVE_INFINITY;
    for (const [i, { table, path }] of this.relations.entries()) {
      const rows = estimateRows(path, table);
      if (rows >= fewest) continue;
      best = i;
      fewest = rows;
    }
    return best;
  }

  /** Rows that the query can be expected to give. */
  estimate(): number {
    const start = this.#bestStart();
    const { table, path } = this.relations[start] as Relation;
    let rows = estimateRows(path, table);
    for (const { relation, lookup } of this.#stepsFrom(start)) {
      const { store } = (this.relations[relation] as Relation).table;
      if (!lookup) rows *= store.size;
      else if (lookup.index) rows *= averageRows(lookup.index, store.size);
    }
    return rows;
  }

  #runner(
    start: number,
    stateOf: (table: CatalogTable, relation: number) => TableState,
    emit: Emit,
    stop: () => boolean,
  ): (row: ByteString) => void {
    const tuple: ByteString[] = this.relations.map(() => '');
    const steps = this.#stepsFrom(start).map((step) => {
      const { table } = this.relations[step.relation] as Relation;
      return { ...step, candidates: candidatesOf(step, table, stateOf(table, step.relation)) };
    });
    const extend = (depth: number): void => {
      const step = steps[depth];
      if (!step) {
        emit(tuple);
        return;
      }
      for (const row of step.candidates(tuple)) {
        if (stop()) return;
        if (!this.admits(step.relation, row)) continue;
        tuple[step.relation] = row;
        if (step.checks.every((check) => check(tuple))) extend(depth + 1);
      }
    };
    return (row) => {
      tuple[start] = row;
      extend(0);
    };
  }

  #stepsFrom(start: number): Step[] {
    let steps = this.#steps.get(start);
    if (!steps) {
      steps = this.#planSteps(start);
      this.#steps.set(start, steps);
    }
    return steps;
  }

  #planSteps(start: number): Step[] {
    const known = new Set([start]);
    const steps: Step[] = [];
    while (known.size < this.relations.length) {
      const step = this.#nextStep(known);
      known.add(step.relation);
      steps.push(step);
    }
    return steps;
  }

  /** The table that an index leads to; else one that an equality leads to; else any. */
  #nextStep(known: ReadonlySet<number>): Step {
    let best: { relation: number; lookup: Step['lookup']; rank: number } | undefined;
    for (const [relation, { table }] of this.relations.entries()) {
      if (known.has(relation)) continue;
      if (!best) best = { relation, lookup: undefined, rank: 0 };
      for (const { own, other } of this.equalities(relation)) {
        if (!known.has(other.relation)) continue;
        const index = indexOn(table, own.column);
        const rank = index ? (index.shape.unique ? 3 : 2) : 1;
        if (rank <= best.rank) continue;
        const read = columnKey(this.relations[other.relation]?.table as CatalogTable, other.column);
        const key = (tuple: readonly ByteString[]): Key => read(tuple[other.relation] as ByteString);
        best = { relation, lookup: { column: own.column, index, key }, rank };
      }
    }
    const { relation, lookup } = best as { relation: number; lookup: Step['lookup'] };
    const checks = this.#across
      .filter(({ needs }) => needs.has(relation) && [...needs].every((need) => need === relation || known.has(need)))
      .map(({ condition }) => tupleFilter(condition, this.query.tables));
    return { relation, lookup, checks };
  }
}

/** An index over this column only. */
export const indexOn = ({ store }: CatalogTable, column: number): TableIndex | undefined =>
  store.indexes.find(({ shape }) => shape.columns.length === 1 && shape.columns[0] === column);

/** Rows that may go with a tuple. Without an index, an equality makes one for the time of the evaluation. */
function candidatesOf(
  { lookup }: Step,
  table: CatalogTable,
  state: TableState,
): (tuple: readonly ByteString[]) => Iterable<ByteString> {
  if (!lookup) return () => state.rows();
  const { index, key, column } = lookup;
  if (index) return (tuple) => state.at(index, key(tuple));
  let rowsByKey: Map<Key, ByteString[]> | undefined;
  return (tuple) => {
    rowsByKey ??= groupByKey(state.rows(), columnKey(table, column));
    return rowsByKey.get(key(tuple)) ?? [];
  };
}

function groupByKey(rows: Iterable<ByteString>, keyOf: (row: ByteString) => Key): Map<Key, ByteString[]> {
  const groups = new Map<Key, ByteString[]>();
  for (const row of rows) {
    const key = keyOf(row);
    const group = groups.get(key);
    if (group) group.push(row);
    else groups.set(key, [row]);
  }
  return groups;
}
