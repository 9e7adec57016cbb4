/** Calls that register something: `schema(...)`, and the methods of its value. */
import type { Argument } from './builders.ts';
import type { Mistakes } from './mistakes.ts';
import type {
  LifecycleMethod,
  ObjectValue,
  Place,
  RegistrationKind,
  RegistrationValue,
  SchemaValue,
  Value,
} from './values.ts';
import { unknown } from './values.ts';

const asObject = (argument: Argument | undefined): ObjectValue | undefined =>
  argument?.value.kind === 'object' ? argument.value : undefined;

/** `schema(...)`. */
export function schemaValue(args: readonly Argument[], call: Place, callee: Place, mistakes: Mistakes): SchemaValue {
  const loose = args.filter(({ value }) => value.kind === 'table');
  const [first] = loose;
  if (first)
    mistakes.add(
      'v1-schema-args',
      first.at,
      first.at.node.type === 'identifier' ? first.at.node.text : 'name: table(...)',
    );
  return {
    kind: 'schema',
    entries: asObject(args[0]),
    loose: loose.length === args.length ? loose.map(({ value }) => value) : [],
    settings: asObject(args[1]),
    callee,
    call,
  };
}

type MethodValue = Value & { kind: 'method' };

/** `db.reducer(...)`, `db.clientVisibilityFilter.sql(...)`. */
export function callSchemaMethod(
  method: MethodValue,
  given: readonly Argument[],
  call: Place,
  mistakes: Mistakes,
): Value {
  const name = method.name.node.text;
  const { receiver } = method;
  if (receiver.kind === 'method') {
    const schema = receiver.receiver;
    const isFilter = receiver.name.node.text === 'clientVisibilityFilter' && name === 'sql';
    return isFilter && schema.kind === 'schema' ? filter(schema, given, method.name, call) : unknown;
  }
  if (receiver.kind !== 'schema') return unknown;
  if (name === 'exportGroup') return { kind: 'group', entries: asObject(given[0]) };
  const read = readers[name];
  if (!read) return unknown;
  const nameArgument = nameOf(given);
  const args = nameArgument === undefined ? given : given.slice(1);
  if (nameArgument !== undefined && given[0]) mistakes.add('v1-reducer-string-name', given[0].at, name, nameArgument);
  noteScheduleAsParams(args, name, mistakes);
  return {
    kind: 'registration',
    method: name as RegistrationKind,
    schema: receiver,
    options: undefined,
    params: undefined,
    returns: undefined,
    nameArgument,
    sql: undefined,
    callee: method.name,
    call,
    declaration: undefined,
    ...read(args),
  };
}

function nameOf([first]: readonly Argument[]): string | undefined {
  return first?.value.kind === 'literal' && typeof first.value.value === 'string' ? first.value.value : undefined;
}

/** `reducer({ onSchedule: timer }, fn)`: of two arguments the first is the parameters, unless it has a string `name`. */
function noteScheduleAsParams(args: readonly Argument[], method: string, mistakes: Mistakes): void {
  const [first] = args;
  const params = first && args.length === (method === 'procedure' ? 3 : 2) ? asObject(first) : undefined;
  if (!first || !params || hasStringName(params) || (method !== 'reducer' && method !== 'procedure')) return;
  const table = params.properties.get('onSchedule');
  if (table?.value().kind === 'table') mistakes.add('schedule-missing-params-arg', first.at, table.at.node.text);
}

function filter(schema: SchemaValue, args: readonly Argument[], callee: Place, call: Place): RegistrationValue {
  const value = args[0]?.value;
  const sql = value?.kind === 'literal' && typeof value.value === 'string' ? value.value : undefined;
  const none = {
    options: undefined,
    params: undefined,
    returns: undefined,
    nameArgument: undefined,
    declaration: undefined,
  };
  return { kind: 'registration', method: 'clientVisibilityFilter', schema, ...none, sql, callee, call };
}

type Reading = Partial<Pick<RegistrationValue, 'options' | 'params' | 'returns'>>;
type Reader = (args: readonly Argument[]) => Reading;

const lifecycle: Reader = (args) => (args.length > 1 ? { options: asObject(args[0]) } : {});
/** `(options, returns, fn)`. */
const view: Reader = ([options, returns]) => ({ options: asObject(options), returns });

/** With two arguments the first is options only if it has a string `name`; so the runtime tells them apart. */
const reducer: Reader = (args) => {
  if (args.length < 2) return {};
  const first = asObject(args[0]);
  if (args.length === 2) return hasStringName(first) ? { options: first } : { params: args[0] };
  return { options: first, params: args[1] };
};

const procedure: Reader = (args) => {
  if (args.length < 3) return { returns: args.length === 2 ? args[0] : undefined };
  if (args.length > 3) return { options: asObject(args[0]), params: args[1], returns: args[2] };
  const first = asObject(args[0]);
  return hasStringName(first) ? { options: first, returns: args[1] } : { params: args[0], returns: args[1] };
};

const readers: Readonly<Record<string, Reader>> = {
  reducer,
  procedure,
  view,
  anonymousView: view,
  init: lifecycle,
  clientConnected: lifecycle,
  clientDisconnected: lifecycle,
  httpHandler: lifecycle,
  httpRouter: () => ({}),
} satisfies Record<Exclude<RegistrationKind, never> | LifecycleMethod, Reader>;

function hasStringName(options: ObjectValue | undefined): boolean {
  const value = options?.properties.get('name')?.value();
  return value?.kind === 'literal' && typeof value.value === 'string';
}
