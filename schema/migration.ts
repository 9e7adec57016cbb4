/**
 * What a publish does to a database that already has a module: the steps, or the reasons why it cannot.
 * Everything is matched by canonical name; a rename is a removal and an addition.
 * Source: reference "module host" 6.5, rule book part "Migration safety".
 */

import type { NamedType } from './algebraic-type.ts';
import { columnTypeRefusal, sameType } from './migration-types.ts';
import type { Column, Index, ModuleDef, Sequence, Table, UniqueConstraint, View } from './module-def.ts';

export type MigrationStep =
  | { kind: 'removeIndex'; table: string; index: Index }
  | { kind: 'removeConstraint'; table: string; constraint: UniqueConstraint }
  | { kind: 'removeSequence'; table: string; sequence: Sequence }
  | { kind: 'removeView'; view: View }
  /** The rules of all tables together; rows of the database stay as they are. */
  | { kind: 'changeRowLevelSecurity'; removed: string[]; added: string[] }
  /** Fails while applying when the table holds rows. */
  | { kind: 'removeTable'; table: Table }
  /** Stored bytes stay as they are. */
  | { kind: 'changeColumnTypes'; table: Table }
  /** Rows are rewritten with the columns' default values at the end. */
  | { kind: 'addColumns'; table: Table; columns: Column[] }
  | { kind: 'replaceEventColumns'; table: Table }
  | { kind: 'changeAccessors'; table: Table }
  | { kind: 'addTable'; table: Table }
  | { kind: 'addIndex'; table: string; index: Index }
  /** Fails while applying when rows violate it. */
  | { kind: 'addConstraint'; table: string; constraint: UniqueConstraint }
  /** Fails while applying when a row already holds a value in the sequence's range. */
  | { kind: 'addSequence'; table: string; sequence: Sequence }
  | { kind: 'addView'; view: View }
  | { kind: 'changeAccess'; table: string; isPublic: boolean }
  | { kind: 'changePrimaryKey'; table: Table };

export interface MigrationPlan {
  /** In the order in which they are applied. */
  steps: MigrationStep[];
  /** Reasons why the change needs a manual migration; with any, nothing is applied. */
  refusals: string[];
  /** Whether all clients are disconnected, because their generated code no longer fits. */
  breaksClients: boolean;
}

const stepOrder: readonly MigrationStep['kind'][] = [
  'removeIndex',
  'removeConstraint',
  'removeSequence',
  'removeView',
  'changeRowLevelSecurity',
  'removeTable',
  'changeColumnTypes',
  'replaceEventColumns',
  'addColumns',
  'changeAccessors',
  'addTable',
  'addIndex',
  'addConstraint',
  'addSequence',
  'addView',
  'changeAccess',
  'changePrimaryKey',
];

const breaking: ReadonlySet<MigrationStep['kind']> = new Set([
  'removeTable',
  'addColumns',
  'removeView',
  'replaceEventColumns',
  'changeRowLevelSecurity',
]);

/** A plan from the published module to the new one. */
export function planMigration(before: ModuleDef, after: ModuleDef): MigrationPlan {
  const plan: MigrationPlan = { steps: [], refusals: [], breaksClients: false };
  const tables = pairByName(before.tables, after.tables);
  for (const table of tables.removed) plan.steps.push({ kind: 'removeTable', table });
  for (const table of tables.added) plan.steps.push({ kind: 'addTable', table });
  for (const [old, table] of tables.kept) planTable(old, table, before, after, plan);
  planViews(before, after, plan);
  planRowLevelSecurity(before, after, plan);
  plan.steps.sort((a, b) => stepOrder.indexOf(a.kind) - stepOrder.indexOf(b.kind));
  plan.refusals = [...new Set(plan.refusals)].sort();
  plan.breaksClients = plan.steps.some((step) => breaking.has(step.kind));
  return plan;
}

interface Pairs<T> {
  removed: T[];
  added: T[];
  kept: [T, T][];
}

function pairByName<T extends { name: string }>(before: readonly T[], after: readonly T[]): Pairs<T> {
  const old = new Map(before.map((item) => [item.name, item]));
  const current = new Set(after.map((item) => item.name));
  const pairs: Pairs<T> = { removed: before.filter((item) => !current.has(item.name)), added: [], kept: [] };
  for (const item of after) {
    const match = old.get(item.name);
    if (match) pairs.kept.push([match, item]);
    else pairs.added.push(item);
  }
  return pairs;
}

