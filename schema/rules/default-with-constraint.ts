import { type ModuleRule, quoted } from './input.ts';

export const defaultWithConstraint: ModuleRule = {
  id: 'default-with-constraint',
  severity: 'error',
  acceptedByHost: true,
  check({ raw, tables }, report) {
    for (const table of tables) {
      const def = raw.tables[table.position];
      for (const { column: position } of def?.defaultValues ?? []) {
        const isUnique = def?.constraints.some(({ columns }) => columns.length === 1 && columns[0] === position);
        const isNumbered = def?.sequences.some(({ column }) => column === position);
        const column = table.columns[position];
        if (!column || (!isUnique && !isNumbered)) continue;
        report({
          at: ['tables', table.position, 'columns', position, 'default'],
          message: `Column ${quoted(column.accessor)} is ${isUnique ? 'unique' : 'numbered by the database'}, so its rows cannot share a default. Remove the default.`,
        });
      }
    }
  },
};
