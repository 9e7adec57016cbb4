import { duplicates, type ModuleRule, quoted } from './input.ts';

export const scheduleDuplicate: ModuleRule = {
  id: 'schedule-duplicate',
  severity: 'error',
  check({ raw }, report) {
    const schedules = raw.schedules.map((schedule, i) => ({ ...schedule, at: ['schedules', i] }));
    for (const { first, later } of duplicates(schedules, (schedule) => schedule.tableName)) {
      report({
        at: later.at,
        message: `Table ${quoted(later.tableName)} schedules both ${quoted(first.functionName)} and ${quoted(later.functionName)}, but its rows can be timers of one function only. Give the second function a table of its own.`,
        related: [{ at: first.at, message: `${quoted(first.functionName)} is scheduled here` }],
      });
    }
  },
};
