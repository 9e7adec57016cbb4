import { quoted } from './input.ts';
import { mistakeRule } from './mistake.ts';

export const rowTypeIsObjectType = mistakeRule(
  'row-type-is-object-type',
  'error',
  (text) =>
    `${quoted(`${/^[\w.]+/.exec(text)?.[0] ?? text}()`)} is a type of values, not of rows, so the module fails when it loads. Pass the columns as an object, or make them with t.row().`,
);
