import type { Table } from '../module-def.ts';
import { type ModuleRule, quoted } from './input.ts';

export const tableNameDuplicate: ModuleRule = {
  id: 'table-name-duplicate',
  severity: 'error',
  check({ tables }, report) {
    const claimed = new Map<string, Table>();
    for (const table of tables) {
      // A table claims its canonical name and the name it has in source.
      const name = [table.name, table.accessor].find((candidate) => claimed.has(candidate));
      const first = name === undefined ? undefined : claimed.get(name);
      if (name !== undefined && first) {
        report({
          at: ['tables', table.position, 'name'],
          message: `Tables ${quoted(first.accessor)} and ${quoted(table.accessor)} both claim the name ${quoted(name)} in the database. Rename one.`,
          related: [
            { at: ['tables', first.position, 'name'], message: `${quoted(first.accessor)} has the name already` },
          ],
        });
      }
      for (const own of [table.name, table.accessor]) if (!claimed.has(own)) claimed.set(own, table);
    }
  },
};
