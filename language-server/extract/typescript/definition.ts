/** Builds the RawModuleDef that the runtime would build from the same text, and remembers where each part stands. */
import {
  type AlgebraicType,
  array,
  type NamedType,
  option,
  ref,
  result,
  specialKind,
} from '../../../schema/algebraic-type.ts';
import { pathKey } from '../../../schema/problem.ts';
import {
  emptyRawModuleDef,
  type Lifecycle,
  type Path,
  type RawModuleDef,
  type RawTableDef,
} from '../../../schema/raw-module-def.ts';
import { implicitTypeName } from '../../../schema/rules/input.ts';
import type { Location } from '../extraction.ts';
import { asBuilder, compoundOf } from './builders.ts';
import type { Mistakes } from './mistakes.ts';
import { rangeOf } from './syntax.ts';
import { tableDef } from './table-definition.ts';
import {
  type CompoundType,
  type Place,
  type RegistrationValue,
  type SchemaValue,
  stringProperty,
  type TableValue,
  type TypeValue,
  type Value,
} from './values.ts';

/** Stands for a type that could not be read: a ref that leads nowhere. */
export const unknownType: AlgebraicType = ref(0xffffffff);

const lifecycles: Readonly<Record<string, Lifecycle>> = {
  init: 'Init',
  clientConnected: 'OnConnect',
  clientDisconnected: 'OnDisconnect',
};

export interface TableEntry {
  readonly position: number;
  readonly sourceName: string;
  readonly value: TableValue;
  /** Position of the ScheduleAt column; the runtime takes the last one. */
  readonly scheduleAtColumn: number | undefined;
}

export class DefinitionBuilder {
  readonly raw: RawModuleDef = emptyRawModuleDef();
  readonly positions = new Map<string, Location>();
  readonly tables: TableEntry[] = [];
  readonly partialTables: number[] = [];
  readonly mistakes: Mistakes;
  /** Row types of tables, which get their name from the table. */
  #tableRows: ReadonlySet<CompoundType | undefined> = new Set();
  readonly #refs = new Map<CompoundType, number>();
  /** Row types get their name from the first table that uses them. */
  readonly #rowNames = new Map<CompoundType, string>();
  #views = { anonymous: 0, perSender: 0 };

  constructor(mistakes: Mistakes) {
    this.mistakes = mistakes;
  }

  place(path: Path, { file, node }: Place): void {
    this.positions.set(pathKey(path), { file: file.path, range: rangeOf(node) });
  }

  addSchema(schema: SchemaValue): void {
    this.place(['schema'], schema.callee);
    const policy = schema.settings?.properties.get('CASE_CONVERSION_POLICY')?.value();
    if (policy?.kind === 'library' && policy.name === 'CaseConversionPolicy.None')
      this.raw.caseConversionPolicy = 'None';
    const properties = [...(schema.entries?.properties.values() ?? [])];
    const entries = properties.map(({ name, key, value }) => ({ name, key, is: value() }));
    this.#tableRows = new Set(entries.map(({ is }) => (is.kind === 'table' ? is.row : undefined)));
    for (const { name, key, is } of entries) {
      if (is.kind === 'table') this.#addTable(name, key, is);
      else if (noEntries.has(is.kind)) this.mistakes.add('schema-entry-not-table', key, name);
    }
  }

  #addTable(sourceName: string, key: Place, value: TableValue): void {
    const position = this.raw.tables.length;
    const at = ['tables', position];
    const explicit = stringProperty(value.options, 'name');
    this.place(at, key);
    this.place([...at, 'name'], explicit?.at ?? key);
    this.place([...at, 'declaration'], value.declaration ?? key);
    this.place([...at, 'range'], value.call);
    if (explicit) this.raw.explicitNames.tables.set(sourceName, explicit.text);
    const row = value.row ?? { ...emptyRow(), complete: false };
    if (!this.#rowNames.has(row))
      this.#rowNames.set(row, row.name?.text ?? implicitTypeName(explicit?.text ?? sourceName));
    const typeRef = this.#register(row, row.name?.at ?? key) ?? 0;
    const { def, complete } = tableDef(this, sourceName, position, typeRef, value, row);
    this.#noteReuse(def, key, value);
    this.raw.tables.push(def);
    if (!complete) this.partialTables.push(position);
    this.tables.push({ position, sourceName, value, scheduleAtColumn: this.#scheduleAtColumn(typeRef) });
  }

  /** Tables of one value share its indexes, and the last key names them. */
  #noteReuse(def: RawTableDef, key: Place, value: TableValue): void {
    const earlier = this.tables.filter((table) => table.value === value);
    const [first] = earlier;
    if (!first || def.indexes.length === 0) return;
    this.mistakes.add('table-handle-reused', key, def.sourceName, first.sourceName);
    this.raw.sourceFacts?.reusedTables?.push(first.position, this.raw.tables.length);
    for (const { position } of earlier) {
      this.raw.tables[position]?.indexes.forEach((index, k) => {
        index.sourceName = def.indexes[k]?.sourceName;
      });
    }
  }

  #scheduleAtColumn(typeRef: number): number | undefined {
    const row = this.raw.typespace[typeRef];
    const columns = row?.tag === 'Product' ? row.elements : [];
    const column = columns.findLastIndex(({ type }) => specialKind(type) === 'ScheduleAt');
    return column < 0 ? undefined : column;
  }

