/** index.ts: the schema of the module and the typed connection classes. Source: reference "cli and generate" 10.6. */
import { camelCase } from '../../../schema/names.ts';
import type { CodegenOptions } from '../generated-file.ts';
import { aliasesOf, aliasRuntime, aliasSchemaType } from './aliases.ts';
import {
  byText,
  type Model,
  procedureModule,
  procedureName,
  type RowSource,
  reducerModule,
  reducerName,
  rowModule,
  rowName,
  tableKey,
} from './model.ts';
import { libraryImport, quoted, singleQuoted, versionedFileHead } from './text.ts';

const libraryNames = [
  'DbConnectionBuilder',
  'DbConnectionImpl',
  'SubscriptionBuilderImpl',
  'TypeBuilder',
  'Uuid',
  'convertToAccessorMap',
  'makeQueryBuilder',
  'procedureSchema',
  'procedures',
  'reducerSchema',
  'reducers',
  'schema',
  't',
  'table',
  'type AlgebraicTypeType',
  'type DbConnectionConfig',
  'type ErrorContextInterface',
  'type Event',
  'type EventContextInterface',
  'type Infer',
  'type QueryBuilder',
  'type ReducerEventContextInterface',
  'type RemoteModule',
  'type SubscriptionEventContextInterface',
  'type SubscriptionHandleImpl',
];

export function indexFile(model: Model, options: CodegenOptions): string {
  const aliases = aliasesOf(model.rowSources);
  const aliased = aliases.length > 0;
  return [
    versionedFileHead(options.cliVersion, options.cliCommit),
    libraryImport(libraryNames),
    moduleImports(model),
    '\n/** Type-only namespace exports for generated type groups. */\n',
    tablesSchema(model),
    reducersSchema(model),
    proceduresSchema(model),
    aliased ? aliasSchemaType(aliases) : '',
    remoteModule(options.cliVersion, aliased),
    aliased ? aliasRuntime(aliases) : '',
    accessors(aliased),
    contextTypes(aliased),
    connectionClasses(aliased),
  ].join('');
}

function moduleImports(model: Model): string {
  const reducers = model.callableReducers.map((r) => `import ${reducerName(r)} from "./${reducerModule(r)}";\n`);
  const procedures = model.procedures.map((p) => `import * as ${procedureName(p)} from "./${procedureModule(p)}";\n`);
  const rows = [...model.rowSources]
    .sort((a, b) => byText(a.accessor, b.accessor))
    .map((source) => `import ${rowName(source)} from "./${rowModule(source)}";\n`);
  return [
    `\n// Import all reducer arg schemas\n${reducers.join('')}`,
    `\n// Import all procedure arg schemas\n${procedures.join('')}`,
    `\n// Import all table schema definitions\n${rows.join('')}`,
  ].join('');
}

function tablesSchema(model: Model): string {
  const tables = model.rowSources.map(
    (source) => `  ${tableKey(source)}: __table({\n${tableOptions(source)}  }, ${rowName(source)}),\n`,
  );
  return `
/** The schema information for all tables in this module. This is defined the same was as the tables would have been defined in the server. */
const tablesSchema = __schema({
${tables.join('')}});
`;
}

function tableOptions(source: RowSource): string {
  const columnKey = (position: number): string => singleQuoted(camelCase(source.columns[position]?.name ?? ''));
  const indexes = [...source.indexes]
    .sort((a, b) => byText(a.name, b.name))
    .flatMap((index) => {
      if (index.accessor === undefined) return [];
      const columns = index.columns.map((position) => `        ${columnKey(position)},\n`).join('');
      const accessor = singleQuoted(index.accessor);
      return `      { accessor: ${accessor}, name: ${singleQuoted(index.name)}, algorithm: 'btree', columns: [\n${columns}      ] },\n`;
    });
  const constraints = [...source.constraints]
    .sort((a, b) => byText(a.name, b.name))
    .map((constraint) => {
      const columns = constraint.columns.map(columnKey).join(', ');
      return `      { name: ${singleQuoted(constraint.name)}, constraint: 'unique', columns: [${columns}] },\n`;
    });
  return [
    `    name: ${singleQuoted(source.name)},\n`,
    `    indexes: [\n${indexes.join('')}    ],\n`,
    `    constraints: [\n${constraints.join('')}    ],\n`,
    source.isEvent ? '    event: true,\n' : '',
  ].join('');
}

