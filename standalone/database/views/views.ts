/**
 * Views: functions of the module whose rows are kept in a table of their own, one for all callers or one for each. A
 * view runs when it is first asked for, and again at the end of every transaction that touches what it has read.
 * Source: reference "module host" 6.9.
 */
import type { View } from '../../../schema/module-def.ts';
import { fail, ok, type Result } from '../../../schema/result.ts';
import type { ValueResult } from '../../host/instance.ts';
import type { DatabaseCore, Program } from '../core.ts';
import type { ByteString } from '../datastore/byte-string.ts';
import type { CatalogTable } from '../datastore/catalog.ts';
import { ReadSet } from '../datastore/read-set.ts';
import type { TableChange, Transaction } from '../datastore/transaction.ts';
import { leaveModule, renewInstance, reportFailure } from '../reducers.ts';
import { ViewFailure } from './view-failure.ts';
import { runViewQuery } from './view-query.ts';
import { newViewTable, readViewAnswer, shapeOf } from './view-table.ts';

interface Instance {
  view: View;
  /** Of whom; undefined for an anonymous view. 64 hex digits. */
  sender: string | undefined;
  table: CatalogTable;
  reads: ReadSet;
  /** `performance.now()` when somebody last asked for it. */
  askedAt: number;
}

interface Evaluation {
  rows: ReadonlySet<ByteString>;
  reads: ReadSet;
}

/** New rows of views, which take their place when the transaction ends. */
export type ViewUpdates = Map<Instance, Evaluation>;

/** What a transaction that is about to end has done. */
export interface Ending {
  transaction: Transaction;
  /** The module is another one from now on. */
  isPublish: boolean;
}

/** Milliseconds without a subscriber or a query after which an instance is dropped. */
const idleTime = 10 * 60_000;

export class Views {
  readonly #core: DatabaseCore;
  readonly #instances = new Map<string, Instance>();
  #running: View | undefined;

  constructor(core: DatabaseCore) {
    this.#core = core;
  }

  /** The rows of a view for a caller, as a table; undefined when there is no such view for them. */
  table(name: string, sender: string, isOwner: boolean): Result<CatalogTable> | undefined {
    const view = this.#find(name);
    if (!view || !(view.isPublic || isOwner)) return undefined;
    const owner = view.isAnonymous ? undefined : sender;
    const key = `${view.name} ${owner ?? ''}`;
    const known = this.#instances.get(key);
    if (known) {
      known.askedAt = performance.now();
      return ok(known.table);
    }
    const table = newViewTable(view, this.#core.catalog.module.typespace);
    const evaluated = this.#evaluate(view, owner, table, this.#core.begin());
    if (!evaluated.ok) return evaluated;
    const { rows, reads } = evaluated.value;
    for (const row of rows) table.store.add(row);
    this.#instances.set(key, { view, sender: owner, table, reads, askedAt: performance.now() });
    return ok(table);
  }

  #find(name: string): View | undefined {
    const { views } = this.#core.catalog.module;
    return views.find((view) => view.name === name) ?? views.find(({ accessor }) => accessor === name);
  }

  /**
   * Runs the views that the transaction concerns, within it. Nothing is changed yet. Throws ViewFailure when one of
   * them fails; at a publish it is dropped instead, and whoever subscribed to it is told when their queries are planned.
   */
  prepare({ transaction, isPublish }: Ending): ViewUpdates {
    const updates: ViewUpdates = new Map();
    if (this.#instances.size === 0) return updates;
    const changes = transaction.changes();
    for (const [key, instance] of this.#instances) {
      if (isPublish ? !this.#fitsModule(instance) : !instance.reads.isTouchedBy(changes)) {
        if (isPublish) this.#instances.delete(key);
        continue;
      }
      const { view, sender, table } = instance;
      const evaluated = this.#evaluate(view, sender, table, transaction);
      if (evaluated.ok) updates.set(instance, evaluated.value);
      else if (isPublish) this.#instances.delete(key);
      else throw new ViewFailure(evaluated.message);
    }
    return updates;
  }

  /** Whether the present module has the view of an instance in the same form; it may do something else from now on. */
  #fitsModule(instance: Instance): boolean {
    const { view, table } = instance;
    const { views, typespace } = this.#core.catalog.module;
    const now = views.find(({ name }) => name === view.name);
    if (!now || now.isAnonymous !== view.isAnonymous || now.isPublic !== view.isPublic) return false;
    if (now.primaryKey !== view.primaryKey) return false;
    if (shapeOf(now.columns, typespace) !== shapeOf(view.columns, table.typespace)) return false;
    instance.view = now;
    return true;
  }

