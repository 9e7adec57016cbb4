import { quoted } from './input.ts';
import { mistakeRule } from './mistake.ts';

export const indexMissingAlgorithm = mistakeRule(
  'index-missing-algorithm',
  'error',
  (table) =>
    `An index of table ${quoted(table)} has no algorithm, so the module fails when it loads. Add \`algorithm: 'btree'\`.`,
);
