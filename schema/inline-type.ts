/** Types without references, as the database stores and prints them; a type that contains itself keeps its reference. */
import type { AlgebraicType, NamedType, Typespace } from './algebraic-type.ts';

export function inlineType(type: AlgebraicType, typespace: Typespace, within: readonly number[] = []): AlgebraicType {
  const members = (list: readonly NamedType[]): NamedType[] =>
    list.map((member) => ({ name: member.name, type: inlineType(member.type, typespace, within) }));
  switch (type.tag) {
    case 'Ref': {
      const target = typespace[type.ref];
      return !target || within.includes(type.ref) ? type : inlineType(target, typespace, [...within, type.ref]);
    }
    case 'Product':
      return { tag: 'Product', elements: members(type.elements) };
    case 'Sum':
      return { tag: 'Sum', variants: members(type.variants) };
    case 'Array':
      return { tag: 'Array', element: inlineType(type.element, typespace, within) };
    default:
      return type;
  }
}
