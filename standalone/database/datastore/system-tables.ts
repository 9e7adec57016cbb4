/** Tables that the host itself keeps, as far as they are stored: who is connected, and with which claims. */
import { type AlgebraicType, connectionIdType, identityType, primitive } from '../../../schema/algebraic-type.ts';
import type { Table } from '../../../schema/module-def.ts';

export const clientTableId = 7;
export const credentialsTableId = 11;

/** `unique` are the positions of the columns that together identify a row. */
function systemTable(name: string, columns: Record<string, AlgebraicType>, unique: number[], isPublic: boolean): Table {
  const names = Object.keys(columns);
  const uniqueNames = unique.map((position) => names[position]).join('_');
  return {
    name,
    accessor: name,
    position: -1,
    rowTypeRef: -1,
    columns: Object.entries(columns).map(([column, type], position) => ({
      name: column,
      accessor: column,
      position,
      type,
      defaultValue: undefined,
    })),
    primaryKey: unique.length === 1 ? unique[0] : undefined,
    indexes: [
      {
        name: `${name}_${uniqueNames}_idx_btree`,
        sourceName: `${name}_${uniqueNames}_idx_btree`,
        accessor: undefined,
        algorithm: 'BTree',
        columns: unique,
        unique: true,
      },
    ],
    constraints: [{ name: `${name}_${uniqueNames}_key`, columns: unique }],
    sequences: [],
    schedule: undefined,
    isPublic,
    isEvent: false,
  };
}

export const systemTables: readonly { id: number; def: Table }[] = [
  {
    id: clientTableId,
    def: systemTable('st_client', { identity: identityType, connection_id: connectionIdType }, [0, 1], true),
  },
  {
    id: credentialsTableId,
    def: systemTable(
      'st_connection_credentials',
      { connection_id: connectionIdType, jwt_payload: primitive('String') },
      [0],
      false,
    ),
  },
];
