/**
 * A module definition in the form that the official SDK wants, with every field and variant renamed by position.
 * The SDK compiles its codecs from names with `Function`, so names out of a database must never reach it; only the
 * order matters on the wire. Refs work because the SDK's own cache is filled with the typespace at hand.
 * Source: reference "protocol" 3.2 and 3.3.
 */
import {
  type AlgebraicTypeType,
  type ProductTypeType,
  ProductType as SdkProduct,
  AlgebraicType as SdkType,
} from 'spacetimedb';
import { type AlgebraicType, resolveRef, type Typespace } from '../../schema/algebraic-type.ts';
import type { Column, ModuleDef, Table } from '../../schema/module-def.ts';
import { memberKey, type Value } from '../../schema/value.ts';

export const fieldName = (position: number): string => `f${position}`;
const variantName = (position: number): string => `v${position}`;

/** An object of the SDK: fields by position. */
export type SdkRow = Record<string, unknown>;

export interface SdkTable {
  table: Table;
  /** Key in `connection.db`. */
  accessor: string;
  rowType: ProductTypeType;
}

export interface SdkModule {
  module: ModuleDef;
  tables: Map<string, SdkTable>;
  /** What `DbConnectionBuilder` takes. */
  remoteModule: object;
}

function toSdkType(type: AlgebraicType): AlgebraicTypeType {
  switch (type.tag) {
    case 'Ref':
      return SdkType.Ref(type.ref);
    case 'Array':
      return SdkType.Array(toSdkType(type.element));
    case 'Product':
      return SdkType.Product(toSdkProduct(type.elements.map((element) => element.type)));
    case 'Sum': {
      const variants = type.variants.map((variant, i) => ({
        name: variantName(i),
        algebraicType: toSdkType(variant.type),
      }));
      return SdkType.Sum({ variants });
    }
    default:
      return SdkType[type.tag];
  }
}

const toSdkProduct = (types: readonly AlgebraicType[]): ProductTypeType => ({
  elements: types.map((type, i) => ({ name: fieldName(i), algebraicType: toSdkType(type) })),
});

/** Builds what the SDK needs for subscriptions to the tables of a module. Reducers are called with ready-made bytes. */
export function toSdkModule(module: ModuleDef): SdkModule {
  const typespace = { types: module.typespace.map(toSdkType) };
  const tables = new Map<string, SdkTable>();
  const definitions: Record<string, object> = {};
  module.tables.forEach((table, position) => {
    const accessor = `t${position}`;
    const rowType = toSdkProduct(table.columns.map((column) => column.type));
    SdkProduct.makeDeserializer(rowType, typespace);
    tables.set(table.name, { table, accessor, rowType });
    definitions[accessor] = {
      sourceName: table.name,
      accessorName: accessor,
      columns: keyColumn(table, module.typespace, typespace),
      rowType,
      indexes: [],
      resolvedIndexes: [],
      constraints: [],
      tableDef: undefined,
      isEvent: table.isEvent,
    };
  });
  const remoteModule = { versionInfo: { cliVersion: '2.10.1' }, tables: definitions, reducers: [], procedures: [] };
  return { module, tables, remoteModule };
}

/** The SDK reads columns only to find the primary key. */
function keyColumn(table: Table, ours: Typespace, typespace: { types: AlgebraicTypeType[] }): Record<string, object> {
  const column = table.primaryKey === undefined ? undefined : table.columns[table.primaryKey];
  if (!column) return {};
  // Without a typespace the SDK cannot follow a ref, and it has none when it makes keys of rows.
  const algebraicType = toSdkType(resolveRef(column.type, ours));
  SdkType.makeSerializer(algebraicType, typespace);
  const builder = { columnMetadata: { isPrimaryKey: true }, typeBuilder: { algebraicType } };
  return { [fieldName(column.position)]: builder };
}

/** Cells of an SDK row, in column order, as values of the schema room. */
export const readRow = (row: SdkRow, columns: readonly Column[], typespace: Typespace): Value[] =>
  columns.map((column) => fromSdk(column.type, row[fieldName(column.position)], typespace));

/** One value of an SDK row. */
export function fromSdk(type: AlgebraicType, value: unknown, typespace: Typespace): Value {
  const resolved = resolveRef(type, typespace);
  switch (resolved.tag) {
    case 'Product': {
      const fields = value as SdkRow;
      const product: Record<string, Value> = Object.create(null);
      resolved.elements.forEach((element, i) => {
        product[memberKey(element.name, i)] = fromSdk(element.type, fields[fieldName(i)], typespace);
      });
      return product;
    }
    case 'Sum': {
      const sum = value as { tag: string; value: unknown };
      const position = Number(sum.tag.slice(1));
      const variant = resolved.variants[position];
      if (!variant) throw new Error(`A row holds variant ${position} of a sum that has ${resolved.variants.length}.`);
      return { tag: memberKey(variant.name, position), value: fromSdk(variant.type, sum.value, typespace) };
    }
    case 'Array':
      if (resolved.element.tag === 'U8') return value as Uint8Array;
      return (value as unknown[]).map((item) => fromSdk(resolved.element, item, typespace));
    default:
      return value as Value;
  }
}
