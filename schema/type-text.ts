/** Short texts of types for people: `u32`, `Identity`, `option<string>`, `Vec2`. */
import { type AlgebraicType, specialKind, type Typespace } from './algebraic-type.ts';
import type { TypeDef } from './module-def.ts';

const specialText: Readonly<Record<string, string>> = {
  Identity: 'Identity',
  ConnectionId: 'ConnectionId',
  Timestamp: 'Timestamp',
  TimeDuration: 'TimeDuration',
  Uuid: 'Uuid',
  ScheduleAt: 'ScheduleAt',
  Unit: 'unit',
  Bytes: 'bytes',
};

/** `types` gives refs their names; without it a ref is written out one level deep. */
export function formatType(type: AlgebraicType, typespace: Typespace, types: readonly TypeDef[] = []): string {
  return format(type, typespace, types, 0);
}

function format(type: AlgebraicType, typespace: Typespace, types: readonly TypeDef[], depth: number): string {
  if (type.tag === 'Ref') {
    const named = types.find((def) => def.ref === type.ref);
    if (named) return [...named.scope, named.name].join('.');
    const target = typespace[type.ref];
    return target && depth < 3 ? format(target, typespace, types, depth + 1) : `&${type.ref}`;
  }
  const inner = (t: AlgebraicType): string => format(t, typespace, types, depth + 1);
  const special = specialKind(type);
  if (special === 'Option' || special === 'Result') {
    const variants = type.tag === 'Sum' ? type.variants.filter((v) => v.name !== 'none') : [];
    return `${special.toLowerCase()}<${variants.map((v) => inner(v.type)).join(', ')}>`;
  }
  if (special) return specialText[special] ?? special;
  switch (type.tag) {
    case 'Array':
      return `array<${inner(type.element)}>`;
    case 'Product':
      return `{ ${type.elements.map((e, i) => `${e.name ?? i}: ${inner(e.type)}`).join(', ')} }`;
    case 'Sum':
      return type.variants.map((v, i) => v.name ?? String(i)).join(' | ') || 'never';
    default:
      return type.tag.toLowerCase();
  }
}
