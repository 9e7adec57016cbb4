import { specialKind } from '../algebraic-type.ts';
import { knownType, type ModuleRule, quoted } from './input.ts';

export const scheduleAtUnused: ModuleRule = {
  id: 'schedule-at-unused',
  severity: 'warning',
  acceptedByHost: true,
  check({ raw, tables }, report) {
    const scheduled = new Set(raw.schedules.map(({ tableName }) => tableName));
    for (const { position, columns, accessor } of tables) {
      const isUnused = raw.sourceFacts
        ? raw.sourceFacts.unscheduledTables?.includes(position)
        : !scheduled.has(raw.tables[position]?.sourceName ?? '');
      if (!isUnused) continue;
      const timed = columns.findLastIndex(({ type }) => {
        const known = knownType(type, raw.typespace);
        return known && specialKind(known) === 'ScheduleAt';
      });
      if (timed < 0) continue;
      report({
        at: ['tables', position, 'columns', timed],
        message: `No function is scheduled by table ${quoted(accessor)}, so its rows never fire. Give a reducer or procedure the option \`onSchedule\` with this table.`,
      });
    }
  },
};
