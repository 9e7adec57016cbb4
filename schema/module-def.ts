/**
 * A module as the database sees it: names converted to canonical ones, implied names filled in, roles resolved.
 * Made from a RawModuleDef by `resolveModuleDef`, which never throws: whatever cannot be resolved is left out, and
 * the rules say so. Source: reference "module host" 3.4 and 3.6.
 */
import type { AlgebraicType, NamedType } from './algebraic-type.ts';
import type { Lifecycle, Visibility } from './raw-module-def.ts';

export interface Column {
  /** Canonical name. */
  name: string;
  /** Name in the module's source. */
  accessor: string;
  position: number;
  type: AlgebraicType;
  /** BSATN of the value that existing rows get when a republish adds this column. */
  defaultValue: Uint8Array | undefined;
}

export interface Index {
  name: string;
  /** The alias under which module code asks for the index. */
  sourceName: string;
  accessor: string | undefined;
  algorithm: 'BTree' | 'Hash' | 'Direct';
  /** Column positions, in index order. */
  columns: number[];
  /** Whether a unique constraint has the same set of columns. */
  unique: boolean;
}

export interface UniqueConstraint {
  name: string;
  columns: number[];
}

export interface Sequence {
  name: string;
  column: number;
  start: bigint;
  min: bigint;
  max: bigint;
  increment: bigint;
}

export interface Schedule {
  name: string;
  /** Canonical name of the reducer or procedure. */
  functionName: string;
  atColumn: number;
}

export interface Table {
  name: string;
  accessor: string;
  /** Position in the raw definition's table list. */
  position: number;
  rowTypeRef: number;
  columns: Column[];
  /** Column position. */
  primaryKey: number | undefined;
  indexes: Index[];
  constraints: UniqueConstraint[];
  sequences: Sequence[];
  schedule: Schedule | undefined;
  isPublic: boolean;
  isEvent: boolean;
}

export interface Reducer {
  name: string;
  accessor: string;
  /** Position in the raw definition: the id by which the module's hook is called. */
  id: number;
  params: NamedType[];
  lifecycle: Lifecycle | undefined;
  /** Lifecycle reducers and schedule targets are private whatever the module says. */
  visibility: Visibility;
}

export interface Procedure {
  name: string;
  accessor: string;
  id: number;
  params: NamedType[];
  returnType: AlgebraicType;
  visibility: Visibility;
}

export interface View {
  name: string;
  accessor: string;
  /** Position within its own kind. */
  index: number;
  isPublic: boolean;
  isAnonymous: boolean;
  params: NamedType[];
  returnType: AlgebraicType;
  /** Columns of the row type; empty when the return type is not an array or option of a product. */
  columns: Column[];
  primaryKey: number | undefined;
}

export interface TypeDef {
  /** Pascal case. */
  name: string;
  scope: string[];
  ref: number;
}

export interface ModuleDef {
  /** Element names are snake case, variant names camel case; special types keep their names. */
  typespace: AlgebraicType[];
  types: TypeDef[];
  /** In order of canonical name. */
  tables: Table[];
  reducers: Reducer[];
  procedures: Procedure[];
  views: View[];
  /** Queries that say which rows of public tables clients see. */
  rowLevelSecurity: string[];
}
