/**
 * Values of algebraic types in JavaScript, without loss:
 * Bool is boolean; integers up to 32 bits and floats are number; wider integers are bigint; String is string;
 * Array(U8) is Uint8Array; other arrays are arrays; a product is an object WITHOUT prototype keyed by element name
 * (so hostile names such as `__proto__` are harmless), or by position where an element has no name; a sum is
 * `{ tag, value }` with the variant's name (or position). Option is a sum like any other: `{ tag: 'some', value }`.
 */
export type Value = boolean | number | bigint | string | Uint8Array | readonly Value[] | ProductValue | SumValue;

export interface ProductValue {
  readonly [field: string]: Value;
}
export interface SumValue {
  readonly tag: string;
  readonly value: Value;
}

/** Key of the element or variant at `position` in a ProductValue or SumValue. */
export const memberKey = (name: string | undefined, position: number): string => name ?? String(position);
