/**
 * A module as it describes itself, before names are converted: version 10 of the raw definition.
 * It comes from three places: the describe hook of a built module (BSATN), the schema route of a server (JSON),
 * and the text in an editor (the language server). Source: reference "module host" 3.1 to 3.3, "protocol" 1.8.
 */
import type { AlgebraicType, NamedType } from './algebraic-type.ts';

export type Lifecycle = 'Init' | 'OnConnect' | 'OnDisconnect';
export type CaseConversionPolicy = 'None' | 'SnakeCase';
export type Visibility = 'Private' | 'ClientCallable';

export type IndexAlgorithm =
  | { readonly tag: 'BTree'; readonly columns: readonly number[] }
  | { readonly tag: 'Hash'; readonly columns: readonly number[] }
  | { readonly tag: 'Direct'; readonly column: number };

export interface RawIndexDef {
  sourceName: string | undefined;
  accessorName: string | undefined;
  algorithm: IndexAlgorithm;
}

export interface RawUniqueConstraintDef {
  sourceName: string | undefined;
  /** Column positions. */
  columns: number[];
}

export interface RawSequenceDef {
  sourceName: string | undefined;
  /** Column position. */
  column: number;
  start: bigint | undefined;
  minValue: bigint | undefined;
  maxValue: bigint | undefined;
  increment: bigint;
}

export interface RawTableDef {
  sourceName: string;
  /** Index into the typespace; the type there is a product whose elements are the columns. */
  productTypeRef: number;
  /** Column positions; more than one is an error that `pk-multiple` reports. */
  primaryKey: number[];
  indexes: RawIndexDef[];
  constraints: RawUniqueConstraintDef[];
  sequences: RawSequenceDef[];
  tableType: 'System' | 'User';
  tableAccess: 'Public' | 'Private';
  /** BSATN of the value per column position. */
  defaultValues: { column: number; value: Uint8Array }[];
  isEvent: boolean;
}

export interface RawTypeDef {
  scope: string[];
  sourceName: string;
  /** Index into the typespace. */
  ref: number;
  customOrdering: boolean;
}

export interface RawReducerDef {
  sourceName: string;
  params: NamedType[];
  visibility: Visibility;
  okReturnType: AlgebraicType;
  errReturnType: AlgebraicType;
}

export interface RawProcedureDef {
  sourceName: string;
  params: NamedType[];
  returnType: AlgebraicType;
  visibility: Visibility;
}

export interface RawViewDef {
  sourceName: string;
  /** Position among the views of its own kind (anonymous or per sender). */
  index: number;
  isPublic: boolean;
  isAnonymous: boolean;
  params: NamedType[];
  returnType: AlgebraicType;
}

export interface RawScheduleDef {
  sourceName: string | undefined;
  /** Source name of the table. */
  tableName: string;
  scheduleAtColumn: number;
  /** Source name of the reducer or procedure. */
  functionName: string;
}

export interface RawLifecycleDef {
  lifecycle: Lifecycle;
  /** Source name of the reducer. */
  functionName: string;
}

export interface RawHttpRouteDef {
  handlerFunction: string;
  /** `Any`, or the name of an HTTP method such as `Get`. */
  method: string;
  path: string;
}

/** Canonical names given by hand, keyed by source name. */
export interface RawExplicitNames {
  tables: Map<string, string>;
  functions: Map<string, string>;
  indexes: Map<string, string>;
}

export interface RawModuleDef {
  typespace: AlgebraicType[];
  types: RawTypeDef[];
  tables: RawTableDef[];
  reducers: RawReducerDef[];
  procedures: RawProcedureDef[];
  views: RawViewDef[];
  viewPrimaryKeys: { viewSourceName: string; columns: string[] }[];
  schedules: RawScheduleDef[];
  lifecycleReducers: RawLifecycleDef[];
  httpHandlers: { sourceName: string }[];
  httpRoutes: RawHttpRouteDef[];
  rowLevelSecurity: { sql: string }[];
  explicitNames: RawExplicitNames;
  caseConversionPolicy: CaseConversionPolicy;
  submodules: { namespace: string; module: RawModuleDef }[];
  /** Only when the definition was read from source text: what the text says and a built module cannot. */
  sourceFacts?: SourceFacts;
}

/** A way to an element of a RawModuleDef, such as `['tables', 0, 'columns', 2, 'autoInc']`; see problem.ts. */
export type Path = readonly (string | number)[];

export interface SourceFacts {
  /** Index columns that name no column. `at` is the path of the entry. */
  unknownIndexColumns: { at: Path; table: string; column: string; known: string[] }[];
  /** `db.reducer(...)` and its siblings whose value the entry file does not export. */
  unexportedRegistrations: {
    at: Path;
    kind: string;
    name: string | undefined;
    /** Source name of the table whose schedule targets it. */
    schedules?: string;
  }[];
  /** Tables that name themselves scheduled but have no ScheduleAt column, so that no schedule can be registered. */
  schedulesWithoutColumn: { at: Path; table: string }[];
  /** Whether the entry file has a default export; undefined while the text does not say. */
  hasDefaultExport: boolean | undefined;
  /** Positions of tables whose columns or options could not all be read; rules conclude nothing from what they lack. */
  partialTables?: number[];
  /** Tables that no schema mentions. */
  tablesNotInSchema?: { at: Path; name: string }[];
  /** Runtime exports of the entry file that are no registrations; `what` completes "which is ...". */
  nonSpacetimeExports?: { at: Path; name: string; what: string }[];
  /** Exported registrations in files that the entry file never reaches; `file` as the entry would import it. */
  unreachableRegistrations?: { at: Path; name: string; file: string }[];
  /** Positions of tables that one table() value makes, and whose indexes therefore share names. */
  reusedTables?: number[];
  /** Positions of tables with a ScheduleAt column that nothing in the text tries to schedule. */
  unscheduledTables?: number[];
  /**
   * Text that a rule named here reports as it stands, because a definition cannot hold it. What `subject` and `detail`
   * are is the rule's affair.
   */
  mistakes?: { at: Path; rule: string; subject: string; detail: string | undefined }[];
}

/** A definition with nothing in it. */
export function emptyRawModuleDef(): RawModuleDef {
  return {
    typespace: [],
    types: [],
    tables: [],
    reducers: [],
    procedures: [],
    views: [],
    viewPrimaryKeys: [],
    schedules: [],
    lifecycleReducers: [],
    httpHandlers: [],
    httpRoutes: [],
    rowLevelSecurity: [],
    explicitNames: { tables: new Map(), functions: new Map(), indexes: new Map() },
    caseConversionPolicy: 'SnakeCase',
    submodules: [],
  };
}
