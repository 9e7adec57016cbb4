import { type ModuleRule, quoted } from './input.ts';

export const indexDirectNotUnique: ModuleRule = {
  id: 'index-direct-not-unique',
  severity: 'warning',
  acceptedByHost: true,
  check({ tables, partialTables }, report) {
    for (const table of tables) {
      if (partialTables.has(table.position)) continue;
      for (const [k, index] of table.indexes.entries()) {
        if (index.algorithm !== 'Direct' || index.unique) continue;
        const column = table.columns[index.columns[0] ?? -1];
        report({
          at: ['tables', table.position, 'indexes', k, 'algorithm'],
          message: `A direct index is made for unique values, but column ${quoted(column?.accessor ?? '?')} may repeat. Make the column unique, or use 'btree'.`,
        });
      }
    }
  },
};
