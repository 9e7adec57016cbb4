/** Looks up the names in a parsed query and reads its literals by the types beside them. Reference "protocol" 4.2, 4.3. */
import { type AlgebraicType, primitive } from '../../../schema/algebraic-type.ts';
import { inlineType } from '../../../schema/inline-type.ts';
import { printType } from '../../../schema/migration-types.ts';
import type { Column } from '../../../schema/module-def.ts';
import { fail, ok, type Result } from '../../../schema/result.ts';
import { toByteString } from '../datastore/byte-string.ts';
import type { Catalog, CatalogTable } from '../datastore/catalog.ts';
import { findTable, type QueryCaller } from './access.ts';
import { encodeLiteral, isComparable, unexpectedType } from './literal.ts';
import type { ColumnName, Comparison, Literal, Operand, Predicate, Select } from './syntax.ts';
import { type ColumnRef, type Condition, columnCodec, conjuncts, type TypedQuery } from './typed-query.ts';

/** The tables of a query under the names that its conditions use. */
export interface Scope {
  names: readonly string[];
  tables: readonly CatalogTable[];
  caller: QueryCaller;
}

export interface ResolvedSelect extends TypedQuery {
  scope: Scope;
}

/** Tables and conditions of a SELECT. `output` is the table before `.*`, and the first one for other projections. */
export function resolveSelect(select: Select, catalog: Catalog, caller: QueryCaller): Result<ResolvedSelect> {
  const names: string[] = [];
  const tables: CatalogTable[] = [];
  const conditions: Condition[] = [];
  const scope: Scope = { names, tables, caller };
  for (const { table: ref, on } of [{ table: select.from, on: undefined }, ...select.joins]) {
    const table = findTable(ref.name, catalog, caller);
    if (!table.ok) return table;
    if (names.includes(ref.alias)) return fail(`Duplicate name \`${ref.alias}\``);
    names.push(ref.alias);
    tables.push(table.value);
    if (!on) continue;
    const condition = resolvePredicate(on, scope);
    if (!condition.ok) return condition;
    conditions.push(...conjuncts(condition.value));
  }
  if (select.where) {
    const condition = resolvePredicate(select.where, scope);
    if (!condition.ok) return condition;
    conditions.push(...conjuncts(condition.value));
  }
  const output = outputOf(select, names);
  return output.ok ? ok({ tables, conditions, output: output.value, scope }) : output;
}

function outputOf({ projection }: Select, names: readonly string[]): Result<number> {
  if (projection.kind !== 'star') return ok(0);
  if (projection.of === undefined) {
    return names.length === 1 ? ok(0) : fail('SELECT * is not supported for joins');
  }
  const position = names.indexOf(projection.of);
  return position < 0 ? fail(`\`${projection.of}\` is not in scope`) : ok(position);
}

export function findColumn(table: CatalogTable, name: string): Column | undefined {
  const { columns } = table.def;
  return columns.find((column) => column.name === name) ?? columns.find(({ accessor }) => accessor === name);
}

export interface ResolvedColumn {
  at: ColumnRef;
  column: Column;
  type: AlgebraicType;
}

/** Without a qualifier only where there is one table. */
export function resolveColumn({ qualifier, name }: ColumnName, scope: Scope): Result<ResolvedColumn> {
  const relation = qualifier === undefined ? 0 : scope.names.indexOf(qualifier);
  const table = scope.tables[relation];
  if (!table) return fail(`\`${qualifier}\` is not in scope`);
  const column = findColumn(table, name);
  if (!column) return fail(`\`${name}\` is not in scope`);
  const type = inlineType(column.type, table.typespace);
  return ok({ at: { relation, column: column.position }, column, type });
}

export function resolvePredicate(predicate: Predicate, scope: Scope): Result<Condition> {
  switch (predicate.kind) {
    case 'and':
    case 'or': {
      const parts: Condition[] = [];
      for (const part of predicate.parts) {
        const condition = resolvePredicate(part, scope);
        if (!condition.ok) return condition;
        parts.push(condition.value);
      }
      return ok({ kind: predicate.kind, parts });
    }
    case 'bare':
      return resolveBare(predicate.operand, scope);
    case 'compare':
      return resolveComparison(predicate.left, predicate.right, predicate.comparison, scope);
  }
}

function resolveBare(operand: ColumnName | Literal, scope: Scope): Result<Condition> {
  const bool = primitive('Bool');
  if (operand.kind === 'literal') {
    const value = encodeLiteral(operand, bool);
    return value.ok ? ok({ kind: 'constant', value: operand.text === 'true' }) : value;
  }
  const column = resolveColumn(operand, scope);
  if (!column.ok) return column;
  if (column.value.type.tag !== 'Bool') return fail(unexpectedType(column.value.type, bool));
  return ok({ kind: 'value', comparison: '=', column: column.value.at, key: 1, bsatn: '\u0001' });
}

const mirrored: Readonly<Record<Comparison, Comparison>> = {
  '=': '=',
  '!=': '!=',
  '<': '>',
  '<=': '>=',
  '>': '<',
  '>=': '<=',
};

function resolveComparison(left: Operand, right: Operand, comparison: Comparison, scope: Scope): Result<Condition> {
  if (left.kind === 'column' && right.kind === 'column') return compareColumns(left, right, comparison, scope);
  if (left.kind === 'column' && right.kind !== 'column') return compareValue(left, right, comparison, scope);
  if (right.kind === 'column' && left.kind !== 'column') {
    return compareValue(right, left, mirrored[comparison], scope);
  }
  return fail('Cannot resolve type for literal expression');
}

const notComparable = (comparison: Comparison, type: AlgebraicType): Result<never> =>
  fail(`Invalid binary operator \`${comparison === '!=' ? '<>' : comparison}\` for type \`${printType(type)}\``);

function compareColumns(a: ColumnName, b: ColumnName, comparison: Comparison, scope: Scope): Result<Condition> {
  const left = resolveColumn(a, scope);
  if (!left.ok) return left;
  const right = resolveColumn(b, scope);
  if (!right.ok) return right;
  const [leftType, rightType] = [left.value.type, right.value.type];
  if (printType(leftType) !== printType(rightType)) return fail(unexpectedType(rightType, leftType));
  if (!isComparable(leftType)) return notComparable(comparison, leftType);
  return ok({ kind: 'columns', comparison, left: left.value.at, right: right.value.at });
}

function compareValue(
  name: ColumnName,
  operand: Literal | { kind: 'sender' },
  comparison: Comparison,
  scope: Scope,
): Result<Condition> {
  const found = resolveColumn(name, scope);
  if (!found.ok) return found;
  const { at, type } = found.value;
  const literal: Literal =
    operand.kind === 'sender' ? { kind: 'literal', text: scope.caller.identity, form: 'hex' } : operand;
  const encoded = encodeLiteral(literal, type);
  if (!encoded.ok) return encoded;
  if (!isComparable(type)) return notComparable(comparison, type);
  const bytes = Buffer.from(encoded.value);
  const table = scope.tables[at.relation] as CatalogTable;
  const key = columnCodec(table, at.column).ofPoint(bytes, 0, bytes.length);
  return ok({ kind: 'value', comparison, column: at, key, bsatn: toByteString(bytes, 0, bytes.length) });
}
