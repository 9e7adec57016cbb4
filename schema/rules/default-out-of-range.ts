import { quoted } from './input.ts';
import { mistakeRule } from './mistake.ts';

export const defaultOutOfRange = mistakeRule(
  'default-out-of-range',
  'warning',
  (column, bounds) =>
    `The default of column ${quoted(column)} is no ${bounds}, so another number would be stored. Give a whole number in that range.`,
);
