/** Algebraic types as expressions of the SDK's `t` builders. Source: reference "cli and generate" 10.5. */
import { type AlgebraicType, type NamedType, specialKind } from '../../../schema/algebraic-type.ts';
import { camelCase, pascalCase } from '../../../schema/names.ts';

/** A type for which the generated language has no expression. */
export class CodegenError extends Error {}

/** What the files of one module need to know about its types. */
export interface TypeNames {
  /** Name of the type that a ref points to. Throws CodegenError for a ref to a type without a name. */
  nameOf(ref: number): string;
}

const primitives: Readonly<Record<string, string>> = { String: 'string', Bool: 'bool' };
const specials: Readonly<Record<string, string>> = {
  Identity: 'identity',
  ConnectionId: 'connectionId',
  Timestamp: 'timestamp',
  TimeDuration: 'timeDuration',
  Uuid: 'uuid',
  ScheduleAt: 'scheduleAt',
  Unit: 'unit',
  Bytes: 'byteArray',
};

/** The builder expression of `type`, such as `__t.option(__t.u32())` or the bare name of a type. */
export function typeExpression(type: AlgebraicType, names: TypeNames): string {
  const kind = specialKind(type);
  const special = kind === undefined ? undefined : specials[kind];
  if (special) return `__t.${special}()`;
  switch (type.tag) {
    case 'Ref':
      return names.nameOf(type.ref);
    case 'Array':
      return `__t.array(${typeExpression(type.element, names)})`;
    case 'Sum': {
      const payloads = type.variants.map((variant) => variant.type);
      if (kind === 'Option') return `__t.option(${payloads.slice(0, 1).map((p) => typeExpression(p, names))})`;
      if (kind === 'Result') return `__t.result(${payloads.map((p) => typeExpression(p, names)).join(', ')})`;
      if (payloads.length === 0) return '__t.never()';
      throw new CodegenError('The module uses a sum type without a name. Give the type a name and build again.');
    }
    case 'Product':
      throw new CodegenError('The module uses a product type without a name. Give the type a name and build again.');
    default:
      return `__t.${primitives[type.tag] ?? type.tag.toLowerCase()}()`;
  }
}

/** Refs in `type`, without following them. */
export function refsIn(type: AlgebraicType): number[] {
  switch (type.tag) {
    case 'Ref':
      return [type.ref];
    case 'Array':
      return refsIn(type.element);
    case 'Product':
      return type.elements.flatMap((element) => refsIn(element.type));
    case 'Sum':
      return type.variants.flatMap((variant) => refsIn(variant.type));
    default:
      return [];
  }
}

/** One entry of an object of builders; a getter when it names another type, since types may refer to each other. */
export function field(name: string, type: AlgebraicType, names: TypeNames, suffix = ''): string {
  const expression = `${typeExpression(type, names)}${suffix}`;
  if (refsIn(type).length === 0) return `  ${name}: ${expression},\n`;
  return `  get ${name}() {\n    return ${expression};\n  },\n`;
}

/** Entries for parameters or product elements, keyed in camel case. */
export const fields = (elements: readonly NamedType[], names: TypeNames): string =>
  elements.map((element, i) => field(camelCase(element.name ?? `arg_${i}`), element.type, names)).join('');

/** Entries for the variants of a sum, keyed in Pascal case. */
export const variantFields = (variants: readonly NamedType[], names: TypeNames): string =>
  variants.map((variant, i) => field(pascalCase(variant.name ?? `variant_${i}`), variant.type, names)).join('');

/** Import of the named types that `types` mention, in typespace order; empty text when they mention none. */
export function typeImports(types: readonly AlgebraicType[], names: TypeNames): string {
  const refs = [...new Set(types.flatMap(refsIn))].sort((a, b) => a - b);
  if (refs.length === 0) return '';
  return `import {\n${refs.map((ref) => `  ${names.nameOf(ref)},\n`).join('')}} from "./types";\n`;
}
