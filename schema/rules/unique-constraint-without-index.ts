import { type ModuleRule, quotedList } from './input.ts';

const asSet = (columns: readonly number[]): string => [...new Set(columns)].sort((a, b) => a - b).join();

export const uniqueConstraintWithoutIndex: ModuleRule = {
  id: 'unique-constraint-without-index',
  severity: 'error',
  check({ tables, partialTables }, report) {
    for (const table of tables) {
      if (partialTables.has(table.position)) continue;
      const indexed = new Set(table.indexes.map((index) => asSet(index.columns)));
      for (const [k, { columns }] of table.constraints.entries()) {
        if (indexed.has(asSet(columns))) continue;
        const names = columns.map((position) => table.columns[position]?.accessor ?? `${position}`);
        report({
          at: ['tables', table.position, 'constraints', k],
          message: `${quotedList(names)} cannot be kept unique without an index on exactly that. Use .unique() on the column, which makes both.`,
        });
      }
    }
  },
};