  /** Adds what an exported registration declares, under its export name. */
  addRegistration(sourceName: string, name: Place, statement: Place, value: RegistrationValue): void {
    switch (value.method) {
      case 'clientVisibilityFilter':
        if (value.sql !== undefined) this.raw.rowLevelSecurity.push({ sql: value.sql });
        return;
      case 'httpRouter':
        return;
      case 'procedure':
        this.#addProcedure(sourceName, name, statement, value);
        return;
      case 'view':
      case 'anonymousView':
        this.#addView(sourceName, name, statement, value);
        return;
      case 'httpHandler':
        this.#placeFunction(['httpHandlers', this.raw.httpHandlers.length], sourceName, name, statement, value);
        this.raw.httpHandlers.push({ sourceName });
        return;
      default:
        this.#addReducer(sourceName, name, statement, value);
    }
  }

  #addReducer(sourceName: string, name: Place, statement: Place, value: RegistrationValue): void {
    const at = ['reducers', this.raw.reducers.length];
    this.#placeFunction(at, sourceName, name, statement, value);
    const params = this.#params(at, sourceName, name, value, true);
    this.raw.reducers.push({
      sourceName,
      params,
      visibility: 'ClientCallable',
      okReturnType: { tag: 'Product', elements: [] },
      errReturnType: { tag: 'String' },
    });
    const lifecycle = Object.hasOwn(lifecycles, value.method) ? lifecycles[value.method] : undefined;
    if (!lifecycle) return;
    this.place(['lifecycleReducers', this.raw.lifecycleReducers.length], name);
    this.raw.lifecycleReducers.push({ lifecycle, functionName: sourceName });
  }

  #addProcedure(exported: string, name: Place, statement: Place, value: RegistrationValue): void {
    const at = ['procedures', this.raw.procedures.length];
    // The runtime takes the name option of a procedure as its source name.
    const explicit = stringProperty(value.options, 'name');
    const sourceName = explicit?.text ?? exported;
    this.#placeFunction(at, sourceName, explicit?.at ?? name, statement, value, false);
    const params = this.#params(at, sourceName, name, value, false);
    const returnType = this.#returnType(value);
    this.raw.procedures.push({ sourceName, params, returnType, visibility: 'ClientCallable' });
  }

  #addView(sourceName: string, name: Place, statement: Place, value: RegistrationValue): void {
    const at = ['views', this.raw.views.length];
    this.#placeFunction(at, sourceName, name, statement, value);
    const returnType = this.#returnType(value);
    this.#params(at, sourceName, name, value, true);
    const isAnonymous = value.method === 'anonymousView';
    const isPublic = value.options?.properties.get('public')?.value();
    this.raw.views.push({
      sourceName,
      index: this.#views[isAnonymous ? 'anonymous' : 'perSender']++,
      isPublic: isPublic?.kind === 'literal' && isPublic.value === true,
      isAnonymous,
      params: [],
      returnType,
    });
    const key = this.#viewPrimaryKey(value);
    if (key !== undefined) this.raw.viewPrimaryKeys.push({ viewSourceName: sourceName, columns: [key] });
  }

  #viewPrimaryKey(value: RegistrationValue): string | undefined {
    const type = value.returns?.value.kind === 'builder' ? value.returns.value.type : undefined;
    const row = type?.shape === 'array' || type?.shape === 'option' ? type.element : undefined;
    if (row?.shape !== 'row') return undefined;
    const keys = row.members.filter((member) => member.builder()?.marks.has('primaryKey'));
    return keys.length === 1 ? keys[0]?.name : undefined;
  }

  #placeFunction(
    at: Path,
    sourceName: string,
    name: Place,
    statement: Place,
    value: RegistrationValue,
    nameIsOption = true,
  ): void {
    const explicit = nameIsOption ? stringProperty(value.options, 'name') : undefined;
    if (explicit) this.raw.explicitNames.functions.set(sourceName, explicit.text);
    this.place(at, name);
    this.place([...at, 'name'], explicit?.at ?? name);
    this.place([...at, 'range'], statement);
    if (value.params) this.place([...at, 'params'], value.params.at);
    if (value.returns) this.place([...at, 'returns'], value.returns.at);
  }

  #returnType(value: RegistrationValue): AlgebraicType {
    const returns = value.returns && asBuilder(value.returns.value, value.returns.at, this.mistakes);
    return returns && value.returns ? this.type(returns.type, value.returns.at) : unknownType;
  }

  /** Parameters; `typed` when the runtime registers a type for them. */
  #params(at: Path, sourceName: string, name: Place, value: RegistrationValue, typed: boolean): NamedType[] {
    const given = value.params?.value;
    const row = value.params ? rowOfParams(given, this.mistakes) : emptyRow();
    if (!row) return [{ name: undefined, type: unknownType }];
    row.members.forEach((member, j) => {
      this.place([...at, 'params', j], member.key);
    });
    const rest = row.complete ? [] : [{ name: undefined, type: unknownType }];
    if (!typed) return [...this.#elements(row), ...rest];
    if (!this.#rowNames.has(row)) this.#rowNames.set(row, row.name?.text ?? implicitTypeName(sourceName));
    const registered = this.raw.typespace[this.#register(row, row.name?.at ?? name) ?? -1];
    return [...(registered?.tag === 'Product' ? registered.elements : []), ...rest];
  }

  /** The algebraic type of a builder; compound types are registered on the way. */
  type(type: TypeValue, at: Place): AlgebraicType {
    switch (type.shape) {
      case 'unknown':
        return unknownType;
      case 'plain':
        return type.type;
      case 'array':
        return array(this.type(type.element, at));
      case 'option':
        return option(this.type(type.element, at));
      case 'result':
        return result(this.type(type.ok, at), this.type(type.err, at));
      case 'lazy': {
        const inner = type.get();
        return inner.shape === 'lazy' ? unknownType : this.type(inner, at);
      }
      default: {
        const registered = this.#register(type, at);
        return registered === undefined ? unknownType : ref(registered);
      }
    }
  }

  /** Position in the typespace; undefined for a type without a name, which the runtime refuses. */
  #register(type: CompoundType, at: Place): number | undefined {
    const known = this.#refs.get(type);
    if (known !== undefined) return known;
    const name = this.#rowNames.get(type) ?? type.name?.text;
    if (name === undefined) {
      if (type.callee && !this.#tableRows.has(type)) this.mistakes.add('type-missing-name', type.callee, type.shape);
      return undefined;
    }
    const position = this.raw.typespace.length;
    this.#refs.set(type, position);
    this.raw.typespace.push({ tag: 'Product', elements: [] });
    const elements = this.#elements(type);
    this.raw.typespace[position] =
      type.shape === 'enum' ? { tag: 'Sum', variants: elements } : { tag: 'Product', elements };
    const path = ['types', this.raw.types.length];
    this.place(path, type.name?.at ?? at);
    type.members.forEach((member, j) => {
      this.place([...path, 'members', j], member.key);
    });
    const scope = name.split('.');
    const sourceName = scope.pop() ?? name;
    this.raw.types.push({ scope, sourceName, ref: position, customOrdering: true });
    return position;
  }

  #elements(type: CompoundType): NamedType[] {
    return type.members.map((member) => {
      const builder = member.builder();
      return { name: member.name, type: builder ? this.type(builder.type, member.at) : unknownType };
    });
  }
}

/** What an entry of `schema({...})` certainly must not be. */
const noEntries: ReadonlySet<string> = new Set(['literal', 'array', 'builder', 'function', 'registration', 'declared']);

const emptyRow = (): CompoundType => ({
  shape: 'row',
  name: undefined,
  members: [],
  complete: true,
  callee: undefined,
});

/** The row type of a parameter object or row builder; undefined for anything else. */
export function rowOfParams(value: Value | undefined, mistakes: Mistakes): CompoundType | undefined {
  if (value?.kind === 'object') return compoundOf('row', undefined, value, mistakes);
  return value?.kind === 'builder' && value.type.shape === 'row' ? value.type : undefined;
}
