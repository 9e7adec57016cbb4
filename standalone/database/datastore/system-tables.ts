/** Tables that the host itself keeps, as far as they are stored: who is connected, and with which claims. */
import { type AlgebraicType, type PrimitiveTag, primitive, sum } from '../../../schema/algebraic-type.ts';
import type { Table } from '../../../schema/module-def.ts';

export const clientTableId = 7;
export const variableTableId = 8;
export const credentialsTableId = 11;

/** The kinds of values that a variable of the database can have, in the order of their tags. */
const variableKinds: readonly PrimitiveTag[] = [
  ...(['Bool', 'I8', 'U8', 'I16', 'U16', 'I32', 'U32', 'I64', 'U64', 'I128', 'U128', 'F32', 'F64', 'String'] as const),
];

/** `unique` are the positions of the columns that together identify a row. */
export function systemTable(
  name: string,
  columns: Record<string, AlgebraicType>,
  unique: number[],
  isPublic: boolean,
): Table {
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
    def: systemTable('st_client', { identity: primitive('U256'), connection_id: primitive('U128') }, [0, 1], true),
  },
  {
    id: variableTableId,
    def: systemTable(
      'st_var',
      {
        name: primitive('String'),
        value: sum(Object.fromEntries(variableKinds.map((kind) => [kind, primitive(kind)]))),
      },
      [0],
      true,
    ),
  },
  {
    id: credentialsTableId,
    def: systemTable(
      'st_connection_credentials',
      { connection_id: primitive('U128'), jwt_payload: primitive('String') },
      [0],
      false,
    ),
  },
];
