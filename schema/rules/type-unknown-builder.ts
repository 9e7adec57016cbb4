import { quoted } from './input.ts';
import { mistakeRule } from './mistake.ts';

export const typeUnknownBuilder = mistakeRule(
  'type-unknown-builder',
  'error',
  (word, meant) => `There is no ${quoted(word)}, so the module fails when it loads. Write ${quoted(meant ?? '')}.`,
);
