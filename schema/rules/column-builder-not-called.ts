import { quoted } from './input.ts';
import { mistakeRule } from './mistake.ts';

export const columnBuilderNotCalled = mistakeRule(
  'column-builder-not-called',
  'error',
  (word) =>
    `${quoted(word)} is a function, not a type, so the module fails when it loads. Call it: ${quoted(`${word}()`)}.`,
);
