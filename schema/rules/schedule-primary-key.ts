import { knownType, type ModuleRule, quoted } from './input.ts';

export const schedulePrimaryKey: ModuleRule = {
  id: 'schedule-primary-key',
  severity: 'error',
  check({ raw, tables, partialTables }, report) {
    const scheduled = new Set(raw.schedules.map((schedule) => schedule.tableName));
    for (const table of tables) {
      if (!scheduled.has(table.accessor)) continue;
      const key = table.primaryKey === undefined ? undefined : table.columns[table.primaryKey];
      const type = knownType(key?.type, raw.typespace);
      if (type?.tag === 'U64' || (key && !type)) continue;
      if (!key && partialTables.has(table.position)) continue;
      const now = key ? `${quoted(key.accessor)} is not` : 'it has none';
      report({
        at: key ? ['tables', table.position, 'columns', key.position] : ['tables', table.position, 'declaration'],
        message: `The scheduled table ${quoted(table.accessor)} needs a primary key of type u64 that numbers its timers; ${now}. Use t.u64().primaryKey().autoInc().`,
      });
    }
  },
};
