/** Schedules: from `onSchedule` on the function, and from the deprecated `scheduled` option of the table. */

import type { DefinitionBuilder, TableEntry } from './definition.ts';
import type { ExportedRegistration } from './extract.ts';
import type { FoundRegistration } from './facts.ts';
import type { Place, RegistrationValue, Value } from './values.ts';
import { stringProperty } from './values.ts';

export function addSchedules(
  builder: DefinitionBuilder,
  exported: readonly ExportedRegistration[],
  found: readonly FoundRegistration[],
): void {
  const names = new Map<RegistrationValue, string>();
  for (const { sourceName, value } of exported) {
    if (value.kind !== 'registration') continue;
    // A procedure's name option is its source name.
    const explicit = value.method === 'procedure' ? stringProperty(value.options, 'name')?.text : undefined;
    names.set(value, explicit ?? sourceName);
  }
  for (const table of builder.tables) addLegacySchedule(builder, table, names, found);
  const all = new Set([...names.keys(), ...found.map(({ value }) => value)]);
  for (const registration of all) addOnSchedule(builder, registration, names, found);
}

function addLegacySchedule(
  builder: DefinitionBuilder,
  table: TableEntry,
  names: ReadonlyMap<RegistrationValue, string>,
  found: readonly FoundRegistration[],
): void {
  const property = table.value.options?.properties.get('scheduled');
  const thunk = property?.value();
  if (property && thunk?.kind === 'literal' && typeof thunk.value === 'string') {
    builder.mistakes.add('v1-scheduled-string', property.at, thunk.value);
  }
  if (!property || thunk?.kind !== 'function') return;
  const target = thunk.call([]);
  addSchedule(builder, table, property.at, target.kind === 'registration' ? target : undefined, names, found);
}

function addOnSchedule(
  builder: DefinitionBuilder,
  registration: RegistrationValue,
  names: ReadonlyMap<RegistrationValue, string>,
  found: readonly FoundRegistration[],
): void {
  const property = registration.options?.properties.get('onSchedule');
  const handle = property?.value();
  const table = builder.tables.find(({ value }) => value === handle);
  if (property && table) addSchedule(builder, table, property.at, registration, names, found);
}

function addSchedule(
  builder: DefinitionBuilder,
  table: TableEntry,
  at: Place,
  target: RegistrationValue | undefined,
  names: ReadonlyMap<RegistrationValue, string>,
  found: readonly FoundRegistration[],
): void {
  const { raw } = builder;
  if (table.scheduleAtColumn === undefined) {
    if (builder.partialTables.includes(table.position)) return;
    const path = ['facts', 'schedulesWithoutColumn', raw.sourceFacts?.schedulesWithoutColumn.length ?? 0];
    builder.place(path, at);
    raw.sourceFacts?.schedulesWithoutColumn.push({ at: path, table: table.sourceName });
    return;
  }
  if (!target) return;
  const functionName = names.get(target);
  if (functionName === undefined) {
    const forgotten = found.find(({ value }) => value === target);
    if (forgotten) forgotten.schedules = table.sourceName;
    return;
  }
  builder.place(['schedules', raw.schedules.length], at);
  raw.schedules.push({
    sourceName: undefined,
    tableName: table.sourceName,
    scheduleAtColumn: table.scheduleAtColumn,
    functionName,
  });
}

/** What schedules something: the value of `onSchedule`, also where it stands among the parameters by mistake. */
export const scheduledTable = ({ options, params }: RegistrationValue): Value | undefined =>
  (options ?? (params?.value.kind === 'object' ? params.value : undefined))?.properties.get('onSchedule')?.value();
