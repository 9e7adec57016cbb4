/** The table that holds the rows of a view for one caller. It is in no catalog and in no log. */

import type { AlgebraicType, Typespace } from '../../../schema/algebraic-type.ts';
import { BsatnError, BsatnReader } from '../../../schema/bsatn.ts';
import { inlineType } from '../../../schema/inline-type.ts';
import type { Table, View } from '../../../schema/module-def.ts';
import { fail, ok, type Result } from '../../../schema/result.ts';
import { type ByteString, bufferOf, toByteString } from '../datastore/byte-string.ts';
import { type CatalogTable, newTable } from '../datastore/catalog.ts';

/** Above the ids of all stored tables. */
const firstViewId = 2 ** 30;
let nextViewId = firstViewId;

export const newViewTable = (view: View, typespace: Typespace): CatalogTable =>
  newTable(nextViewId++, viewTableDef(view), typespace);

function viewTableDef({ name, accessor, columns, primaryKey, isPublic }: View): Table {
  const indexName = `${name}_${columns[primaryKey ?? 0]?.name}_idx_btree`;
  return {
    name,
    accessor,
    position: -1,
    rowTypeRef: -1,
    columns,
    primaryKey,
    indexes:
      primaryKey === undefined
        ? []
        : [
            {
              name: indexName,
              sourceName: indexName,
              accessor: undefined,
              algorithm: 'BTree',
              columns: [primaryKey],
              unique: true,
            },
          ],
    constraints: [],
    sequences: [],
    schedule: undefined,
    isPublic,
    isEvent: false,
  };
}

/** Equal for tables whose rows look alike to clients and in memory. */
export const shapeOf = (columns: Table['columns'], typespace: Typespace): string =>
  JSON.stringify(columns.map(({ name, type }): [string, AlgebraicType] => [name, inlineType(type, typespace)]));

export type ViewAnswer = { kind: 'rows'; rows: ByteString[] } | { kind: 'sql'; query: string };

/** What the hook of a view returned: a header, and rows behind it. Reference "module host" 1.5. */
export function readViewAnswer(data: Uint8Array, table: CatalogTable): Result<ViewAnswer> {
  try {
    const reader = new BsatnReader(data);
    const tag = reader.u8();
    if (tag === 1) return ok({ kind: 'sql', query: reader.string() });
    if (tag !== 0) return fail(`the answer of the view ${table.def.name} has an unknown form`);
    const bytes = bufferOf(data);
    const cursor = { bytes, offset: 5, end: bytes.length };
    const rows: ByteString[] = [];
    for (let count = reader.u32(); count > 0; count--) {
      const start = cursor.offset;
      table.store.layout.check(cursor);
      rows.push(toByteString(bytes, start, cursor.offset));
    }
    return ok({ kind: 'rows', rows });
  } catch (error) {
    if (error instanceof BsatnError) {
      return fail(`the rows of the view ${table.def.name} cannot be read: ${error.message}`);
    }
    throw error;
  }
}
