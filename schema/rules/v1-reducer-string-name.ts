import { mistakeRule } from './mistake.ts';

export const v1ReducerStringName = mistakeRule(
  'v1-reducer-string-name',
  'error',
  (method, name) =>
    `A ${method} is named by its export, not by a string; with one it gets the wrong parameters. Remove the string and write \`export const ${name} = \`.`,
);
