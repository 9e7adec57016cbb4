import { quoted } from './input.ts';
import { mistakeRule } from './mistake.ts';

export const v1ScheduledString = mistakeRule(
  'v1-scheduled-string',
  'error',
  (name) =>
    `A schedule names its function by value, not by the string ${quoted(name)}; with one the module fails when it loads. Remove this option and give the function \`onSchedule\` with the table.`,
);
