import { mistakeRule } from './mistake.ts';

export const typeMissingName = mistakeRule(
  'type-missing-name',
  'error',
  (kind) =>
    `A type made with t.${kind}() needs a name when it is part of a column, a parameter or a result; without one the module fails when it loads. Write the name first: \`t.${kind}('Name', ...)\`.`,
);
