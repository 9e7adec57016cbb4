/** Form controls for the parameters of a reducer, and what people typed into them as values. */
import { type AlgebraicType, isInteger, resolveRef, specialKind, type Typespace } from '../../schema/algebraic-type.ts';
import type { ModuleDef, Reducer } from '../../schema/module-def.ts';
import { fail, ok, type Result } from '../../schema/result.ts';
import { formatType } from '../../schema/type-text.ts';
import type { Value } from '../../schema/value.ts';
import { parseValueText, valueAsJsonText } from '../../schema/value-text.ts';
import type { FormField, ReducerInfo } from '../../webviews/protocol.ts';

/** What people may call, sorted by name: not lifecycle hooks, not private reducers. */
export const callableReducers = (module: ModuleDef): Reducer[] =>
  module.reducers
    .filter((reducer) => reducer.lifecycle === undefined && reducer.visibility === 'ClientCallable')
    .sort((a, b) => (a.name < b.name ? -1 : 1));

export const reducerInfo = (reducer: Reducer, module: ModuleDef): ReducerInfo => ({
  name: reducer.name,
  fields: reducer.params.map((param, i) => formField(param.name ?? `argument ${i + 1}`, param.type, module)),
});

/** `send_message(text: string)`; for the tree. */
export const signature = (reducer: Reducer, module: ModuleDef): string =>
  reducer.params
    .map((param, i) => `${param.name ?? `_${i}`}: ${formatType(param.type, module.typespace, module.types)}`)
    .join(', ');

function formField(name: string, type: AlgebraicType, module: ModuleDef): FormField {
  const { typespace } = module;
  const inner = optionOf(type, typespace);
  const shown = resolveRef(inner ?? type, typespace);
  return {
    name,
    type: formatType(type, typespace, module.types),
    ...controlOf(shown, typespace),
    optional: inner !== undefined,
  };
}

function controlOf(
  type: Exclude<AlgebraicType, { tag: 'Ref' }>,
  typespace: Typespace,
): Pick<FormField, 'control' | 'choices' | 'placeholder'> {
  const special = specialKind(type);
  const text = (placeholder: string) => ({ control: 'text' as const, choices: [], placeholder });
  switch (special) {
    case 'Identity':
      return text('c200… or 0x… (64 hex digits)');
    case 'ConnectionId':
      return text('32 hex digits');
    case 'Timestamp':
      return text('2025-01-31T12:00:00Z');
    case 'TimeDuration':
      return text('1.5 s');
    case 'Uuid':
      return text('f47ac10b-58cc-4372-a567-0e02b2c3d479');
    case 'Bytes':
      return text('0x00ff');
    case 'ScheduleAt':
      return { control: 'json', choices: [], placeholder: '{ "Interval": { "__time_duration_micros__": 1000000 } }' };
    default:
  }
  if (type.tag === 'Bool') return { control: 'checkbox', choices: [], placeholder: '' };
  if (isInteger(type)) return { control: 'integer', choices: [], placeholder: '0' };
  if (type.tag === 'F32' || type.tag === 'F64') return { control: 'float', choices: [], placeholder: '0.0' };
  if (type.tag === 'String') return text('');
  const variants = plainVariants(type, typespace);
  if (variants) return { control: 'choice', choices: variants, placeholder: '' };
  return { control: 'json', choices: [], placeholder: example(type, typespace) };
}

/** Names of the variants of an enum without payloads. */
function plainVariants(type: AlgebraicType, typespace: Typespace): string[] | undefined {
  if (type.tag !== 'Sum' || type.variants.length === 0) return undefined;
  const plain = type.variants.every((v) => v.name && specialKind(resolveRef(v.type, typespace)) === 'Unit');
  return plain ? type.variants.map((variant) => variant.name ?? '') : undefined;
}

function optionOf(type: AlgebraicType, typespace: Typespace): AlgebraicType | undefined {
  const resolved = resolveRef(type, typespace);
  return specialKind(resolved) === 'Option' && resolved.tag === 'Sum' ? resolved.variants[0]?.type : undefined;
}

/** JSON of a small value of the type; what cannot be made small is `{}`. */
function example(type: AlgebraicType, typespace: Typespace): string {
  const value = exampleValue(type, typespace, 0);
  return value === undefined ? '{}' : valueAsJsonText(type, value, typespace);
}

function exampleValue(type: AlgebraicType, typespace: Typespace, depth: number): Value | undefined {
  if (depth > 4) return undefined;
  const resolved = resolveRef(type, typespace);
  const parsed = parseValueText(resolved, resolved.tag === 'Bool' ? 'false' : '0', typespace);
  switch (resolved.tag) {
    case 'Product': {
      const product: Record<string, Value> = Object.create(null);
      for (const [i, element] of resolved.elements.entries()) {
        const value = exampleValue(element.type, typespace, depth + 1);
        if (value === undefined) return undefined;
        product[element.name ?? String(i)] = value;
      }
      return product;
    }
    case 'Sum': {
      const [first] = resolved.variants;
      const value = first && exampleValue(first.type, typespace, depth + 1);
      return first && value !== undefined ? { tag: first.name ?? '0', value } : undefined;
    }
    case 'Array':
      return resolved.element.tag === 'U8' ? new Uint8Array() : [];
    case 'String':
      return 'text';
    default:
      return parsed.ok ? parsed.value : undefined;
  }
}

/** `text` undefined means the "none" of an optional field. */
export function parseField(type: AlgebraicType, text: string | undefined, typespace: Typespace): Result<Value> {
  const inner = optionOf(type, typespace);
  if (text === undefined) return inner ? ok({ tag: 'none', value: Object.create(null) }) : fail('Enter a value.');
  if (!inner) return parseValueText(type, text, typespace);
  const value = parseValueText(inner, text, typespace);
  return value.ok ? ok({ tag: 'some', value: value.value }) : value;
}

export type ParsedArguments = { ok: true; values: Value[] } | { ok: false; fieldErrors: (string | undefined)[] };

/** All fields of a form; every error is reported, not only the first. `undefined` comes out of JSON as null. */
export function parseFields(
  reducer: Reducer,
  texts: readonly (string | null | undefined)[],
  typespace: Typespace,
): ParsedArguments {
  const parsed = reducer.params.map((param, i) => parseField(param.type, texts[i] ?? undefined, typespace));
  if (parsed.every((p) => p.ok)) return { ok: true, values: parsed.map((p) => p.value) };
  return { ok: false, fieldErrors: parsed.map((p) => (p.ok ? undefined : p.message)) };
}
