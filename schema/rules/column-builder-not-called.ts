import { quoted } from './input.ts';
import { mistakeRule } from './mistake.ts';

export const columnBuilderNotCalled = mistakeRule(
  'column-builder-not-called',
  'error',
  (text) =>
    `${quoted(text)} is a function, not a type, so the module fails when it loads. Call it: ${quoted(`${text}()`)}.`,
);
