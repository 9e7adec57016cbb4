import { type ModuleRule, quoted } from './input.ts';

export const nonSpacetimeExport: ModuleRule = {
  id: 'non-spacetime-export',
  severity: 'error',
  check({ raw }, report) {
    for (const { at, name, what } of raw.sourceFacts?.nonSpacetimeExports ?? []) {
      report({
        at,
        message: `The entry file exports ${quoted(name)}, which is ${what}, but the module is refused when it exports anything besides its schema, reducers, procedures, views and the like. Drop the export, or move ${quoted(name)} to another file.`,
      });
    }
  },
};
