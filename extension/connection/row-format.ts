/** How rows of the SDK become cells: decoded late, because most rows of a large table are never looked at. */
import type { ProductType, Typespace } from '../../schema/algebraic-type.ts';
import { encodeValue } from '../../schema/bsatn.ts';
import type { Table } from '../../schema/module-def.ts';
import type { Value } from '../../schema/value.ts';
import { formatValue } from '../../schema/value-text.ts';
import type { RowFormat } from './row-store.ts';
import { fieldName, fromSdk, readRow, type SdkRow } from './sdk-types.ts';

export function rowFormat({ columns, primaryKey }: Table, typespace: Typespace): RowFormat<SdkRow> {
  const key = primaryKey === undefined ? undefined : columns[primaryKey];
  const positional: ProductType = {
    tag: 'Product',
    elements: columns.map((column, i) => ({ name: fieldName(i), type: column.type })),
  };
  const valuesOf = (row: SdkRow): Value[] => readRow(row, columns, typespace);
  return {
    columns,
    keyOf: (row) =>
      key
        ? formatValue(key.type, fromSdk(key.type, row[fieldName(key.position)], typespace), typespace)
        : rowBytes(positional, valuesOf(row), typespace),
    valuesOf,
    textsOf: (values) => columns.map((column, i) => formatValue(column.type, values[i] as Value, typespace)),
  };
}

/** The row's own bytes as text: what tells rows apart in a table without a primary key. */
function rowBytes(type: ProductType, values: readonly Value[], typespace: Typespace): string {
  const product: Record<string, Value> = Object.create(null);
  values.forEach((value, i) => {
    product[fieldName(i)] = value;
  });
  const encoded = encodeValue(type, product, typespace);
  if (!encoded.ok) throw new Error(`A row does not fit its table: ${encoded.message}`);
  return Buffer.from(encoded.value).toString('base64');
}

/** Whether rows of one version of a table can be shown in the columns of the other. */
export const sameColumns = (a: Table, b: Table): boolean => shape(a) === shape(b);

const shape = (table: Table): string =>
  JSON.stringify(
    [table.isEvent, table.primaryKey, table.columns.map(({ name, type }) => [name, type])],
    (_key, value: unknown) => (typeof value === 'bigint' ? String(value) : value),
  );
