/**
 * Table accessors in the spelling of the module's source (`logged_out_player`), which older generators used, stay
 * available as deprecated aliases of the camel case ones. Source: reference "cli and generate" 10.7.
 */
import { type RowSource, tableKey } from './model.ts';
import { quoted } from './text.ts';

export interface Alias {
  readonly deprecated: string;
  readonly accessor: string;
}

/** In the order of the schema object; without those that collide with a real accessor. */
export function aliasesOf(rowSources: readonly RowSource[]): Alias[] {
  const accessors = new Set(rowSources.map(tableKey));
  return rowSources
    .map((source) => ({ deprecated: source.accessor, accessor: tableKey(source) }))
    .filter((alias) => alias.deprecated !== alias.accessor && !accessors.has(alias.deprecated));
}

const properties = (aliases: readonly Alias[], spaces: string, type: (alias: Alias) => string): string =>
  aliases
    .map(
      (alias) =>
        `${spaces}/** @deprecated Use \`${alias.accessor}\` instead. This alias will be removed in the next major version. */\n` +
        `${spaces}readonly ${quoted(alias.deprecated)}: ${type(alias)};\n`,
    )
    .join('');

/** The schema type that also knows the aliases; it stands before REMOTE_MODULE. */
export const aliasSchemaType = (aliases: readonly Alias[]): string =>
  `type __SchemaWithTableAccessorAliases = Omit<typeof tablesSchema.schemaType, "tables"> & {
  tables: typeof tablesSchema.schemaType.tables & {
${properties(
  aliases,
  '    ',
  (alias) =>
    `Omit<typeof tablesSchema.schemaType.tables[${quoted(alias.accessor)}], "accessorName"> & ` +
    `{ readonly accessorName: ${quoted(alias.deprecated)} }`,
)}  };
};

`;

/** The map of aliases, the function that adds them to an object, and the types of the results. */
export const aliasRuntime = (aliases: readonly Alias[]): string =>
  `const tableAccessorAliases = {
${aliases.map((alias) => `  ${quoted(alias.deprecated)}: ${quoted(alias.accessor)},\n`).join('')}} as const;

function __withTableAccessorAliases<T extends object>(target: T, freeze = false): T {
  const out = Object.create(Object.getPrototypeOf(target)) as T & Record<string, unknown>;
  Object.defineProperties(out, Object.getOwnPropertyDescriptors(target));
  for (const [deprecatedAccessor, targetAccessor] of Object.entries(tableAccessorAliases)) {
    if (deprecatedAccessor in out) {
      continue;
    }
    Object.defineProperty(out, deprecatedAccessor, {
      enumerable: true,
      configurable: false,
      get: () => out[targetAccessor],
    });
  }
  return freeze ? Object.freeze(out) : out;
}

type __DbViewBase = __DbConnectionImpl<typeof REMOTE_MODULE>["db"];
export type DbView = __DbViewBase & {
${properties(aliases, '  ', (alias) => `__DbViewBase[${quoted(alias.accessor)}]`)}};

type __TablesBase = __QueryBuilder<typeof tablesSchema.schemaType>;
export type Tables = __TablesBase & {
${properties(aliases, '  ', (alias) => `__TablesBase[${quoted(alias.accessor)}]`)}};

`;
