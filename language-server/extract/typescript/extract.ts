/** A TypeScript module's text → its definition with positions. */
import type { SourceFacts } from '../../../schema/raw-module-def.ts';
import type { Extraction } from '../extraction.ts';
import { DefinitionBuilder } from './definition.ts';
import { type EntryExport, Evaluator } from './evaluate.ts';
import { findRegistrations, reportFacts } from './facts.ts';
import { Mistakes } from './mistakes.ts';
import { Program, type ReadFile } from './program.ts';
import { addSchedules } from './schedules.ts';
import type { SchemaValue, Value } from './values.ts';

/** What the module exports, with groups opened. */
export interface ExportedRegistration {
  readonly sourceName: string;
  readonly item: EntryExport;
  readonly value: Value;
}

/**
 * Reads the module whose entry file is `entry`. `others` are further source files of the module's folder: those the
 * entry never reaches are looked at for forgotten exports. Never throws on any text.
 */
export function extractTypeScript(entry: string, read: ReadFile, others: readonly string[] = []): Extraction {
  const program = new Program(entry, read);
  const mistakes = new Mistakes();
  const evaluator = new Evaluator(program, mistakes);
  const builder = new DefinitionBuilder(mistakes);
  builder.raw.sourceFacts = emptyFacts();
  if (!program.entry) return { raw: builder.raw, positions: builder.positions, files: new Set() };

  const exports = evaluator.exportsOf(program.entry);
  const registrations = findRegistrations(program, evaluator);
  const schema = schemaOf(exports, registrations.schemas);
  if (schema) builder.addSchema(schema);
  const exported = openGroups(exports);
  for (const { sourceName, item, value } of exported) {
    if (value.kind !== 'registration') continue;
    builder.addRegistration(sourceName, nameOf(item, value), item.statement, value);
  }
  builder.raw.sourceFacts.partialTables = builder.partialTables;
  addSchedules(builder, exported, registrations.found);
  reportFacts({ program, evaluator, builder, exports, exported, registrations, schema, others });
  return { raw: builder.raw, positions: builder.positions, files: new Set(program.files.keys()) };
}

const nameOf = (item: EntryExport, value: Value): EntryExport['at'] =>
  item.value === value || value.kind !== 'registration' ? item.at : (value.declaration ?? value.callee);

function emptyFacts(): SourceFacts {
  return {
    unknownIndexColumns: [],
    unexportedRegistrations: [],
    schedulesWithoutColumn: [],
    hasDefaultExport: undefined,
    partialTables: [],
    tablesNotInSchema: [],
    nonSpacetimeExports: [],
    unreachableRegistrations: [],
    reusedTables: [],
    unscheduledTables: [],
    mistakes: [],
  };
}

function schemaOf(exports: readonly EntryExport[], declared: readonly SchemaValue[]): SchemaValue | undefined {
  const chosen = exports.find(({ name }) => name === 'default')?.value;
  return chosen?.kind === 'schema' ? chosen : declared[0];
}

function openGroups(exports: readonly EntryExport[]): ExportedRegistration[] {
  return exports.flatMap((item) => {
    if (item.name === 'default') return [];
    if (item.value.kind !== 'group') return [{ sourceName: item.name, item, value: item.value }];
    const entries = [...(item.value.entries?.properties.values() ?? [])];
    return entries.map((entry) => ({
      sourceName: entry.name,
      item: { ...item, name: entry.name, at: entry.key, statement: entry.at, value: entry.value() },
      value: entry.value(),
    }));
  });
}
