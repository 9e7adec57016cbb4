import { specialKind } from '../algebraic-type.ts';
import { knownType, type ModuleRule, quoted } from './input.ts';

export const scheduleMissingAtColumn: ModuleRule = {
  id: 'schedule-missing-at-column',
  severity: 'error',
  check({ raw, tables, partialTables }, report) {
    const message = (table: string): string =>
      `Table ${quoted(table)} is scheduled, but no column says when: its timers would never fire. Add a column with t.scheduleAt().`;
    for (const { at, table } of raw.sourceFacts?.schedulesWithoutColumn ?? []) report({ at, message: message(table) });
    raw.schedules.forEach((schedule, i) => {
      const table = tables.find((candidate) => candidate.accessor === schedule.tableName);
      if (!table || partialTables.has(table.position)) return;
      const column = table.columns[schedule.scheduleAtColumn];
      const type = knownType(column?.type, raw.typespace);
      if ((column && !type) || (type && specialKind(type) === 'ScheduleAt')) return;
      report({ at: ['schedules', i], message: message(table.accessor) });
    });
  },
};
