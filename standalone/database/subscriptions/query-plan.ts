/**
 * Parsed queries to plans: which table, and which of its rows. Plans work on stored bytes; a comparison compares index
 * keys, whose order is the order of the values. A plan is what joins and views will be added to: subscriptions only
 * use `tableId`, `initialRows` and `select`.
 */
import { resolveRef } from '../../../schema/algebraic-type.ts';
import type { Column } from '../../../schema/module-def.ts';
import { fail, ok, type Result } from '../../../schema/result.ts';
import type { ByteString } from '../datastore/byte-string.ts';
import type { Catalog, CatalogTable } from '../datastore/catalog.ts';
import { compareKeys, type Key, keyCodec } from '../datastore/key-encoding.ts';
import { encodeLiteral, isComparable, typeName } from './literal.ts';
import { type Comparison, type Operand, type ParsedQuery, type Predicate, parseQuery } from './query-parser.ts';

/** Who asks: decides what is visible and what `:sender` means. Identities are 64 hex digits. */
export interface QueryCaller {
  identity: string;
  isOwner: boolean;
}

export interface QueryPlan {
  /** Equal keys mean equal results for every caller, so that the work can be shared. */
  key: string;
  table: CatalogTable;
  initialRows(): ByteString[];
  /** The rows among `rows` (of the plan's table) that the query is about. */
  select(rows: readonly ByteString[]): readonly ByteString[];
}

type Filter = (row: ByteString, bytes: Buffer) => boolean;

/** Plans of one query text; `SELECT * FROM *` gives one per visible table. */
export function planQuery(text: string, catalog: Catalog, caller: QueryCaller): Result<QueryPlan[]> {
  const parsed = parseQuery(text);
  if (!parsed.ok) return parsed;
  if (parsed.value.kind === 'allTables') {
    const tables = [...catalog.tables.values()].filter(
      (table) => !table.isSystem && !table.def.isEvent && isVisible(table, caller),
    );
    return ok(tables.map((table) => makePlan(table, undefined, '')));
  }
  const plan = planSelect(parsed.value, catalog, caller);
  return plan.ok ? ok([plan.value]) : plan;
}

const isVisible = (table: CatalogTable, caller: QueryCaller): boolean => caller.isOwner || table.def.isPublic;

type Select = Extract<ParsedQuery, { kind: 'select' }>;

function planSelect(query: Select, catalog: Catalog, caller: QueryCaller): Result<QueryPlan> {
  const table = catalog.tableByName.get(query.table);
  if (!table || !isVisible(table, caller)) {
    return fail(`no such table: \`${query.table}\`. If the table exists, it may be marked private.`);
  }
  if (!query.where) return ok(makePlan(table, undefined, ''));
  const scope = { table, alias: query.alias, caller };
  const filter = compilePredicate(query.where, scope);
  if (!filter.ok) return filter;
  const shared = JSON.stringify([query.where, usesSender(query.where) ? caller.identity : '']);
  return ok(makePlan(table, filter.value, shared));
}

function makePlan(table: CatalogTable, filter: Filter | undefined, shared: string): QueryPlan {
  const { store } = table;
  const select = (rows: Iterable<ByteString>): ByteString[] => {
    const found: ByteString[] = [];
    for (const row of rows) if (!filter || filter(row, store.load(row))) found.push(row);
    return found;
  };
  return {
    key: `${table.id} ${shared}`,
    table,
    initialRows: () => (table.def.isEvent ? [] : select(store.rows())),
    select: filter ? select : (rows) => rows,
  };
}

const usesSender = (predicate: Predicate): boolean => {
  if (predicate.kind === 'column') return false;
  if (predicate.kind === 'compare') return predicate.left.kind === 'sender' || predicate.right.kind === 'sender';
  return usesSender(predicate.left) || usesSender(predicate.right);
};

interface Scope {
  table: CatalogTable;
  alias: string;
  caller: QueryCaller;
}

function compilePredicate(predicate: Predicate, scope: Scope): Result<Filter> {
  if (predicate.kind === 'column') return compileBoolean(predicate.column, scope);
  if (predicate.kind === 'compare') return compileComparison(predicate, scope);
  const left = compilePredicate(predicate.left, scope);
  if (!left.ok) return left;
  const right = compilePredicate(predicate.right, scope);
  if (!right.ok) return right;
  const [a, b] = [left.value, right.value];
  return ok(
    predicate.kind === 'and'
      ? (row, bytes) => a(row, bytes) && b(row, bytes)
      : (row, bytes) => a(row, bytes) || b(row, bytes),
  );
}

type ColumnOperand = Extract<Operand, { kind: 'column' }>;

