import { duplicates, type ModuleRule, quotedList } from './input.ts';

export const indexDuplicateDefinition: ModuleRule = {
  id: 'index-duplicate-definition',
  severity: 'error',
  check({ tables }, report) {
    for (const table of tables) {
      const indexes = table.indexes.map((index, k) => ({ index, at: ['tables', table.position, 'indexes', k] }));
      const key = ({ index }: (typeof indexes)[number]) => `${index.algorithm} ${index.columns.join()}`;
      for (const { first, later } of duplicates(indexes, key)) {
        const columns = later.index.columns.map((position) => table.columns[position]?.accessor ?? `${position}`);
        report({
          at: later.at,
          message: `There is already a ${later.index.algorithm.toLowerCase()} index on ${quotedList(columns)}: primaryKey(), unique() and index() each make one. Remove this entry.`,
          related: [{ at: first.at, message: 'the index that is there already' }],
        });
      }
    }
  },
};