function planTable(old: Table, table: Table, before: ModuleDef, after: ModuleDef, plan: MigrationPlan): void {
  if (old.isEvent !== table.isEvent) {
    plan.refusals.push(`Changing the event flag of table ${table.name} requires a manual migration`);
  }
  if (old.isEvent && table.isEvent) planEventColumns(old, table, before, after, plan);
  else planColumns(old, table, before, after, plan);
  planIndexes(old, table, plan);
  planConstraints(old, table, plan);
  planSequences(old, table, plan);
  planSchedule(old, table, plan);
  const renamed = old.columns.some((column, i) => table.columns[i] && table.columns[i].accessor !== column.accessor);
  if (old.accessor !== table.accessor || renamed) plan.steps.push({ kind: 'changeAccessors', table });
  if (old.isPublic !== table.isPublic) {
    plan.steps.push({ kind: 'changeAccess', table: table.name, isPublic: table.isPublic });
  }
  if (old.primaryKey !== table.primaryKey) plan.steps.push({ kind: 'changePrimaryKey', table });
}

const sameNames = (a: readonly Column[], b: readonly Column[]): boolean =>
  a.length === b.length && a.every((column, i) => column.name === b[i]?.name);

function planEventColumns(old: Table, table: Table, before: ModuleDef, after: ModuleDef, plan: MigrationPlan): void {
  const sameTypes = old.columns.every((column, i) => {
    const current = table.columns[i];
    return current && columnTypeRefusal(table.name, column, current, before.typespace, after.typespace) === 'same';
  });
  if (!sameNames(old.columns, table.columns) || !sameTypes) plan.steps.push({ kind: 'replaceEventColumns', table });
}

function planColumns(old: Table, table: Table, before: ModuleDef, after: ModuleDef, plan: MigrationPlan): void {
  const columns = pairByName(old.columns, table.columns);
  for (const column of columns.removed) {
    plan.refusals.push(`Removing a column ${column.name} from table ${table.name} requires a manual migration`);
  }
  for (const column of columns.added) {
    if (column.defaultValue === undefined) {
      plan.refusals.push(`Adding a column ${column.name} to table ${table.name} requires a default value annotation`);
    }
  }
  const keptInOrder = old.columns.filter((column) => !columns.removed.includes(column)).map((column) => column.name);
  const head = table.columns.slice(0, keptInOrder.length).map((column) => column.name);
  if (keptInOrder.some((name, i) => name !== head[i])) {
    plan.refusals.push(`Reordering table ${table.name} requires a manual migration`);
  }
  let grown = false;
  for (const [from, to] of columns.kept) {
    const verdict = columnTypeRefusal(table.name, from, to, before.typespace, after.typespace);
    if (verdict === 'grown') grown = true;
    else if (verdict !== 'same') plan.refusals.push(verdict);
  }
  if (grown) plan.steps.push({ kind: 'changeColumnTypes', table });
  if (columns.added.length > 0) plan.steps.push({ kind: 'addColumns', table, columns: columns.added });
}

const sameColumns = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((column, i) => column === b[i]);

function planIndexes(old: Table, table: Table, plan: MigrationPlan): void {
  const indexes = pairByName(old.indexes, table.indexes);
  for (const index of indexes.removed) plan.steps.push({ kind: 'removeIndex', table: table.name, index });
  for (const index of indexes.added) plan.steps.push({ kind: 'addIndex', table: table.name, index });
  for (const [from, to] of indexes.kept) {
    if (from.accessor !== to.accessor) {
      plan.refusals.push(
        `Changing the accessor name on index ${to.name} from ${quoted(from.accessor)} to ${quoted(to.accessor)} requires a manual migration`,
      );
    } else if (from.algorithm !== to.algorithm || !sameColumns(from.columns, to.columns)) {
      plan.steps.push({ kind: 'removeIndex', table: table.name, index: from });
      plan.steps.push({ kind: 'addIndex', table: table.name, index: to });
    }
  }
}

const quoted = (name: string | undefined): string => (name === undefined ? 'None' : `Some("${name}")`);

function planConstraints(old: Table, table: Table, plan: MigrationPlan): void {
  const constraints = pairByName(old.constraints, table.constraints);
  for (const constraint of constraints.removed) {
    plan.steps.push({ kind: 'removeConstraint', table: table.name, constraint });
  }
  for (const constraint of constraints.added) {
    plan.steps.push({ kind: 'addConstraint', table: table.name, constraint });
  }
  for (const [from, to] of constraints.kept) {
    if (!sameColumns(from.columns, to.columns)) {
      plan.refusals.push(`Changing a unique constraint ${to.name} requires a manual migration`);
    }
  }
}