function reducersSchema(model: Model): string {
  const lines = model.callableReducers.map((r) => `  __reducerSchema(${quoted(r.name)}, ${reducerName(r)}),\n`);
  return `
/** The schema information for all reducers in this module. This is defined the same way as the reducers would have been defined in the server, except the body of the reducer is omitted in code generation. */
const reducersSchema = __reducers(
${lines.join('')});
`;
}

function proceduresSchema(model: Model): string {
  const lines = model.procedures.map((p) => {
    const name = procedureName(p);
    return `  __procedureSchema(${quoted(p.name)}, ${name}.params, ${name}.returnType),\n`;
  });
  return `
/** The schema information for all procedures in this module. This is defined the same way as the procedures would have been defined in the server. */
const proceduresSchema = __procedures(
${lines.join('')});

`;
}

function remoteModule(cliVersion: string, aliased: boolean): string {
  const tables = 'tablesSchema.schemaType.tables';
  return `/** The remote SpacetimeDB module schema, both runtime and type information. */
const REMOTE_MODULE = {
  versionInfo: {
    cliVersion: ${quoted(cliVersion)} as const,
  },
  tables: ${aliased ? `${tables} as __SchemaWithTableAccessorAliases["tables"]` : tables},
  reducers: reducersSchema.reducersType.reducers,
  ...proceduresSchema,
} satisfies __RemoteModule<
  ${aliased ? '__SchemaWithTableAccessorAliases' : 'typeof tablesSchema.schemaType'},
  typeof reducersSchema.reducersType,
  typeof proceduresSchema
>;

`;
}

function accessors(aliased: boolean): string {
  const builder = '__makeQueryBuilder(tablesSchema.schemaType);\n';
  const tables = aliased
    ? `const tablesBase: __TablesBase = ${builder}export const tables: Tables = __withTableAccessorAliases(tablesBase, true) as Tables;\n`
    : `export const tables: __QueryBuilder<typeof tablesSchema.schemaType> = ${builder}`;
  return `/** The tables available in this remote SpacetimeDB module. Each table reference doubles as a query builder. */
${tables}
/** The reducers available in this remote SpacetimeDB module. */
export const reducers = __convertToAccessorMap(reducersSchema.reducersType.reducers);

/** The procedures available in this remote SpacetimeDB module. */
export const procedures = __convertToAccessorMap(proceduresSchema.procedures);

`;
}

function contextTypes(aliased: boolean): string {
  const contexts: [string, string][] = [
    ['EventContext', 'all possible'],
    ['ReducerEventContext', 'reducer'],
    ['SubscriptionEventContext', 'subscription'],
    ['ErrorContext', 'error'],
  ];
  const lines = contexts.map(([name, what]) => {
    const base = `__${name}Interface<typeof REMOTE_MODULE>`;
    const type = aliased ? `Omit<${base}, "db"> & { db: DbView }` : base;
    return `/** The context type returned in callbacks for ${what} events. */\nexport type ${name} = ${type};\n`;
  });
  return `${lines.join('')}/** The subscription handle type to manage active subscriptions created from a {@link SubscriptionBuilder}. */
export type SubscriptionHandle = __SubscriptionHandleImpl<typeof REMOTE_MODULE>;

`;
}

function connectionClasses(aliased: boolean): string {
  const aliasMembers = `  declare db: DbView;

  constructor(config: __DbConnectionConfig<typeof REMOTE_MODULE>) {
    super(config);
    this.db = __withTableAccessorAliases(this.db) as DbView;
  }

`;
  return `/** Builder class to configure a new subscription to the remote SpacetimeDB instance. */
export class SubscriptionBuilder extends __SubscriptionBuilderImpl<typeof REMOTE_MODULE> {}

/** Builder class to configure a new database connection to the remote SpacetimeDB instance. */
export class DbConnectionBuilder extends __DbConnectionBuilder<DbConnection> {}

/** The typed database connection to manage connections to the remote SpacetimeDB instance. This class has type information specific to the generated module. */
export class DbConnection extends __DbConnectionImpl<typeof REMOTE_MODULE> {
${aliased ? aliasMembers : ''}  /** Creates a new {@link DbConnectionBuilder} to configure and connect to the remote SpacetimeDB instance. */
  static builder = (): DbConnectionBuilder => {
    return new DbConnectionBuilder(REMOTE_MODULE, (config: __DbConnectionConfig<typeof REMOTE_MODULE>) => new DbConnection(config));
  };

  /** Creates a new {@link SubscriptionBuilder} to configure a subscription to the remote SpacetimeDB instance. */
  override subscriptionBuilder = (): SubscriptionBuilder => {
    return new SubscriptionBuilder(this);
  };
}

`;
}
