import { duplicates, type ModuleRule, quoted } from './input.ts';

export const indexAccessorDuplicate: ModuleRule = {
  id: 'index-accessor-duplicate',
  severity: 'error',
  acceptedByHost: true,
  check({ tables }, report) {
    for (const table of tables) {
      const indexes = table.indexes.map((index, k) => ({ index, at: ['tables', table.position, 'indexes', k] }));
      const named = indexes.filter(({ index }) => index.accessor !== undefined);
      for (const { first, later } of duplicates(named, ({ index }) => index.accessor ?? '')) {
        const same = first.index.algorithm === later.index.algorithm;
        // An index written twice is reported as such.
        if (same && first.index.columns.join() === later.index.columns.join()) continue;
        report({
          at: [...later.at, 'accessor'],
          message: `Table ${quoted(table.accessor)} has two indexes that code reaches as ${quoted(later.index.accessor ?? '')}; the first use of the table fails. Choose another accessor.`,
          related: [{ at: first.at, message: 'the other index' }],
        });
      }
    }
  },
};
