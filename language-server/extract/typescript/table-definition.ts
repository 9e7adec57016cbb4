/** One `table(options, columns)` to its RawTableDef, in the order in which the runtime makes indexes and constraints. */
import { type AlgebraicType, integerRange, isBigInteger, isInteger } from '../../../schema/algebraic-type.ts';
import { encodeValue } from '../../../schema/bsatn.ts';
import type { IndexAlgorithm, Path, RawTableDef } from '../../../schema/raw-module-def.ts';
import type { DefinitionBuilder } from './definition.ts';
import {
  type BuilderValue,
  type CompoundType,
  type Mark,
  type ObjectValue,
  type Place,
  stringProperty,
  type TableValue,
  type Value,
} from './values.ts';

interface Draft {
  readonly builder: DefinitionBuilder;
  readonly at: Path;
  readonly def: RawTableDef;
  readonly row: CompoundType;
  complete: boolean;
}

export function tableDef(
  builder: DefinitionBuilder,
  sourceName: string,
  position: number,
  productTypeRef: number,
  value: TableValue,
  row: CompoundType,
): { def: RawTableDef; complete: boolean } {
  const def: RawTableDef = {
    sourceName,
    productTypeRef,
    primaryKey: [],
    indexes: [],
    constraints: [],
    sequences: [],
    tableType: 'User',
    tableAccess: isTrue(value.options, 'public') ? 'Public' : 'Private',
    defaultValues: [],
    isEvent: isTrue(value.options, 'event'),
  };
  const draft: Draft = { builder, at: ['tables', position], def, row, complete: value.complete };
  for (const option of ['public', 'event', 'scheduled']) {
    const property = value.options?.properties.get(option);
    if (property) builder.place([...draft.at, option], property.key);
  }
  row.members.forEach((member, column) => {
    addColumn(draft, column, member.key, member.at, member.builder());
  });
  addIndexes(draft, value.options);
  addConstraints(draft, value.options);
  for (const index of def.indexes) index.sourceName ??= indexSourceName(draft, index.algorithm);
  for (const { index, name } of explicitIndexNames(draft, value.options)) {
    const source = def.indexes[index]?.sourceName;
    if (source !== undefined) builder.raw.explicitNames.indexes.set(source, name);
  }
  return { def, complete: draft.complete };
}

function isTrue(options: ObjectValue | undefined, name: string): boolean {
  const value = options?.properties.get(name)?.value();
  return value?.kind === 'literal' && value.value === true;
}

function addColumn(draft: Draft, column: number, key: Place, at: Place, value: BuilderValue | undefined): void {
  const { builder, def } = draft;
  const path = [...draft.at, 'columns', column];
  builder.place(path, key);
  builder.place([...path, 'type'], at);
  if (!value?.complete) draft.complete = false;
  if (!value) return;
  for (const [name, mark] of value.marks) builder.place([...path, name], mark.at);
  const { marks } = value;
  const primaryKey = marks.get('primaryKey');
  const unique = marks.get('unique') ?? primaryKey;
  if (primaryKey) def.primaryKey.push(column);
  const indexed = marks.get('index') ?? unique;
  if (indexed) addColumnIndex(draft, column, key, indexed, algorithmOf(marks.get('index'), column));
  if (unique) {
    builder.place([...draft.at, 'constraints', def.constraints.length], unique.at);
    def.constraints.push({ sourceName: undefined, columns: [column] });
  }
  if (marks.has('autoInc')) {
    def.sequences.push({
      sourceName: undefined,
      column,
      start: undefined,
      minValue: undefined,
      maxValue: undefined,
      increment: 1n,
    });
  }
  const type = builder.type(value.type, at);
  const initial = marks.get('default')?.argument;
  noteOutOfRange(draft, column, type, initial);
  const encoded = defaultBytes(type, initial?.value);
  if (encoded) def.defaultValues.push({ column, value: encoded });
}

