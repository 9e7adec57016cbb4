import { mistakeRule } from './mistake.ts';

export const scheduleMissingParamsArg = mistakeRule(
  'schedule-missing-params-arg',
  'error',
  (table) =>
    `With two arguments the first is taken for the parameters, so the module fails when it loads. Put \`{ timer: ${table}.rowType }\` between the options and the function.`,
);
