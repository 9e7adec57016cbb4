import { duplicates, type ModuleRule, quoted } from './input.ts';

export const functionNameDuplicate: ModuleRule = {
  id: 'function-name-duplicate',
  severity: 'error',
  check({ functions }, report) {
    for (const { first, later } of duplicates(functions, (fn) => fn.name)) {
      // Two views of one name are reported by view-name-collides-table: they clash as tables already.
      if (first.kind === 'view' && later.kind === 'view') continue;
      report({
        at: [...later.at, 'name'],
        message: `The ${later.kind} ${quoted(later.sourceName)} and the ${first.kind} ${quoted(first.sourceName)} are both called ${quoted(later.name)} in the database; reducers, procedures and views share one set of names. Rename one.`,
        related: [{ at: [...first.at, 'name'], message: `${quoted(first.sourceName)} has the name already` }],
      });
    }
  },
};
