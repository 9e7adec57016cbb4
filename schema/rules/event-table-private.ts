import { type ModuleRule, quoted } from './input.ts';

export const eventTablePrivate: ModuleRule = {
  id: 'event-table-private',
  severity: 'warning',
  acceptedByHost: true,
  check({ tables, partialTables }, report) {
    for (const table of tables) {
      if (!table.isEvent || table.isPublic || partialTables.has(table.position)) continue;
      report({
        at: ['tables', table.position, 'event'],
        message: `Nobody receives the events of ${quoted(table.accessor)}: its rows exist only while they are sent out, and a private table is sent to no client. Add public: true.`,
      });
    }
  },
};