  /** Puts prepared rows in place; gives what changed. */
  apply(updates: ViewUpdates): TableChange[] {
    const changes: TableChange[] = [];
    for (const [instance, { rows, reads }] of updates) {
      const { table } = instance;
      instance.reads = reads;
      const present = new Set(table.store.rows());
      const change: TableChange = {
        table,
        inserts: [...rows].filter((row) => !present.has(row)),
        deletes: [...present].filter((row) => !rows.has(row)),
      };
      // What goes first, so that no key is taken twice.
      for (const row of change.deletes) table.store.remove(row);
      for (const row of change.inserts) table.store.add(row);
      if (change.inserts.length > 0 || change.deletes.length > 0) changes.push(change);
    }
    return changes;
  }

  /** Forgets all rows: the database begins anew. */
  clear(): void {
    this.#instances.clear();
  }

  /** Drops what nobody has asked for in a while. */
  dropIdle(isSubscribed: (table: CatalogTable) => boolean): void {
    const now = performance.now();
    for (const [key, instance] of this.#instances) {
      if (isSubscribed(instance.table)) instance.askedAt = now;
      else if (now - instance.askedAt > idleTime) this.#instances.delete(key);
    }
  }

  /** A call was stopped by its time limit, maybe while its views ran, and has been cleaned up behind. */
  callStopped(): void {
    this.#running = undefined;
  }

  /** After module code was stopped by its time limit: cleans up behind a view, if it was one. Returns what happened. */
  stopped(limit: number): string {
    const view = this.#running;
    const { program } = this.#core;
    this.#running = undefined;
    if (!view || !program) return 'The request took too long.';
    leaveModule(program);
    const message = `The view ${view.name} ran longer than ${limit / 1000} s and was stopped. Look for a loop that does not end.`;
    reportFailure(this.#core, program, view.name, message);
    renewInstance(program);
    return message;
  }

  #evaluate(view: View, sender: string | undefined, table: CatalogTable, transaction: Transaction): Result<Evaluation> {
    const core = this.#core;
    const { program } = core;
    if (!program) return fail('the database has no program');
    if (view.params.length > 0) return fail(`the view ${view.name} has parameters, which is not supported`);
    const reads = new ReadSet();
    const called = this.#call(program, view, sender, transaction, reads);
    if (called.outcome !== 'returned') {
      const report = called.outcome === 'failed' ? called.report : called.message;
      reportFailure(core, program, view.name, report);
      return fail(`the view ${view.name} failed: ${called.message}`);
    }
    const answer = readViewAnswer(called.values[0] ?? new Uint8Array(), table);
    if (!answer.ok) return answer;
    const identity = sender ?? '0'.repeat(64);
    const rows =
      answer.value.kind === 'rows'
        ? ok(answer.value.rows)
        : runViewQuery(answer.value.query, { catalog: core.catalog, identity, table, reads });
    return rows.ok ? distinct(rows.value, table, reads) : rows;
  }

  #call(
    program: Program,
    view: View,
    sender: string | undefined,
    transaction: Transaction,
    reads: ReadSet,
  ): ValueResult {
    const { instance } = program;
    const { context } = instance;
    this.#running = view;
    context.catalog = this.#core.catalog;
    context.transaction = transaction;
    context.functionName = view.name;
    context.reads = reads;
    try {
      const result = instance.callView(view.index, sender === undefined ? undefined : BigInt(`0x${sender}`));
      if (context.fault === undefined) return result;
      return { outcome: 'failed', message: context.fault, report: `A call into the host broke off: ${context.fault}` };
    } finally {
      this.#running = undefined;
      leaveModule(program);
    }
  }
}

/** Views are sets, and their primary keys are unique. */
function distinct(list: readonly ByteString[], table: CatalogTable, reads: ReadSet): Result<Evaluation> {
  const rows = new Set(list);
  for (const index of table.store.uniqueIndexes) {
    const keys = new Set([...rows].map((row) => table.store.keyOf(index, row)));
    if (keys.size < rows.size) return fail(`the view ${table.def.name} has two rows with the same primary key`);
  }
  return ok({ rows, reads });
}
