/** What the text says and a built module cannot: things written but not exported, or not reached. */
import path from 'node:path';
import type { Path, SourceFacts } from '../../../schema/raw-module-def.ts';
import { type DefinitionBuilder, rowOfParams } from './definition.ts';
import type { EntryExport, Evaluator } from './evaluate.ts';
import type { ExportedRegistration } from './extract.ts';
import type { Program } from './program.ts';
import { scheduledTable } from './schedules.ts';
import type { SourceFile } from './source-file.ts';
import { parts } from './syntax.ts';
import type { Place, RegistrationValue, SchemaValue, TableValue, Value } from './values.ts';

export interface FoundRegistration {
  readonly value: RegistrationValue;
  readonly name: Place | undefined;
  /** Source name of the table that schedules it although it is not exported. */
  schedules?: string;
}

export interface Found {
  readonly found: FoundRegistration[];
  readonly tables: TableValue[];
  readonly schemas: SchemaValue[];
}

/** Every registration, table and schema at the top level of the files the entry reaches. */
export function findRegistrations(program: Program, evaluator: Evaluator): Found {
  const result: Found = { found: [], tables: [], schemas: [] };
  // Imports lead to further files, which are appended while this loop runs.
  for (const file of program.files.values()) {
    for (const { module } of file.imports.values()) program.resolve(file, module);
    for (const item of file.exports) if ('module' in item) program.resolve(file, item.module);
    findInFile(file, evaluator, result);
  }
  return result;
}

function findInFile(file: SourceFile, evaluator: Evaluator, { found, tables, schemas }: Found): void {
  const seen = new Set<Value>([...found.map(({ value }) => value), ...tables, ...schemas]);
  const add = (value: Value, name: Place | undefined): void => {
    if (seen.has(value)) return;
    seen.add(value);
    if (value.kind === 'registration') found.push({ value, name });
    else if (value.kind === 'table' && name) tables.push(value);
    else if (value.kind === 'schema') schemas.push(value);
  };
  for (const declaration of file.declarations.values()) {
    add(evaluator.declared(file, declaration), { file, node: declaration.name });
  }
  for (const node of file.expressions) add(evaluator.topLevel({ file, node }), undefined);
  for (const item of file.exports) {
    if (item.kind === 'expression') add(evaluator.topLevel({ file, node: item.expression }), undefined);
  }
}

export interface FactsInput {
  readonly program: Program;
  readonly evaluator: Evaluator;
  readonly builder: DefinitionBuilder;
  readonly exports: readonly EntryExport[];
  readonly exported: readonly ExportedRegistration[];
  readonly registrations: Found;
  readonly schema: SchemaValue | undefined;
  readonly others: readonly string[];
}

export function reportFacts(input: FactsInput): void {
  const facts = input.builder.raw.sourceFacts;
  // Nothing may be concluded from what a text with syntax errors lacks.
  if (!facts || [...input.program.files.values()].some((file) => file.hasError)) return;
  const strays = noteStrayScheduled(input);
  reportUnexported(input, facts, strays);
  reportDefaultExport(input, facts);
  reportStrayTables(input, facts, strays);
  reportOtherExports(input, facts);
  const unreached = reportUnreachable(input, facts);
  facts.unscheduledTables = unscheduledTables(input, unreached);
  noteOtherSchemas(input);
  reportMistakes(input, facts);
}

/** Mistakes were noted on the way; what the schema and the exports do not reach is read now. */
function reportMistakes(input: FactsInput, facts: SourceFacts): void {
  const { builder, registrations } = input;
  for (const { row } of registrations.tables) for (const member of row?.members ?? []) member.builder();
  for (const { value } of registrations.found) {
    for (const member of rowOfParams(value.params?.value, builder.mistakes)?.members ?? []) member.builder();
  }
  const list = facts.mistakes ?? [];
  for (const { rule, at, subject, detail } of builder.mistakes.all) {
    list.push({ at: placed(input, 'mistakes', list.length, at), rule, subject, detail });
  }
}

