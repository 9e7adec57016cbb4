import { mistakeRule } from './mistake.ts';

export const tableMissingColumns = mistakeRule(
  'table-missing-columns',
  'error',
  () =>
    'table() needs two arguments: options and columns. Without columns the module fails when it loads. Write `table({}, { id: t.u64() })`.',
);
