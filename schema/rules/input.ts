/** What every rule is given: the definition as the module wrote it, as the database sees it, and a few shared views. */
import type { AlgebraicType, NamedType, RefType, Typespace } from '../algebraic-type.ts';
import type { ModuleDef, Table } from '../module-def.ts';
import type { Problem, Rule } from '../problem.ts';
import type { Path, RawModuleDef } from '../raw-module-def.ts';
import { type Naming, namingOf, resolveModuleDef } from '../resolve.ts';

export interface FunctionView {
  readonly kind: 'reducer' | 'procedure' | 'view';
  readonly at: Path;
  readonly sourceName: string;
  /** Canonical name. */
  readonly name: string;
  readonly params: readonly NamedType[];
}

export interface RuleInput {
  readonly raw: RawModuleDef;
  readonly module: ModuleDef;
  readonly naming: Naming;
  /** Resolved tables in the order of the raw definition. */
  readonly tables: readonly Table[];
  /** Reducers, procedures and views: one namespace. */
  readonly functions: readonly FunctionView[];
  /** The declaration a type was made for, by typespace index: a table's row, a function's parameters. */
  readonly typeOwners: ReadonlyMap<number, Path>;
  /** Tables of which only a part could be read from source: nothing may be concluded from what they lack. */
  readonly partialTables: ReadonlySet<number>;
}

export type ModuleRule = Rule<RuleInput>;
export type Report = (problem: Omit<Problem, 'rule' | 'severity'>) => void;

export function ruleInput(raw: RawModuleDef): RuleInput {
  const module = resolveModuleDef(raw);
  const naming = namingOf(raw);
  const functions: FunctionView[] = [
    ...raw.reducers.map((def, i) => functionView('reducer', ['reducers', i], def, naming)),
    ...raw.procedures.map((def, i) => functionView('procedure', ['procedures', i], def, naming)),
    ...raw.views.map((def, i) => functionView('view', ['views', i], def, naming)),
  ];
  return {
    raw,
    module,
    naming,
    tables: [...module.tables].sort((a, b) => a.position - b.position),
    functions,
    typeOwners: findTypeOwners(raw, functions),
    partialTables: new Set(raw.sourceFacts?.partialTables),
  };
}

const functionView = (
  kind: FunctionView['kind'],
  at: Path,
  def: { sourceName: string; params: readonly NamedType[] },
  naming: Naming,
): FunctionView => ({
  kind,
  at,
  sourceName: def.sourceName,
  name: naming.function(def.sourceName),
  params: def.params,
});

/** The name that the TypeScript runtime makes for a type it has to name itself; simpler than the host's conversion. */
export function implicitTypeName(name: string): string {
  const joined = name.replace(/[-_]+/g, '_').replace(/_([a-zA-Z0-9])/g, (_, c: string) => c.toUpperCase());
  return joined.charAt(0).toUpperCase() + joined.slice(1);
}

function findTypeOwners(raw: RawModuleDef, functions: readonly FunctionView[]): Map<number, Path> {
  const owners = new Map<number, Path>();
  raw.tables.forEach((table, i) => {
    if (!owners.has(table.productTypeRef)) owners.set(table.productTypeRef, ['tables', i]);
  });
  for (const fn of functions) {
    if (fn.kind === 'procedure') continue;
    const name = implicitTypeName(fn.sourceName);
    const type = raw.types.find(
      (def) => !owners.has(def.ref) && def.sourceName === name && isProductOf(raw.typespace[def.ref], fn.params),
    );
    if (type) owners.set(type.ref, fn.at);
  }
  return owners;
}

const isProductOf = (type: AlgebraicType | undefined, params: readonly NamedType[]): boolean =>
  type?.tag === 'Product' && JSON.stringify(type.elements) === JSON.stringify(params);

/**
 * The type behind refs; undefined when a ref leads nowhere, which is how a type that could not be read from source
 * looks. A rule stays silent about such a type.
 */
export function knownType(
  type: AlgebraicType | undefined,
  typespace: Typespace,
): Exclude<AlgebraicType, RefType> | undefined {
  let current = type;
  for (let steps = 0; current?.tag === 'Ref' && steps <= typespace.length; steps++) current = typespace[current.ref];
  return current?.tag === 'Ref' ? undefined : current;
}

/** Whether a type is an enum without payloads. */
export const isPlainEnum = (type: AlgebraicType, typespace: Typespace): boolean =>
  type.tag === 'Sum' &&
  type.variants.every((variant) => {
    const payload = knownType(variant.type, typespace);
    return payload?.tag === 'Product' && payload.elements.length === 0;
  });

/** A name in a message. */
export const quoted = (name: string): string => `\`${name}\``;
export const quotedList = (names: readonly string[]): string => names.map(quoted).join(', ');

/** Pairs every later item with the first one of the same key. */
export function* duplicates<T>(items: readonly T[], key: (item: T) => string): Generator<{ first: T; later: T }> {
  const seen = new Map<string, T>();
  for (const item of items) {
    const name = key(item);
    const first = seen.get(name);
    if (first === undefined) seen.set(name, item);
    else yield { first, later: item };
  }
}
