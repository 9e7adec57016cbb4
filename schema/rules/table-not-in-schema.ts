import { type ModuleRule, quoted } from './input.ts';

export const tableNotInSchema: ModuleRule = {
  id: 'table-not-in-schema',
  severity: 'warning',
  acceptedByHost: true,
  check({ raw }, report) {
    for (const { at, name } of raw.sourceFacts?.tablesNotInSchema ?? []) {
      report({
        at,
        message: `Table ${quoted(name)} is not passed to schema(), so the database will not have it. Add it there.`,
      });
    }
  },
};