function planSequences(old: Table, table: Table, plan: MigrationPlan): void {
  const sequences = pairByName(old.sequences, table.sequences);
  for (const sequence of sequences.removed) plan.steps.push({ kind: 'removeSequence', table: table.name, sequence });
  for (const sequence of sequences.added) plan.steps.push({ kind: 'addSequence', table: table.name, sequence });
  for (const [from, to] of sequences.kept) {
    const same =
      from.column === to.column &&
      from.start === to.start &&
      from.min === to.min &&
      from.max === to.max &&
      from.increment === to.increment;
    if (same) continue;
    plan.steps.push({ kind: 'removeSequence', table: table.name, sequence: from });
    plan.steps.push({ kind: 'addSequence', table: table.name, sequence: to });
  }
}

function planSchedule(old: Table, table: Table, plan: MigrationPlan): void {
  if (old.schedule?.functionName === table.schedule?.functionName) return;
  // The removal comes first, so a changed target is reported as a removal.
  plan.refusals.push(
    old.schedule
      ? `Removing schedules is not yet implemented (table ${table.name})`
      : `Adding schedules is not yet implemented (table ${table.name})`,
  );
}

function planViews(before: ModuleDef, after: ModuleDef, plan: MigrationPlan): void {
  const views = pairByName(before.views, after.views);
  for (const view of views.removed) plan.steps.push({ kind: 'removeView', view });
  for (const view of views.added) plan.steps.push({ kind: 'addView', view });
  for (const [from, to] of views.kept) {
    if (sameView(from, to, before, after)) continue;
    plan.steps.push({ kind: 'removeView', view: from });
    plan.steps.push({ kind: 'addView', view: to });
  }
}

/** Types are compared by what they are: their positions in the typespace move whenever another type is added. */
function sameView(from: View, to: View, before: ModuleDef, after: ModuleDef): boolean {
  const sameTypes = (a: readonly NamedType[], b: readonly NamedType[]): boolean =>
    a.length === b.length &&
    a.every((element, i) => {
      const other = b[i];
      return (
        other !== undefined &&
        other.name === element.name &&
        sameType(element.type, other.type, before.typespace, after.typespace)
      );
    });
  return (
    from.isAnonymous === to.isAnonymous &&
    from.primaryKey === to.primaryKey &&
    sameTypes(from.params, to.params) &&
    sameTypes(from.columns, to.columns)
  );
}

function planRowLevelSecurity(before: ModuleDef, after: ModuleDef, plan: MigrationPlan): void {
  const removed = before.rowLevelSecurity.filter((sql) => !after.rowLevelSecurity.includes(sql));
  const added = after.rowLevelSecurity.filter((sql) => !before.rowLevelSecurity.includes(sql));
  if (removed.length + added.length > 0) plan.steps.push({ kind: 'changeRowLevelSecurity', removed, added });
}

/** One line per step, for people; empty when nothing changes. */
export function formatMigrationPlan(plan: MigrationPlan): string {
  const lines = plan.steps.map((step) => `- ${describeStep(step)}`);
  if (plan.breaksClients) lines.push('! All clients will be disconnected, because their bindings no longer fit.');
  return lines.join('\n');
}

function describeStep(step: MigrationStep): string {
  switch (step.kind) {
    case 'addTable':
      return `Create ${step.table.isPublic ? 'public' : 'private'} table ${step.table.name}`;
    case 'removeTable':
      return `Remove table ${step.table.name} (it must be empty)`;
    case 'changeColumnTypes':
      return `Extend column types of table ${step.table.name}`;
    case 'replaceEventColumns':
      return `Change the columns of event table ${step.table.name}`;
    case 'addColumns':
      return `Add ${step.columns.map((column) => column.name).join(', ')} to table ${step.table.name} with default values`;
    case 'changeAccessors':
      return `Change source names of table ${step.table.name}`;
    case 'addIndex':
      return `Create index ${step.index.name} on table ${step.table}`;
    case 'removeIndex':
      return `Remove index ${step.index.name} from table ${step.table}`;
    case 'addConstraint':
      return `Create unique constraint ${step.constraint.name} on table ${step.table} (rows must satisfy it)`;
    case 'removeConstraint':
      return `Remove unique constraint ${step.constraint.name} from table ${step.table}`;
    case 'addSequence':
      return `Create auto-increment sequence ${step.sequence.name} on table ${step.table}`;
    case 'removeSequence':
      return `Remove auto-increment sequence ${step.sequence.name} from table ${step.table}`;
    case 'addView':
      return `Create view ${step.view.name}`;
    case 'removeView':
      return `Remove view ${step.view.name}`;
    case 'changeRowLevelSecurity':
      return [
        ...step.removed.map((sql) => `Remove row-level security rule ${sql}`),
        ...step.added.map((sql) => `Create row-level security rule ${sql}`),
      ].join('\n- ');
    case 'changeAccess':
      return `Make table ${step.table} ${step.isPublic ? 'public' : 'private'}`;
    case 'changePrimaryKey':
      return `Change the primary key of table ${step.table.name}`;
  }
}
