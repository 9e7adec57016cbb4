import { quoted } from './input.ts';
import { mistakeRule } from './mistake.ts';

export const schemaEntryNotTable = mistakeRule(
  'schema-entry-not-table',
  'error',
  (entry) =>
    `Entry ${quoted(entry)} of the schema is no table, so the module fails when it loads. Pass what table() returns, or remove the entry.`,
);