function addColumnIndex(
  draft: Draft,
  column: number,
  key: Place,
  mark: Mark,
  algorithm: IndexAlgorithm | undefined,
): void {
  if (!algorithm) {
    draft.complete = false;
    return;
  }
  const path = [...draft.at, 'indexes', draft.def.indexes.length];
  draft.builder.place(path, key);
  draft.builder.place([...path, 'accessor'], key);
  draft.builder.place([...path, 'algorithm'], mark.argument?.at ?? mark.at);
  const accessorName = draft.row.members[column]?.name;
  draft.def.indexes.push({ sourceName: undefined, accessorName, algorithm });
}

/** The algorithm of `.index('hash')`; btree without an argument, undefined when the argument is not known. */
function algorithmOf(index: Mark | undefined, column: number): IndexAlgorithm | undefined {
  const argument = index?.argument?.value;
  if (!argument) return { tag: 'BTree', columns: [column] };
  return argument.kind === 'literal' ? algorithmNamed(argument.value, [column]) : undefined;
}

function algorithmNamed(name: unknown, columns: readonly number[]): IndexAlgorithm | undefined {
  if (name === 'btree') return { tag: 'BTree', columns };
  if (name === 'hash') return { tag: 'Hash', columns };
  const [column] = columns;
  return name === 'direct' && column !== undefined ? { tag: 'Direct', column } : undefined;
}

function* entriesOf(draft: Draft, options: ObjectValue | undefined, name: string): Generator<ObjectValue> {
  const list = options?.properties.get(name)?.value();
  if (!list) return;
  if (list.kind !== 'array' || !list.complete) draft.complete = false;
  if (list.kind !== 'array') return;
  for (const item of list.items) {
    const entry = item.value();
    if (entry.kind === 'object' && entry.complete) yield entry;
    else draft.complete = false;
  }
}

function addIndexes(draft: Draft, options: ObjectValue | undefined): void {
  const facts = draft.builder.raw.sourceFacts;
  let written = 0;
  for (const entry of entriesOf(draft, options, 'indexes')) {
    const textual = [...draft.at, 'options', 'indexes', written++];
    const named = columnsNamed(entry);
    const missing = named?.filter(({ position }) => position(draft.row) < 0);
    const algorithmName = stringProperty(entry, 'algorithm');
    const algorithm =
      named &&
      algorithmNamed(
        algorithmName?.text,
        named.map(({ position }) => position(draft.row)),
      );
    if (missing && missing.length > 0 && draft.row.complete) {
      for (const { text, at } of missing) {
        const path = [...textual, 'columns', text];
        draft.builder.place(path, at);
        const known = draft.row.members.map((member) => member.name);
        facts?.unknownIndexColumns.push({ at: path, table: draft.def.sourceName, column: text, known });
      }
    }
    noteIncomplete(draft, entry);
    const accessor = stringProperty(entry, 'accessor');
    if (!named || !algorithm || !accessor || missing?.length) {
      draft.complete = false;
      continue;
    }
    const path = [...draft.at, 'indexes', draft.def.indexes.length];
    draft.builder.place(path, entry.at);
    draft.builder.place([...path, 'accessor'], accessor.at);
    if (algorithmName) draft.builder.place([...path, 'algorithm'], algorithmName.at);
    named.forEach(({ at }, n) => {
      draft.builder.place([...path, 'columns', n], at);
    });
    draft.def.indexes.push({ sourceName: undefined, accessorName: accessor.text, algorithm });
  }
}

/** What an entry of `indexes` must say and does not. */
function noteIncomplete({ builder: { mistakes }, def }: Draft, entry: ObjectValue): void {
  if (!entry.properties.has('accessor')) {
    mistakes.add('index-missing-accessor', entry.at, def.sourceName, stringProperty(entry, 'name')?.text);
  }
  if (!entry.properties.has('algorithm')) mistakes.add('index-missing-algorithm', entry.at, def.sourceName);
  const columns = entry.properties.get('columns');
  const list = columns?.value();
  if (columns && list?.kind === 'array' && list.complete && list.items.length === 0) {
    mistakes.add('index-empty-columns', columns.at, def.sourceName);
  }
}

