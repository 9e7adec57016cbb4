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

const typeOf = (argument: Argument | undefined): TypeValue =>
  argument?.value.kind === 'builder' ? argument.value.type : { shape: 'unknown' };

/** `t.name(...args)`. */
export function callTypeFactory(name: string, args: readonly Argument[]): Value {
  const plain = plainTypes.get(name);
  if (plain) return builderOf({ shape: 'plain', type: plain });
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
      return compound(name, args);
    default:
      return unknownBuilder;
  }
}

function lazyType(thunk: Value | undefined): TypeValue {
  const value = thunk?.kind === 'function' ? thunk.call([]) : undefined;
  return value?.kind === 'builder' ? value.type : { shape: 'unknown' };
}

function compound(shape: CompoundType['shape'], args: readonly Argument[]): Value {
  const [first] = args;
  const named = first?.value.kind === 'literal' && typeof first.value.value === 'string';
  const name = named && first ? { text: String((first.value as { value: unknown }).value), at: first.at } : undefined;
  const body = args[named ? 1 : 0]?.value;
  if (body?.kind === 'object') return builderOf(compoundOf(shape, name, body));
  if (shape === 'enum' && body?.kind === 'array') return builderOf(plainEnum(name, body));
  return unknownBuilder;
}

/** A row or object type from an object of builders. */
export function compoundOf(shape: CompoundType['shape'], name: CompoundType['name'], body: ObjectValue): CompoundType {
  const members = [...body.properties.values()].map(
    (property): Member => ({
      name: property.name,
      key: property.key,
      at: property.at,
      builder: () => {
        const value = property.value();
        return value.kind === 'builder' ? value : undefined;
      },
    }),
  );
  return { shape, name, members, complete: body.complete };
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
  return { shape: 'enum', name, members: [...members.values()], complete };
}

/** `builder.method(...args)`. */
export function callBuilderMethod(builder: BuilderValue, method: Place, args: readonly Argument[]): BuilderValue {
  const name = method.node.text;
  if (name === 'optional') return { ...builder, type: { shape: 'option', element: builder.type } };
  if (!columnMethods.has(name)) return { ...builder, complete: false };
  const mark: Mark = { at: method, argument: args[0] };
  return { ...builder, marks: new Map([...builder.marks, [name, mark]]) };
}
