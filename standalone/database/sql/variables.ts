/** SET and SHOW: variables of the database, kept in the table `st_var`. Source: reference "protocol" 4.2 and 4.5. */
import { array, primitive } from '../../../schema/algebraic-type.ts';
import { BsatnReader, encodeValue } from '../../../schema/bsatn.ts';
import { fail, ok, type Result } from '../../../schema/result.ts';
import { type ByteString, byteStringToBuffer, toByteString } from '../datastore/byte-string.ts';
import type { Catalog, CatalogTable } from '../datastore/catalog.ts';
import { variableTableId } from '../datastore/system-tables.ts';
import type { QueryCaller } from '../query/access.ts';
import { encodeLiteral, unexpectedType } from '../query/literal.ts';
import type { Literal, Select } from '../query/syntax.ts';
import type { PreparedChange } from './data-change.ts';
import { noRows } from './result-json.ts';

/** The row limit does something here; the others are accepted and kept. */
const variables = ['row_limit', 'slow_ad_hoc_query_ms', 'slow_tx_update_ms', 'slow_subscription_query_ms'];

/** Position of U64 among the kinds of values that a variable can have. */
const u64Variant = 8;

const tableOf = (catalog: Catalog): CatalogTable => catalog.tables.get(variableTableId) as CatalogTable;

function encodedName(name: string): Buffer {
  const encoded = encodeValue(primitive('String'), name, []);
  if (!encoded.ok) throw new Error(encoded.message);
  return Buffer.from(encoded.value);
}

function storedVariable(catalog: Catalog, name: string): ByteString | undefined {
  const [index] = tableOf(catalog).store.uniqueIndexes;
  const key = encodedName(name);
  return index?.unique(index.codec.ofPoint(key, 0, key.length));
}

/** Greatest number of rows that others than the owner may ask for at once. */
export function rowLimit(catalog: Catalog): number | undefined {
  const row = tableOf(catalog).store.size === 0 ? undefined : storedVariable(catalog, 'row_limit');
  if (row === undefined) return undefined;
  const reader = new BsatnReader(byteStringToBuffer(row));
  reader.skip(reader.u32() + 1);
  return Number(reader.u64());
}

export function prepareSet(
  name: string,
  value: Literal,
  catalog: Catalog,
  caller: QueryCaller,
): Result<PreparedChange> {
  if (!variables.includes(name)) return fail(`${name} is not a valid system variable`);
  const u64 = primitive('U64');
  if (value.form !== 'number') {
    const inferred = { bool: primitive('Bool'), string: primitive('String'), hex: array(primitive('U8')) }[value.form];
    return fail(unexpectedType(u64, inferred));
  }
  const encoded = encodeLiteral(value, u64);
  if (!encoded.ok) return encoded;
  if (!caller.isOwner) return fail(`Caller ${caller.identity} is not authorized to run SQL DML statements`);
  const row = Buffer.concat([encodedName(name), Buffer.from([u64Variant]), encoded.value]);
  return ok((transaction) => {
    const old = storedVariable(catalog, name);
    if (old !== undefined) transaction.deleteRow(tableOf(catalog), old);
    transaction.insertRow(tableOf(catalog), toByteString(row, 0, row.length));
    return ok(noRows);
  });
}

/** `SHOW name` as the query that it stands for. */
export function showQuery(name: string): Result<Select> {
  if (!variables.includes(name)) return fail(`${name} is not a valid system variable`);
  const column = (column: string) => ({ kind: 'column', qualifier: undefined, name: column }) as const;
  return ok({
    kind: 'select',
    projection: { kind: 'columns', columns: [{ column: column('value'), alias: 'value' }] },
    from: { name: 'st_var', alias: 'st_var' },
    joins: [],
    where: {
      kind: 'compare',
      comparison: '=',
      left: column('name'),
      right: { kind: 'literal', text: name, form: 'string' },
    },
    limit: undefined,
  });
}
