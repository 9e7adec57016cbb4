import { mistakeRule } from './mistake.ts';

export const multipleSchemas = mistakeRule(
  'multiple-schemas',
  'error',
  () =>
    'Functions of this schema are exported together with those of another one, but a module has one schema. Declare all tables in one schema() call.',
);
