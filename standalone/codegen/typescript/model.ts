/** The visible part of a module in the order in which the TypeScript generator writes it. Reference 10.3, 10.4. */
import type {
  Column,
  Index,
  ModuleDef,
  Procedure,
  Reducer,
  TypeDef,
  UniqueConstraint,
} from '../../../schema/module-def.ts';
import { camelCase, identifierProblem, pascalCase, snakeCase } from '../../../schema/names.ts';
import type { CodegenOptions } from '../generated-file.ts';
import { CodegenError, type TypeNames } from './type-builder.ts';

/** A table or a view: something with rows. */
export interface RowSource {
  readonly name: string;
  readonly accessor: string;
  readonly columns: readonly Column[];
  readonly primaryKey: number | undefined;
  readonly indexes: readonly Index[];
  readonly constraints: readonly UniqueConstraint[];
  readonly isEvent: boolean;
}

export interface Model {
  /** Tables by canonical name, then views by canonical name. */
  readonly rowSources: readonly RowSource[];
  /** Reducers with a file of their own, in declaration order. */
  readonly reducers: readonly Reducer[];
  /** The reducers that a client may call by name. */
  readonly callableReducers: readonly Reducer[];
  readonly procedures: readonly Procedure[];
  /** By scope, then name; without those whose name a reducer takes. */
  readonly types: readonly (TypeDef & { readonly fullName: string })[];
  readonly names: TypeNames;
}

export const byText = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));
const byName = <T extends { readonly name: string }>(items: readonly T[]): T[] =>
  [...items].sort((a, b) => byText(a.name, b.name));

const fullName = (type: TypeDef): string => pascalCase([...type.scope, type.name].map(pascalCase).join('_'));

/** Throws CodegenError when a name could not stand in a file name or in code: definitions may come from anywhere. */
export function modelOf(def: ModuleDef, options: CodegenOptions): Model {
  requireIdentifiers(def);
  const visible = (entry: { visibility: string }): boolean =>
    options.includePrivate || entry.visibility === 'ClientCallable';
  const tables = def.tables.filter((table) => options.includePrivate || table.isPublic);
  const views = def.views.map((view) => ({ ...view, indexes: [], constraints: [], isEvent: false }));
  const reducers = def.reducers.filter((reducer) => visible(reducer) && reducer.lifecycle !== 'Init');
  const reducerNames = new Set(def.reducers.map((reducer) => pascalCase(reducer.accessor)));
  const types = def.types.map((type) => ({ ...type, fullName: fullName(type) }));
  return {
    rowSources: [...byName(tables), ...byName(views)],
    reducers,
    callableReducers: reducers.filter((reducer) => reducer.lifecycle === undefined),
    procedures: byName(def.procedures.filter(visible)),
    types: types
      .filter((type) => !reducerNames.has(type.fullName))
      .sort((a, b) => byText(a.scope.join('\0'), b.scope.join('\0')) || byText(a.name, b.name)),
    names: {
      nameOf(ref) {
        const found = types.find((type) => type.ref === ref);
        if (found) return found.fullName;
        throw new CodegenError(`The module uses type number ${ref}, which has no name. Name the type and build again.`);
      },
    },
  };
}

function requireIdentifiers(def: ModuleDef): void {
  const sources = [...def.tables, ...def.views];
  const functions = [...def.reducers, ...def.procedures];
  const names = [
    ...[...sources, ...functions].map((entry) => entry.accessor),
    ...sources.flatMap((source) => source.columns.map((column) => column.name)),
    ...functions.flatMap((entry) => entry.params.map((param) => param.name ?? 'arg')),
    ...def.types.flatMap((type) => [...type.scope, type.name]),
    ...def.typespace
      .flatMap((type) => (type.tag === 'Product' ? type.elements : type.tag === 'Sum' ? type.variants : []))
      .map((member) => member.name ?? 'member'),
  ];
  for (const name of names) {
    const problem = identifierProblem(name);
    if (problem) throw new CodegenError(`The name ${JSON.stringify(name)} ${problem}. Rename it in the module.`);
  }
}

export const rowModule = (source: RowSource): string => `${snakeCase(source.accessor)}_table`;
export const rowName = (source: RowSource): string => `${pascalCase(source.accessor)}Row`;
export const tableKey = (source: RowSource): string => camelCase(source.accessor);
export const reducerModule = (reducer: Reducer): string => `${snakeCase(reducer.accessor)}_reducer`;
export const reducerName = (reducer: Reducer): string => `${pascalCase(reducer.accessor)}Reducer`;
export const procedureModule = (procedure: Procedure): string => `${snakeCase(procedure.accessor)}_procedure`;
export const procedureName = (procedure: Procedure): string => `${pascalCase(procedure.accessor)}Procedure`;
