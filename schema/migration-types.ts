/** Whether a column's stored values fit its new type without being rewritten. Source: reference "module host" 6.5. */
import { type AlgebraicType, resolveRef, specialKind, type Typespace } from './algebraic-type.ts';
import { layoutOf } from './layout.ts';
import type { Column } from './module-def.ts';

/** `same`, `grown` (an enum got variants at its end, layout unchanged), or the text of the refusal. */
export function columnTypeRefusal(
  table: string,
  from: Column,
  to: Column,
  before: Typespace,
  after: Typespace,
): 'same' | 'grown' | string {
  const comparison: Comparison = { before, after, seen: new Set(), grown: false };
  const difference = compare(from.type, to.type, comparison);
  if (difference === undefined) return comparison.grown ? 'grown' : 'same';
  const nested = difference.nested ? 'a type within column' : 'the type of column';
  return `Changing ${nested} ${to.name} in table ${table} from ${printType(difference.from)} to ${printType(difference.to)}${difference.because}`;
}

/** Whether two types, each with its own typespace, describe the same values. */
export function sameType(from: AlgebraicType, to: AlgebraicType, before: Typespace, after: Typespace): boolean {
  const comparison: Comparison = { before, after, seen: new Set(), grown: false };
  return compare(from, to, comparison) === undefined && !comparison.grown;
}

interface Comparison {
  before: Typespace;
  after: Typespace;
  /** Pairs of refs under comparison: recursive types are equal as long as nothing else differs. */
  seen: Set<string>;
  grown: boolean;
}

interface Difference {
  from: AlgebraicType;
  to: AlgebraicType;
  nested: boolean;
  because: string;
}

const manual = ' requires a manual migration';

function compare(from: AlgebraicType, to: AlgebraicType, state: Comparison, nested = false): Difference | undefined {
  if (from.tag === 'Ref' && to.tag === 'Ref') {
    const key = `${from.ref}:${to.ref}`;
    if (state.seen.has(key)) return undefined;
    state.seen.add(key);
  }
  const a = resolveRef(from, state.before);
  const b = resolveRef(to, state.after);
  const differs = (because: string): Difference => ({ from: a, to: b, nested, because });
  if (a.tag === 'Array' && b.tag === 'Array') return compare(a.element, b.element, state, true);
  if (a.tag === 'Product' && b.tag === 'Product') {
    if (b.elements.length < a.elements.length) return differs(`, with fewer fields,${manual}`);
    if (a.elements.length !== b.elements.length) return differs(manual);
    if (a.elements.some((element, i) => element.name !== b.elements[i]?.name)) {
      return differs(`, with a renamed field,${manual}`);
    }
    return firstDifference(a.elements, b.elements, state);
  }
  if (a.tag === 'Sum' && b.tag === 'Sum') return compareSums(a, b, state, differs);
  return a.tag === b.tag ? undefined : differs(manual);
}

type Members = Extract<AlgebraicType, { tag: 'Product' }>['elements'];

function firstDifference(a: Members, b: Members, state: Comparison): Difference | undefined {
  for (const [i, member] of a.entries()) {
    const other = b[i];
    const difference = other && compare(member.type, other.type, state, true);
    if (difference) return difference;
  }
  return undefined;
}

type Sum = Extract<AlgebraicType, { tag: 'Sum' }>;

function compareSums(
  a: Sum,
  b: Sum,
  state: Comparison,
  differs: (because: string) => Difference,
): Difference | undefined {
  if (specialKind(a) !== specialKind(b)) return differs(manual);
  if (b.variants.length < a.variants.length) return differs(`, with fewer variants,${manual}`);
  if (a.variants.some((variant, i) => variant.name !== b.variants[i]?.name)) {
    return differs(`, with a renamed variant,${manual}`);
  }
  const difference = firstDifference(a.variants, b.variants, state);
  if (difference || a.variants.length === b.variants.length) return difference;
  const [old, current] = [layoutOf(a, state.before), layoutOf(b, state.after)];
  if (old.size !== current.size) return differs(`${manual}, due to size mismatch`);
  if (old.align !== current.align) return differs(`${manual}, due to alignment mismatch`);
  state.grown = true;
  return undefined;
}

/** Types as messages of the server print them: `U32`, `Array<T>`, `(name: T)`, `(a: T | b: U)`, `&n`. */
export function printType(type: AlgebraicType): string {
  const members = (list: Members, separator: string): string =>
    list.map((member, i) => `${member.name ?? i}: ${printType(member.type)}`).join(separator);
  switch (type.tag) {
    case 'Ref':
      return `&${type.ref}`;
    case 'Array':
      return `Array<${printType(type.element)}>`;
    case 'Product':
      return `(${members(type.elements, ', ')})`;
    case 'Sum':
      return type.variants.length === 0 ? '(|)' : `(${members(type.variants, ' | ')})`;
    default:
      return type.tag;
  }
}
