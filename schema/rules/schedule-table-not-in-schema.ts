import { quoted } from './input.ts';
import { mistakeRule } from './mistake.ts';

export const scheduleTableNotInSchema = mistakeRule(
  'schedule-table-not-in-schema',
  'error',
  (table) =>
    `${quoted(table)} is not passed to schema(), so it cannot schedule anything and the module fails when it loads. Add it there.`,
);
