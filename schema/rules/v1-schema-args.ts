import { mistakeRule } from './mistake.ts';

export const v1SchemaArgs = mistakeRule(
  'v1-schema-args',
  'error',
  (table) =>
    `schema() takes one object, not tables as arguments, so the module fails when it loads. Write \`schema({ ${table} })\`.`,
);