/** Values of the entries of `schema({...})`; undefined when they are not all known. */
function entryValues({ schema }: FactsInput): readonly Value[] | undefined {
  if (!schema?.entries) return schema && schema.loose.length > 0 ? schema.loose : undefined;
  const values = [...schema.entries.properties.values()].map((entry) => entry.value());
  return schema.entries.complete && values.every((value) => value.kind !== 'unknown') ? values : undefined;
}

interface Strays {
  readonly tables: ReadonlySet<Value>;
  readonly functions: ReadonlySet<Value>;
}

/** Scheduled tables that the schema does not have, and their functions: one cause, one problem. */
function noteStrayScheduled(input: FactsInput): Strays {
  const { schema, registrations, builder } = input;
  const [tables, functions] = [new Set<Value>(), new Set<Value>()];
  const entries = entryValues(input);
  for (const { value } of registrations.found) {
    const handle = value.options?.properties.get('onSchedule');
    const table = handle?.value();
    if (!handle || table?.kind !== 'table' || !entries || entries.includes(table) || value.schema !== schema) continue;
    builder.mistakes.add('schedule-table-not-in-schema', handle.at, handle.at.node.text);
    tables.add(table);
    functions.add(value);
  }
  return { tables, functions };
}

/** Tables that could hold timers, and that nothing in the text schedules, not even in a wrong way. */
function unscheduledTables(
  { builder, registrations, exports }: FactsInput,
  unreached: readonly RegistrationValue[],
): number[] {
  if (exports.some(({ value }) => value.kind === 'unknown' || value.kind === 'group')) return [];
  const functions = [...registrations.found.map(({ value }) => value), ...unreached];
  const handles = functions.map(scheduledTable);
  if (functions.some(isUnclear) || handles.some((handle) => handle?.kind === 'unknown')) return [];
  const scheduled = new Set(builder.raw.schedules.map(({ tableName }) => tableName));
  return builder.tables
    .filter(({ value, sourceName, scheduleAtColumn }) => {
      const isNamed = scheduled.has(sourceName) || value.options?.properties.has('scheduled');
      return scheduleAtColumn !== undefined && !isNamed && !handles.includes(value);
    })
    .map(({ position }) => position)
    .filter((position) => !builder.partialTables.includes(position));
}

/** Whether a function may have options that could not be read. */
function isUnclear({ method, options, call }: RegistrationValue): boolean {
  if (options) return !options.complete;
  const list = call.node.childForFieldName('arguments');
  return (list ? parts(list).length : 0) > (method === 'procedure' ? 3 : 2) && method !== 'view';
}

/** A module has one schema: functions of another one cannot be exported with it. */
function noteOtherSchemas({ schema, exported, builder }: FactsInput): void {
  for (const { value } of exported) {
    if (value.kind !== 'registration' || !schema || value.schema === schema) continue;
    builder.mistakes.add('multiple-schemas', value.schema.callee, 'schema');
  }
}

function placed({ builder }: FactsInput, list: keyof SourceFacts, n: number, at: Place): Path {
  const path = ['facts', list, n];
  builder.place(path, at);
  return path;
}

function reportUnexported(input: FactsInput, facts: SourceFacts, strays: Strays): void {
  const exported = new Set(input.exported.map(({ value }) => value));
  const guessed = wordsOfUnknownExports(input.exports);
  for (const { value, name, schedules } of input.registrations.found) {
    if (exported.has(value) || strays.functions.has(value) || (name && guessed.has(name.node.text))) continue;
    // What version 1 registered by name is told to be exported instead.
    if (value.nameArgument !== undefined) continue;
    // A submodule exports from a file of its own.
    if (input.schema && value.schema !== input.schema) continue;
    // A handler that a router uses has a rule of its own.
    if (value.method === 'httpHandler' && name && isRouted(name, input.registrations.found)) continue;
    const at = placed(input, 'unexportedRegistrations', facts.unexportedRegistrations.length, name ?? value.callee);
    const fact = { at, kind: value.method, name: name?.node.text };
    facts.unexportedRegistrations.push(schedules === undefined ? fact : { ...fact, schedules });
  }
}

const isRouted = (name: Place, found: readonly FoundRegistration[]): boolean =>
  found.some(({ value }) => value.method === 'httpRouter' && words(value.call).has(name.node.text));

