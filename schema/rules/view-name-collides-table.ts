import { type ModuleRule, quoted } from './input.ts';

export const viewNameCollidesTable: ModuleRule = {
  id: 'view-name-collides-table',
  severity: 'error',
  check({ tables, module }, report) {
    const claimed = new Map<string, { what: string; at: (string | number)[] }>();
    for (const table of tables) {
      const claim = { what: `table ${quoted(table.accessor)}`, at: ['tables', table.position, 'name'] };
      for (const name of [table.name, table.accessor]) if (!claimed.has(name)) claimed.set(name, claim);
    }
    module.views.forEach((view, i) => {
      const at = ['views', i, 'name'];
      const first = claimed.get(view.name);
      if (!first) claimed.set(view.name, { what: `view ${quoted(view.accessor)}`, at });
      else {
        report({
          at,
          message: `View ${quoted(view.accessor)} is called ${quoted(view.name)} in the database, like the ${first.what}; views and tables share one set of names. Rename one.`,
          related: [{ at: first.at, message: `the ${first.what} has the name already` }],
        });
      }
    });
  },
};
