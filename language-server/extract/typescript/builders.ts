/** Type builders: `t.u32()`, `t.array(...)`, and the column methods that follow them. */
import {
  type AlgebraicType,
  array,
  connectionIdType,
  identityType,
  primitive,
  scheduleAtType,
  timeDurationType,
  timestampType,
  unit,
  uuidType,
} from '../../../schema/algebraic-type.ts';
import type { Mistakes } from './mistakes.ts';
import type { BuilderValue, CompoundType, Mark, Member, ObjectValue, Place, TypeValue, Value } from './values.ts';

const bits = [8, 16, 32, 64, 128, 256];
const plainTypes: ReadonlyMap<string, AlgebraicType> = new Map<string, AlgebraicType>([
  ['bool', primitive('Bool')],
  ['string', primitive('String')],
  ['number', primitive('F64')],
  ['f32', primitive('F32')],
  ['f64', primitive('F64')],
  ...bits.flatMap((n): [string, AlgebraicType][] => [
    [`u${n}`, primitive(`U${n}` as 'U8')],
    [`i${n}`, primitive(`I${n}` as 'I8')],
  ]),
  ['identity', identityType],
  ['connectionId', connectionIdType],
  ['timestamp', timestampType],
  ['timeDuration', timeDurationType],
  ['uuid', uuidType],
  ['scheduleAt', scheduleAtType],
  ['byteArray', array(primitive('U8'))],
  ['unit', unit],
]);

/** What people write from habit, and what it is called here. */
const otherTypeNames: ReadonlyMap<string, string> = new Map([
  ['struct', 'object'],
  ['int', 'i32'],
  ['integer', 'i32'],
  ['uint', 'u32'],
  ['float', 'f32'],
  ['double', 'f64'],
  ['boolean', 'bool'],
  ['str', 'string'],
  ['text', 'string'],
  ['date', 'timestamp'],
  ['datetime', 'timestamp'],
  ['bigint', 'i64'],
  ['optional', 'option'],
  ['bytes', 'byteArray'],
  ...[8, 16, 32, 64].flatMap((n): [string, string][] => [
    [`int${n}`, `i${n}`],
    [`uint${n}`, `u${n}`],
  ]),
]);
const otherMethodNames: ReadonlyMap<string, string> = new Map([
  ['autoIncrement', 'autoInc'],
  ['nullable', 'optional'],
]);

const columnMethods: ReadonlySet<string> = new Set(['primaryKey', 'unique', 'index', 'autoInc', 'default', 'name']);

const builderOf = (type: TypeValue, complete = true): BuilderValue => ({
  kind: 'builder',
  type,
  marks: new Map(),
  complete,
});

/** A builder of which only its being one is known. */
const unknownBuilder = builderOf({ shape: 'unknown' }, false);

export interface Argument {
  readonly at: Place;
  readonly value: Value;
}

/** The builder that a value is. A type or column method that is not called is none, and a mistake. */
export function asBuilder(value: Value | undefined, at: Place, mistakes: Mistakes): BuilderValue | undefined {
  if (value?.kind === 'builder') return value;
  if (value?.kind === 'library' && value.name.startsWith('t.')) {
    mistakes.add('column-builder-not-called', at, value.name);
  }
  if (value?.kind === 'method' && value.receiver.kind === 'builder') {
    mistakes.add('column-builder-not-called', at, `.${value.name.node.text}`);
  }
  return undefined;
}

/** `t.name(...args)`; `callee` is the name. */
export function callTypeFactory(callee: Place, name: string, args: readonly Argument[], mistakes: Mistakes): Value {
  const plain = plainTypes.get(name);
  if (plain) return builderOf({ shape: 'plain', type: plain });
  const typeOf = (argument: Argument | undefined): TypeValue =>
    (argument && asBuilder(argument.value, argument.at, mistakes)?.type) ?? { shape: 'unknown' };
  const [first, second] = args;
  switch (name) {
    case 'array':
    case 'option':
      return builderOf({ shape: name, element: typeOf(first) });
    case 'result':
      return builderOf({ shape: 'result', ok: typeOf(first), err: typeOf(second) });
    case 'lazy':
      return builderOf({ shape: 'lazy', get: () => lazyType(first?.value) });
    case 'object':
    case 'row':
    case 'enum':
      return compound(callee, name, args, mistakes);
    default: {
      const meant = otherTypeNames.get(name);
      if (meant) mistakes.add('type-unknown-builder', callee, `t.${name}`, `t.${meant}()`);
      return unknownBuilder;
    }
  }
}

function lazyType(thunk: Value | undefined): TypeValue {
  const value = thunk?.kind === 'function' ? thunk.call([]) : undefined;
  return value?.kind === 'builder' ? value.type : { shape: 'unknown' };
}

function compound(callee: Place, shape: CompoundType['shape'], args: readonly Argument[], mistakes: Mistakes): Value {
  const [first] = args;
  const named = first?.value.kind === 'literal' && typeof first.value.value === 'string';
  const name = named && first ? { text: String((first.value as { value: unknown }).value), at: first.at } : undefined;
  const body = args[named ? 1 : 0]?.value;
  if (body?.kind === 'object') return builderOf({ ...compoundOf(shape, name, body, mistakes), callee });
  if (shape === 'enum' && body?.kind === 'array') return builderOf({ ...plainEnum(name, body), callee });
  return unknownBuilder;
}

/** A row or object type from an object of builders. */
export function compoundOf(
  shape: CompoundType['shape'],
  name: CompoundType['name'],
  body: ObjectValue,
  mistakes: Mistakes,
): CompoundType {
  const members = [...body.properties.values()].map(
    (property): Member => ({
      name: property.name,
      key: property.key,
      at: property.at,
      builder: () => asBuilder(property.value(), property.at, mistakes),
    }),
  );
  return { shape, name, members, complete: body.complete, callee: undefined };
}

function plainEnum(name: CompoundType['name'], body: Value & { kind: 'array' }): CompoundType {
  const members = new Map<string, Member>();
  let complete = body.complete;
  for (const { at, value } of body.items) {
    const variant = value();
    if (variant.kind === 'literal' && typeof variant.value === 'string') {
      // The runtime merges a variant that is listed twice.
      const text = variant.value;
      if (!members.has(text)) {
        members.set(text, { name: text, key: at, at, builder: () => builderOf({ shape: 'plain', type: unit }) });
      }
    } else complete = false;
  }
  return { shape: 'enum', name, members: [...members.values()], complete, callee: undefined };
}

/** `builder.method(...args)`. */
export function callBuilderMethod(
  builder: BuilderValue,
  method: Place,
  args: readonly Argument[],
  mistakes: Mistakes,
): BuilderValue {
  const name = method.node.text;
  if (name === 'optional') return { ...builder, type: { shape: 'option', element: builder.type } };
  if (!columnMethods.has(name)) {
    const meant = otherMethodNames.get(name);
    if (meant) mistakes.add('type-unknown-builder', method, `.${name}`, `.${meant}()`);
    return { ...builder, complete: false };
  }
  const mark: Mark = { at: method, argument: args[0] };
  return { ...builder, marks: new Map([...builder.marks, [name, mark]]) };
}
