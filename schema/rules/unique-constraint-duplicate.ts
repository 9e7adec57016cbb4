import { duplicates, type ModuleRule, quotedList } from './input.ts';

export const uniqueConstraintDuplicate: ModuleRule = {
  id: 'unique-constraint-duplicate',
  severity: 'error',
  check({ tables }, report) {
    for (const table of tables) {
      const constraints = table.constraints.map(({ columns }, k) => ({
        columns,
        at: ['tables', table.position, 'constraints', k],
      }));
      for (const { first, later } of duplicates(constraints, ({ columns }) => columns.join())) {
        const columns = later.columns.map((position) => table.columns[position]?.accessor ?? `${position}`);
        report({
          at: later.at,
          message: `${quotedList(columns)} is unique already: primaryKey() and unique() make the constraint. Remove this one.`,
          related: [{ at: first.at, message: 'made unique here' }],
        });
      }
    }
  },
};
