import { quoted } from './input.ts';
import { mistakeRule } from './mistake.ts';

export const tableHandleReused = mistakeRule(
  'table-handle-reused',
  'error',
  (second, first) =>
    `${quoted(second)} is the same table() value as ${quoted(first ?? '')}, so their indexes get the same names and the module is refused. Call table() once for each; they can share their columns.`,
);
