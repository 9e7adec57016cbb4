/** Statements as they are written: names not looked up, literals as text. Source: reference "protocol" 4.1. */

export type Comparison = '=' | '!=' | '<' | '<=' | '>' | '>=';

export interface Literal {
  kind: 'literal';
  /** What stands in the statement: without quotes, and without the `0x` or `X''` of hexadecimal digits. */
  text: string;
  form: 'number' | 'hex' | 'string' | 'bool';
}

export interface ColumnName {
  kind: 'column';
  qualifier: string | undefined;
  name: string;
}

export type Operand = ColumnName | Literal | { kind: 'sender' };

export type Predicate =
  /** At least two parts; long chains are flat, so that no walk over them is deep. */
  | { kind: 'and' | 'or'; parts: Predicate[] }
  | { kind: 'compare'; comparison: Comparison; left: Operand; right: Operand }
  | { kind: 'bare'; operand: ColumnName | Literal };

export interface TableRef {
  name: string;
  alias: string;
}

export interface Join {
  table: TableRef;
  on: Predicate | undefined;
}

export type Projection =
  | { kind: 'star'; of: string | undefined }
  | { kind: 'columns'; columns: { column: ColumnName; alias: string }[] }
  | { kind: 'count'; alias: string };

export interface Select {
  kind: 'select';
  projection: Projection;
  from: TableRef;
  joins: Join[];
  where: Predicate | undefined;
  limit: string | undefined;
}

export interface Insert {
  kind: 'insert';
  table: string;
  columns: string[];
  rows: Literal[][];
}

export interface Update {
  kind: 'update';
  table: string;
  assignments: { column: string; value: Literal }[];
  where: Predicate | undefined;
}

export interface Delete {
  kind: 'delete';
  table: string;
  where: Predicate | undefined;
}

export type Statement =
  | Select
  | Insert
  | Update
  | Delete
  | { kind: 'set'; variable: string; value: Literal }
  | { kind: 'show'; variable: string };

export type SubscriptionQuery = Select | { kind: 'allTables' };