function findColumn(operand: ColumnOperand, { table, alias }: Scope): Result<Column> {
  if (operand.qualifier !== undefined && operand.qualifier !== alias) {
    return fail(`\`${operand.qualifier}\` is not in scope`);
  }
  const { columns } = table.def;
  const column =
    columns.find(({ name }) => name === operand.name) ?? columns.find(({ accessor }) => accessor === operand.name);
  if (column) return ok(column);
  return fail(
    operand.qualifier === undefined
      ? `\`${operand.name}\` is not in scope`
      : `\`${operand.qualifier}\` does not have a field \`${operand.name}\``,
  );
}

function compileBoolean(operand: ColumnOperand, scope: Scope): Result<Filter> {
  const column = findColumn(operand, scope);
  if (!column.ok) return column;
  if (column.value.type.tag !== 'Bool') {
    return fail(`Unexpected type: (expected) Bool != ${typeName(column.value.type)} (inferred)`);
  }
  const key = columnKey(column.value, scope.table);
  return ok((row, bytes) => key(row, bytes) === 1);
}

/** Comparable key of a column of a row. */
function columnKey(column: Column, table: CatalogTable): (row: ByteString, bytes: Buffer) => Key {
  const codec = codecOf(column, table);
  return (row, bytes) => codec.ofRow(bytes, 0, row.length);
}

const codecOf = (column: Column, table: CatalogTable): ReturnType<typeof keyCodec> =>
  keyCodec([column.position], table.store.shape.columnTypes, table.store.layout, table.typespace);

function compileComparison(predicate: Extract<Predicate, { kind: 'compare' }>, scope: Scope): Result<Filter> {
  const { left, right, comparison } = predicate;
  if (left.kind === 'column' && right.kind === 'column') return compareColumns(left, right, comparison, scope);
  if (left.kind === 'column') return compareWith(left, right, comparison, scope);
  if (right.kind === 'column') return compareWith(right, left, mirrored[comparison], scope);
  return fail('Unsupported expression: a comparison needs a column');
}

const mirrored: Readonly<Record<Comparison, Comparison>> = {
  '=': '=',
  '!=': '!=',
  '<': '>',
  '<=': '>=',
  '>': '<',
  '>=': '<=',
};

const holds: Readonly<Record<Comparison, (order: number) => boolean>> = {
  '=': (order) => order === 0,
  '!=': (order) => order !== 0,
  '<': (order) => order < 0,
  '<=': (order) => order <= 0,
  '>': (order) => order > 0,
  '>=': (order) => order >= 0,
};

function compareColumns(a: ColumnOperand, b: ColumnOperand, comparison: Comparison, scope: Scope): Result<Filter> {
  const left = findColumn(a, scope);
  if (!left.ok) return left;
  const right = findColumn(b, scope);
  if (!right.ok) return right;
  const [leftType, rightType] = [typeName(left.value.type), typeName(right.value.type)];
  if (leftType !== rightType) return fail(`Unexpected type: (expected) ${leftType} != ${rightType} (inferred)`);
  if (!isComparable(left.value.type)) return fail(`Invalid binary operator \`${comparison}\` for type \`${leftType}\``);
  const [x, y] = [columnKey(left.value, scope.table), columnKey(right.value, scope.table)];
  const test = holds[comparison];
  return ok((row, bytes) => test(compareKeys(x(row, bytes), y(row, bytes))));
}

function compareWith(operand: ColumnOperand, other: Operand, comparison: Comparison, scope: Scope): Result<Filter> {
  const found = findColumn(operand, scope);
  if (!found.ok) return found;
  const column = found.value;
  const type = resolveRef(column.type, scope.table.typespace);
  if (!isComparable(type)) return fail(`Invalid binary operator \`${comparison}\` for type \`${typeName(type)}\``);
  const literal = other.kind === 'sender' ? { text: `0x${scope.caller.identity}`, quoted: false } : other;
  if (!('text' in literal)) return fail('Unsupported expression');
  if (other.kind === 'sender' && !['Identity', 'Bytes'].includes(typeName(type))) {
    return fail(`Unexpected type: (expected) ${typeName(type)} != Identity (inferred)`);
  }
  const encoded = encodeLiteral(literal.text, literal.quoted, type);
  if (!encoded.ok) return encoded;
  const bytes = Buffer.from(encoded.value);
  const wanted = codecOf(column, scope.table).ofPoint(bytes, 0, bytes.length);
  const key = columnKey(column, scope.table);
  const test = holds[comparison];
  return ok((row, rowBytes) => test(compareKeys(key(row, rowBytes), wanted)));
}
