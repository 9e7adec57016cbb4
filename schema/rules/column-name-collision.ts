import { duplicates, type ModuleRule, quoted } from './input.ts';

export const columnNameCollision: ModuleRule = {
  id: 'column-name-collision',
  severity: 'warning',
  acceptedByHost: true,
  check({ tables }, report) {
    for (const table of tables) {
      const at = (position: number) => ['tables', table.position, 'columns', position];
      for (const { first, later } of duplicates(table.columns, (column) => column.name)) {
        report({
          at: at(later.position),
          message: `Columns ${quoted(first.accessor)} and ${quoted(later.accessor)} of table ${quoted(table.accessor)} are both called ${quoted(later.name)} in the database, so SQL and clients cannot tell them apart. Rename one.`,
          related: [{ at: at(first.position), message: `${quoted(first.accessor)} becomes ${quoted(first.name)}` }],
        });
      }
    }
  },
};
