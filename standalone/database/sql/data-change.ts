/** INSERT, UPDATE and DELETE: the owner's, each in a transaction of its own. Source: reference "protocol" 4.1 to 4.5. */

import { BsatnReader, readValue } from '../../../schema/bsatn.ts';
import { inlineType } from '../../../schema/inline-type.ts';
import { fail, ok, type Result } from '../../../schema/result.ts';
import { formatValue } from '../../../schema/value-text.ts';
import { type ByteString, byteStringToBuffer } from '../datastore/byte-string.ts';
import type { Catalog, CatalogTable } from '../datastore/catalog.ts';
import { errno, HostError } from '../datastore/errno.ts';
import type { Transaction } from '../datastore/transaction.ts';
import { findTable, type QueryCaller } from '../query/access.ts';
import { JoinQuery } from '../query/join.ts';
import { encodeStored } from '../query/literal.ts';
import { findColumn, resolvePredicate } from '../query/resolve.ts';
import type { Delete, Insert, Literal, Predicate, Update } from '../query/syntax.ts';
import { conjuncts } from '../query/typed-query.ts';
import { noRows, type StatementResult } from './result-json.ts';

export type DataChange = Insert | Update | Delete;

/** A checked statement: everything that can be wrong with its text has been found before the transaction begins. */
export type PreparedChange = (transaction: Transaction) => Result<StatementResult>;

export function prepareChange(statement: DataChange, catalog: Catalog, caller: QueryCaller): Result<PreparedChange> {
  const view = catalog.module.views.some(({ name, accessor }) => [name, accessor].includes(statement.table));
  if (view) return fail(`\`${statement.table}\` is a view; DML on views is not supported`);
  const found = findTable(statement.table, catalog, caller);
  if (!found.ok) return found;
  const prepared = prepare(statement, found.value, caller);
  if (!prepared.ok) return prepared;
  if (!caller.isOwner) return fail(`Caller ${caller.identity} is not authorized to run SQL DML statements`);
  if (found.value.isSystem) {
    return fail(`\`${found.value.def.name}\` is a system table; only the server itself writes it`);
  }
  return prepared;
}

function prepare(statement: DataChange, table: CatalogTable, caller: QueryCaller): Result<PreparedChange> {
  switch (statement.kind) {
    case 'insert':
      return prepareInsert(statement, table);
    case 'update':
      return prepareUpdate(statement, table, caller);
    case 'delete': {
      const rows = matchingRows(statement.table, table, statement.where, caller);
      if (!rows.ok) return rows;
      return ok((transaction) => ok({ ...noRows, deleted: transaction.deleteRows(table, rows.value()) }));
    }
  }
}

/** Names in the column list are counted and otherwise ignored, as by the real server: values go by position. */
function prepareInsert({ table: name, columns, rows }: Insert, table: CatalogTable): Result<PreparedChange> {
  const width = table.def.columns.length;
  if (columns.length !== width) {
    return fail(
      `The number of fields (${columns.length}) in the INSERT does not match the number of columns (${width}) of the table \`${name}\``,
    );
  }
  const encoded: Buffer[] = [];
  for (const row of rows) {
    if (row.length !== width) {
      return fail(`Inserting a row with ${row.length} values into \`${name}\` which has ${width} fields`);
    }
    const parts: Uint8Array[] = [];
    for (const [position, literal] of row.entries()) {
      const value = encodeColumn(table, position, literal);
      if (!value.ok) return value;
      parts.push(value.value);
    }
    encoded.push(Buffer.concat(parts));
  }
  return ok((transaction) => {
    for (const row of encoded) {
      const inserted = insert(transaction, table, row);
      if (!inserted.ok) return inserted;
    }
    return ok({ ...noRows, inserted: encoded.length });
  });
}

function encodeColumn(table: CatalogTable, position: number, literal: Literal): Result<Uint8Array> {
  const column = table.def.columns[position];
  return column ? encodeStored(literal, inlineType(column.type, table.typespace)) : fail('no such column');
}

/** Inserts a row. The failure names the constraint that a row already there meets. */
function insert(transaction: Transaction, table: CatalogTable, row: Buffer): Result<undefined> {
  // The insert writes generated values to the start of the buffer it is given.
  const bytes = Buffer.from(row);
  try {
    transaction.insert(table, bytes, bytes.length);
    return ok(undefined);
  } catch (error) {
    if (error instanceof HostError && error.code === errno.uniqueAlreadyExists)
      return fail(violation(table, row) ?? error.message);
    if (error instanceof HostError) return fail(error.message);
    throw error;
  }
}

/** Undefined when the value that is taken is one that the insert generated. */
function violation({ store, def, typespace }: CatalogTable, row: Buffer): string | undefined {
  const index = store.uniqueIndexes.find((candidate) => candidate.unique(candidate.codec.ofRow(row, 0, row.length)));
  if (!index) return undefined;
  const columns = index.shape.columns.flatMap((position) => def.columns[position] ?? []);
  const values = columns.map(({ type, position }) => {
    const at = store.layout.locate(row, 0, row.length, position);
    return formatValue(type, readValue(new BsatnReader(row.subarray(at)), type, typespace), typespace);
  });
  const same = (other: readonly number[]): boolean =>
    other.length === columns.length && columns.every(({ position }) => other.includes(position));
  const name = def.constraints.find((constraint) => same(constraint.columns))?.name ?? index.shape.name;
  return `Unique constraint violation '${name}' in table '${def.name}': column(s): ${columns.map((column) => column.name).join(', ')} value: ${values.join(', ')}`;
}

function prepareUpdate(
  { table: name, assignments, where }: Update,
  table: CatalogTable,
  caller: QueryCaller,
): Result<PreparedChange> {
  const values = new Map<number, Uint8Array>();
  for (const { column: columnName, value } of assignments) {
    const column = findColumn(table, columnName);
    if (!column) return fail(`\`${name}\` does not have a field \`${columnName}\``);
    const encoded = encodeColumn(table, column.position, value);
    if (!encoded.ok) return encoded;
    values.set(column.position, encoded.value);
  }
  const rows = matchingRows(name, table, where, caller);
  if (!rows.ok) return rows;
  return ok((transaction) => {
    const old = rows.value();
    const changed = old.map((row) => withValues(table, row, values));
    // All go before any comes, so that rows may take over each other's keys.
    transaction.deleteRows(table, old);
    for (const row of changed) {
      const inserted = insert(transaction, table, row);
      if (!inserted.ok) return inserted;
    }
    return ok({ ...noRows, updated: old.length });
  });
}

function withValues({ store, def }: CatalogTable, row: ByteString, values: ReadonlyMap<number, Uint8Array>): Buffer {
  const bytes = byteStringToBuffer(row);
  const start = (position: number): number =>
    position < def.columns.length ? store.layout.locate(bytes, 0, bytes.length, position) : bytes.length;
  return Buffer.concat(
    def.columns.map(({ position }) => values.get(position) ?? bytes.subarray(start(position), start(position + 1))),
  );
}

/** Finds the rows that a condition on one table admits, when it is asked. */
function matchingRows(
  name: string,
  table: CatalogTable,
  where: Predicate | undefined,
  caller: QueryCaller,
): Result<() => ByteString[]> {
  const tables = [table];
  const condition = where && resolvePredicate(where, { names: [name], tables, caller });
  if (condition && !condition.ok) return condition;
  const join = new JoinQuery({ tables, conditions: condition ? conjuncts(condition.value) : [], output: 0 });
  return ok(() => {
    const rows: ByteString[] = [];
    join.evaluate(([row]) => rows.push(row as ByteString));
    return rows;
  });
}
