import { quoted } from './input.ts';
import { mistakeRule } from './mistake.ts';

export const indexEmptyColumns = mistakeRule(
  'index-empty-columns',
  'error',
  (table) =>
    `An index of table ${quoted(table)} has no columns, so it finds nothing. Name the columns to look rows up by, or remove the entry.`,
);
