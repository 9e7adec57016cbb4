/** How cells of a column sort: numbers by size, times by time, text by code unit, everything else by its text. */
import type { AlgebraicType, SpecialKind } from '../../schema/algebraic-type.ts';
import type { ProductValue, SumValue, Value } from '../../schema/value.ts';

export type CompareCells = (a: Value, b: Value, texts: () => [string, string]) => number;

const byOrder = (a: number | bigint | string | boolean, b: number | bigint | string | boolean): number =>
  a < b ? -1 : a > b ? 1 : 0;

const byText: CompareCells = (_a, _b, texts) => byOrder(...texts());

const wrapsInteger: ReadonlySet<SpecialKind> = new Set([
  'Identity',
  'ConnectionId',
  'Timestamp',
  'TimeDuration',
  'Uuid',
]);

export function compareCells(type: AlgebraicType, special: SpecialKind | undefined): CompareCells {
  if (special === 'Option' && type.tag === 'Sum') return compareOptions(type.variants[0]?.type);
  if (special && wrapsInteger.has(special)) {
    const inner = (value: Value): bigint => Object.values(value as ProductValue)[0] as bigint;
    return (a, b) => byOrder(inner(a), inner(b));
  }
  if (type.tag === 'Product' || type.tag === 'Sum' || type.tag === 'Array' || type.tag === 'Ref') return byText;
  return (a, b) => byOrder(a as number | bigint | string | boolean, b as number | bigint | string | boolean);
}

/** None sorts before everything. */
function compareOptions(some: AlgebraicType | undefined): CompareCells {
  const compareSome =
    some && !['Product', 'Sum', 'Array', 'Ref'].includes(some.tag) ? compareCells(some, undefined) : byText;
  return (a, b, texts) => {
    const left = a as SumValue;
    const right = b as SumValue;
    if (left.tag !== right.tag) return left.tag === 'none' ? -1 : 1;
    return left.tag === 'none' ? 0 : compareSome(left.value, right.value, texts);
  };
}
