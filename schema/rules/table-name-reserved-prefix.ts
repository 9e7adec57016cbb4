import { type ModuleRule, quoted } from './input.ts';

export const tableNameReservedPrefix: ModuleRule = {
  id: 'table-name-reserved-prefix',
  severity: 'error',
  check({ tables }, report) {
    for (const table of tables) {
      if (!table.name.startsWith('st_')) continue;
      const converted =
        table.name === table.accessor ? '' : ` (that is what ${quoted(table.accessor)} is called in the database)`;
      report({
        at: ['tables', table.position, 'name'],
        message: `${quoted(table.name)}${converted} begins with st_, which is reserved for system tables. Choose another name.`,
      });
    }
  },
};
