/**
 * The algebraic types of SpacetimeDB (SATS): what columns, parameters and return values are made of.
 * Source: reference "module host" 3.2 (shape) and 4.2 (types recognised by structure).
 */

export type PrimitiveTag =
  | 'String'
  | 'Bool'
  | 'I8'
  | 'U8'
  | 'I16'
  | 'U16'
  | 'I32'
  | 'U32'
  | 'I64'
  | 'U64'
  | 'I128'
  | 'U128'
  | 'I256'
  | 'U256'
  | 'F32'
  | 'F64';

/** An element of a product or a variant of a sum. Names may be absent in definitions that other languages emit. */
export interface NamedType {
  readonly name: string | undefined;
  readonly type: AlgebraicType;
}

export interface RefType {
  readonly tag: 'Ref';
  /** Index into the typespace of the same module. */
  readonly ref: number;
}
export interface SumType {
  readonly tag: 'Sum';
  readonly variants: readonly NamedType[];
}
export interface ProductType {
  readonly tag: 'Product';
  readonly elements: readonly NamedType[];
}
export interface ArrayType {
  readonly tag: 'Array';
  readonly element: AlgebraicType;
}
export interface PrimitiveType {
  readonly tag: PrimitiveTag;
}

export type AlgebraicType = RefType | SumType | ProductType | ArrayType | PrimitiveType;

/** The types a `Ref` points into. */
export type Typespace = readonly AlgebraicType[];

export const product = (elements: Readonly<Record<string, AlgebraicType>>): ProductType => ({
  tag: 'Product',
  elements: Object.entries(elements).map(([name, type]) => ({ name, type })),
});
export const sum = (variants: Readonly<Record<string, AlgebraicType>>): SumType => ({
  tag: 'Sum',
  variants: Object.entries(variants).map(([name, type]) => ({ name, type })),
});
export const array = (element: AlgebraicType): ArrayType => ({ tag: 'Array', element });
export const ref = (index: number): RefType => ({ tag: 'Ref', ref: index });
export const primitive = (tag: PrimitiveTag): PrimitiveType => ({ tag });
export const unit: ProductType = { tag: 'Product', elements: [] };
export const option = (some: AlgebraicType): SumType => sum({ some, none: unit });
export const result = (ok: AlgebraicType, err: AlgebraicType): SumType => sum({ ok, err });

export const identityType = product({ __identity__: primitive('U256') });
export const connectionIdType = product({ __connection_id__: primitive('U128') });
export const timestampType = product({ __timestamp_micros_since_unix_epoch__: primitive('I64') });
export const timeDurationType = product({ __time_duration_micros__: primitive('I64') });
export const uuidType = product({ __uuid__: primitive('U128') });
export const scheduleAtType = sum({ Interval: timeDurationType, Time: timestampType });

const specialProducts: Readonly<Record<string, { kind: SpecialKind; inner: PrimitiveTag }>> = {
  __identity__: { kind: 'Identity', inner: 'U256' },
  __connection_id__: { kind: 'ConnectionId', inner: 'U128' },
  __timestamp_micros_since_unix_epoch__: { kind: 'Timestamp', inner: 'I64' },
  __time_duration_micros__: { kind: 'TimeDuration', inner: 'I64' },
  __uuid__: { kind: 'Uuid', inner: 'U128' },
};

/** Types that people know under a name of their own, although they are ordinary products and sums on the wire. */
export type SpecialKind =
  | 'Identity'
  | 'ConnectionId'
  | 'Timestamp'
  | 'TimeDuration'
  | 'Uuid'
  | 'ScheduleAt'
  | 'Option'
  | 'Result'
  | 'Unit'
  | 'Bytes';

/** The special kind of a type, recognised by structure and reserved names; undefined for every other type. */
export function specialKind(type: AlgebraicType): SpecialKind | undefined {
  if (type.tag === 'Array') return type.element.tag === 'U8' ? 'Bytes' : undefined;
  if (type.tag === 'Product') return specialProductKind(type);
  if (type.tag === 'Sum') return specialSumKind(type);
  return undefined;
}

function specialProductKind(type: ProductType): SpecialKind | undefined {
  if (type.elements.length === 0) return 'Unit';
  const [only] = type.elements;
  if (type.elements.length !== 1 || only?.name === undefined || !Object.hasOwn(specialProducts, only.name)) {
    return undefined;
  }
  const special = specialProducts[only.name];
  return special?.inner === only.type.tag ? special.kind : undefined;
}

function specialSumKind(type: SumType): SpecialKind | undefined {
  const [first, second] = type.variants;
  if (type.variants.length !== 2 || !first || !second) return undefined;
  if (first.name === 'some' && second.name === 'none' && isUnit(second.type)) return 'Option';
  if (first.name === 'ok' && second.name === 'err') return 'Result';
  const schedule = first.name === 'Interval' && second.name === 'Time';
  return schedule && specialKind(first.type) === 'TimeDuration' && specialKind(second.type) === 'Timestamp'
    ? 'ScheduleAt'
    : undefined;
}

const isUnit = (type: AlgebraicType): boolean => type.tag === 'Product' && type.elements.length === 0;

/** Follows refs until something else is reached; a dangling or circular chain of refs gives the unit type. */
export function resolveRef(type: AlgebraicType, typespace: Typespace): Exclude<AlgebraicType, RefType> {
  let current = type;
  for (let steps = 0; current.tag === 'Ref'; steps++) {
    const next = typespace[current.ref];
    if (!next || steps > typespace.length) return unit;
    current = next;
  }
  return current;
}

const integerTags: ReadonlySet<string> = new Set(
  ['8', '16', '32', '64', '128', '256'].flatMap((bits) => [`I${bits}`, `U${bits}`]),
);

export const isInteger = (type: AlgebraicType): boolean => integerTags.has(type.tag);
/** Integers that need more than 53 bits and therefore are `bigint` in JavaScript. */
export const isBigInteger = (type: AlgebraicType): boolean => isInteger(type) && Number(type.tag.slice(1)) >= 64;

/** Inclusive bounds of an integer type. */
export function integerRange(type: AlgebraicType): { min: bigint; max: bigint } | undefined {
  if (!isInteger(type)) return undefined;
  const bits = BigInt(type.tag.slice(1));
  if (type.tag.startsWith('U')) return { min: 0n, max: (1n << bits) - 1n };
  return { min: -(1n << (bits - 1n)), max: (1n << (bits - 1n)) - 1n };
}
