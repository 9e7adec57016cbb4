/** What an expression of a module stands for, as far as the text tells. */
import type { AlgebraicType } from '../../../schema/algebraic-type.ts';
import type { Node } from './parser.ts';
import type { SourceFile } from './source-file.ts';

/** A piece of text in its file. */
export interface Place {
  readonly file: SourceFile;
  readonly node: Node;
}

export interface Property {
  readonly name: string;
  readonly key: Place;
  /** Where the value stands; the key itself for a shorthand. */
  readonly at: Place;
  value(): Value;
}

export interface ObjectValue {
  readonly kind: 'object';
  readonly properties: ReadonlyMap<string, Property>;
  /** False when something in it could not be read, such as a spread of an unknown value. */
  readonly complete: boolean;
  readonly at: Place;
}

export type TypeValue =
  | { readonly shape: 'unknown' }
  | { readonly shape: 'plain'; readonly type: AlgebraicType }
  | { readonly shape: 'array' | 'option'; readonly element: TypeValue }
  | { readonly shape: 'result'; readonly ok: TypeValue; readonly err: TypeValue }
  | { readonly shape: 'lazy'; get(): TypeValue }
  | CompoundType;

/** A product, sum or row; it is one type of the module however often it is mentioned, so identity matters. */
export interface CompoundType {
  readonly shape: 'object' | 'enum' | 'row';
  readonly name: { readonly text: string; readonly at: Place } | undefined;
  readonly members: readonly Member[];
  readonly complete: boolean;
  /** The word `object`, `enum` or `row` that made it; undefined for columns and parameters given as an object. */
  readonly callee: Place | undefined;
}

export interface Member {
  readonly name: string;
  readonly key: Place;
  readonly at: Place;
  builder(): BuilderValue | undefined;
}

/** A column method that was called: `primaryKey`, `unique`, `index`, `autoInc`, `default`, `name`. */
export interface Mark {
  /** The method's name in the text. */
  readonly at: Place;
  readonly argument: { readonly at: Place; readonly value: Value } | undefined;
}

export interface BuilderValue {
  readonly kind: 'builder';
  readonly type: TypeValue;
  readonly marks: ReadonlyMap<string, Mark>;
  /** False when a call in the chain was not understood. */
  readonly complete: boolean;
}

export interface TableValue {
  readonly kind: 'table';
  readonly options: ObjectValue | undefined;
  readonly row: CompoundType | undefined;
  readonly complete: boolean;
  readonly call: Place;
  declaration: Place | undefined;
}

export interface SchemaValue {
  readonly kind: 'schema';
  readonly entries: ObjectValue | undefined;
  /** Arguments that are tables, as version 1 wanted them. */
  readonly loose: readonly Value[];
  readonly settings: ObjectValue | undefined;
  readonly callee: Place;
  readonly call: Place;
}

export type RegistrationKind = 'reducer' | 'procedure' | 'view' | 'anonymousView' | 'httpHandler' | 'httpRouter';
export type LifecycleMethod = 'init' | 'clientConnected' | 'clientDisconnected';

export interface RegistrationValue {
  readonly kind: 'registration';
  /** The method of the schema that made it; `clientVisibilityFilter` stands for its `sql`. */
  readonly method: RegistrationKind | LifecycleMethod | 'clientVisibilityFilter';
  /** The schema it was registered with; a submodule has its own. */
  readonly schema: SchemaValue;
  readonly options: ObjectValue | undefined;
  readonly params: { readonly at: Place; readonly value: Value } | undefined;
  readonly returns: { readonly at: Place; readonly value: Value } | undefined;
  /** The name that version 1 wanted as first argument. */
  readonly nameArgument: string | undefined;
  /** The SQL text of a filter. */
  readonly sql: string | undefined;
  readonly callee: Place;
  readonly call: Place;
  declaration: Place | undefined;
}

export interface FunctionValue {
  readonly kind: 'function';
  readonly at: Place;
  call(args: readonly Value[]): Value;
}

export type Value =
  | { readonly kind: 'unknown' }
  | { readonly kind: 'literal'; readonly value: string | number | bigint | boolean | undefined }
  | { readonly kind: 'array'; readonly items: readonly { at: Place; value(): Value }[]; readonly complete: boolean }
  /** A name exported by `spacetimedb/server`; `*` is its namespace object, `t.u8` a member of `t`. */
  | { readonly kind: 'library'; readonly name: string }
  | { readonly kind: 'method'; readonly receiver: Value; readonly name: Place }
  | { readonly kind: 'group'; readonly entries: ObjectValue | undefined }
  | { readonly kind: 'namespace'; readonly file: SourceFile }
  | { readonly kind: 'declared'; readonly what: 'class' | 'enum' }
  | ObjectValue
  | BuilderValue
  | TableValue
  | SchemaValue
  | RegistrationValue
  | FunctionValue;

export const unknown: Value = { kind: 'unknown' };

/** The text of a string property of an options object. */
export function stringProperty(
  options: ObjectValue | undefined,
  name: string,
): { text: string; at: Place } | undefined {
  const property = options?.properties.get(name);
  const value = property?.value();
  if (!property || value?.kind !== 'literal' || typeof value.value !== 'string') return undefined;
  return { text: value.value, at: property.at };
}
