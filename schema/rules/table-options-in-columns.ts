import { quoted } from './input.ts';
import { mistakeRule } from './mistake.ts';

export const tableOptionsInColumns = mistakeRule(
  'table-options-in-columns',
  'error',
  (option) =>
    `${quoted(option)} is an option of the table, but stands among its columns, so the module fails when it loads. Move it to the first argument of table().`,
);