interface NamedColumn {
  readonly text: string;
  readonly at: Place;
  position(row: CompoundType): number;
}

/** The columns an entry names; undefined when they are not all strings. */
function columnsNamed(entry: ObjectValue): NamedColumn[] | undefined {
  const single = stringProperty(entry, 'column');
  if (single) return [namedColumn(single.text, single.at)];
  const list = entry.properties.get('columns')?.value();
  if (list?.kind !== 'array' || !list.complete) return undefined;
  const columns: NamedColumn[] = [];
  for (const { at, value } of list.items) {
    const text = literalString(value());
    if (text === undefined) return undefined;
    columns.push(namedColumn(text, at));
  }
  return columns;
}

const namedColumn = (text: string, at: Place): NamedColumn => ({
  text,
  at,
  position: (row) => row.members.findIndex((member) => member.name === text),
});

const literalString = (value: Value): string | undefined =>
  value.kind === 'literal' && typeof value.value === 'string' ? value.value : undefined;

function addConstraints(draft: Draft, options: ObjectValue | undefined): void {
  for (const entry of entriesOf(draft, options, 'constraints')) {
    const columns = columnsNamed(entry)?.map(({ position }) => position(draft.row));
    const isUnique = stringProperty(entry, 'constraint')?.text === 'unique';
    if (!columns || !isUnique || columns.some((column) => column < 0)) {
      draft.complete = false;
      continue;
    }
    draft.builder.place([...draft.at, 'constraints', draft.def.constraints.length], entry.at);
    draft.def.constraints.push({ sourceName: stringProperty(entry, 'name')?.text, columns });
  }
}

function indexSourceName({ def, row }: Draft, algorithm: IndexAlgorithm): string {
  const columns = algorithm.tag === 'Direct' ? [algorithm.column] : algorithm.columns;
  const names = columns.map((column) => row.members[column]?.name).join('_');
  return `${def.sourceName}_${names}_idx_${algorithm.tag.toLowerCase()}`;
}

function* explicitIndexNames(
  draft: Draft,
  options: ObjectValue | undefined,
): Generator<{ index: number; name: string }> {
  for (const entry of entriesOf(draft, options, 'indexes')) {
    const name = stringProperty(entry, 'name')?.text;
    const accessor = stringProperty(entry, 'accessor')?.text;
    const index = draft.def.indexes.findLastIndex((candidate) => candidate.accessorName === accessor);
    if (name !== undefined && index >= 0) yield { index, name };
  }
}

/** The runtime stores such a number without a word, wrapped or cut off. A literal of the wrong kind is TypeScript's to report. */
function noteOutOfRange(draft: Draft, column: number, type: AlgebraicType, initial: Mark['argument']): void {
  const literal = initial?.value.kind === 'literal' ? initial.value.value : undefined;
  const range = integerRange(type);
  if (!range || !initial || typeof literal !== (isBigInteger(type) ? 'bigint' : 'number')) return;
  const number = literal as number | bigint;
  if (number >= range.min && number <= range.max && (typeof number === 'bigint' || Number.isInteger(number))) return;
  const name = draft.row.members[column]?.name ?? '';
  const bounds = `${type.tag.toLowerCase()}, from ${range.min} to ${range.max}`;
  draft.builder.mistakes.add('default-out-of-range', initial.at, name, bounds);
}

/** BSATN of a literal default; undefined when it is no literal of the type. */
function defaultBytes(type: AlgebraicType, value: Value | undefined): Uint8Array | undefined {
  if (value?.kind !== 'literal' || value.value === undefined) return undefined;
  const literal = value.value;
  if (isInteger(type)) {
    const isRightKind = typeof literal === (isBigInteger(type) ? 'bigint' : 'number');
    const range = integerRange(type);
    if (!isRightKind || !range || (typeof literal === 'number' && !Number.isInteger(literal))) return undefined;
    const exact = BigInt(literal);
    if (exact < range.min || exact > range.max) return undefined;
  }
  const encoded = encodeValue(type, literal, []);
  return encoded.ok ? encoded.value : undefined;
}
