import { type ModuleRule, quoted } from './input.ts';

export const indexDuplicateColumn: ModuleRule = {
  id: 'index-duplicate-column',
  severity: 'error',
  check({ tables }, report) {
    for (const table of tables) {
      for (const [k, index] of table.indexes.entries()) {
        const repeated = index.columns.findIndex((column, n) => index.columns.indexOf(column) < n);
        const column = table.columns[index.columns[repeated] ?? -1];
        if (!column) continue;
        report({
          at: ['tables', table.position, 'indexes', k, 'columns', repeated],
          message: `Column ${quoted(column.accessor)} is in this index twice. Remove the repetition.`,
        });
      }
    }
  },
};