/** An export whose value is not understood may well export any name it mentions. */
function wordsOfUnknownExports(exports: readonly EntryExport[]): Set<string> {
  const isUnclear = (value: Value): boolean =>
    value.kind === 'unknown' || (value.kind === 'group' && value.entries?.complete !== true);
  const unclear = exports.filter(({ value }) => isUnclear(value));
  return new Set(unclear.flatMap(({ expression }) => (expression ? [...words(expression)] : [])));
}

const words = ({ node }: Place): Set<string> =>
  new Set(node.descendantsOfType(['identifier', 'shorthand_property_identifier']).map((found) => found?.text ?? ''));

function reportDefaultExport({ exports, schema, registrations }: FactsInput, facts: SourceFacts): void {
  const has = exports.some(({ name }) => name === 'default');
  // A schema alone is a module that is still being written.
  const isFinished = schema !== undefined && registrations.found.length > 0;
  facts.hasDefaultExport = has || (isFinished ? false : undefined);
}

function reportStrayTables(input: FactsInput, facts: SourceFacts, strays: Strays): void {
  const { registrations } = input;
  const entries = entryValues(input);
  if (!entries || registrations.schemas.length > 1) return;
  const list = facts.tablesNotInSchema ?? [];
  for (const table of registrations.tables) {
    if (
      entries.includes(table) ||
      strays.tables.has(table) ||
      !table.declaration ||
      table.options?.properties.has('scheduled')
    )
      continue;
    const name = table.declaration.node.text;
    list.push({ at: placed(input, 'tablesNotInSchema', list.length, table.declaration), name });
  }
}

function reportOtherExports(input: FactsInput, facts: SourceFacts): void {
  if (!input.schema) return;
  noteDefaultExport(input);
  const list = facts.nonSpacetimeExports ?? [];
  for (const { name, at, value, expression } of input.exports) {
    const what = name === 'default' ? undefined : whatItIs(value);
    // `export const add = db` is most likely the beginning of `db.reducer(...)`.
    const isBeginning = value.kind === 'schema' && expression?.node.type === 'identifier';
    if (what === undefined || isBeginning) continue;
    list.push({ at: placed(input, 'nonSpacetimeExports', list.length, at), name, what });
  }
}

function noteDefaultExport({ exports, builder }: FactsInput): void {
  const item = exports.find(({ name }) => name === 'default');
  if (!item || item.value.kind === 'schema') return;
  const what = item.value.kind === 'registration' ? `a ${item.value.method}` : whatItIs(item.value);
  if (what !== undefined) builder.mistakes.add('default-export-not-schema', item.at, what);
}

function whatItIs(value: Value): string | undefined {
  switch (value.kind) {
    case 'literal':
      return 'a constant';
    case 'function':
      return 'a function';
    case 'declared':
      return value.what === 'class' ? 'a class' : 'an enum';
    case 'table':
      return 'a table';
    case 'builder':
      return 'a type';
    case 'object':
    case 'array':
      return 'a value';
    case 'schema':
      return 'the schema under a second name';
    default:
      return undefined;
  }
}

/** Gives the functions that were found. */
function reportUnreachable(input: FactsInput, facts: SourceFacts): RegistrationValue[] {
  const { program, evaluator, others } = input;
  const { entry } = program;
  const found: RegistrationValue[] = [];
  if (!entry) return found;
  const reached = new Set(program.files.keys());
  const list = facts.unreachableRegistrations ?? [];
  for (const other of others) {
    const file = reached.has(other) ? undefined : program.file(other);
    if (!file || file.hasError) continue;
    for (const { name, at, value } of evaluator.exportsOf(file)) {
      if (value.kind !== 'registration' || value.schema !== input.schema || at.file !== file) continue;
      const relative = path.relative(path.dirname(entry.path), other).replaceAll('\\', '/');
      const from = `./${relative.replace(/\.[cm]?tsx?$/, '')}`;
      list.push({ at: placed(input, 'unreachableRegistrations', list.length, at), name, file: from });
      found.push(value);
    }
  }
  return found;
}
