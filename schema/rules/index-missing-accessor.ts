import { quoted } from './input.ts';
import { mistakeRule } from './mistake.ts';

export const indexMissingAccessor = mistakeRule(
  'index-missing-accessor',
  'error',
  (table, name) =>
    `An index of table ${quoted(table)} has no accessor, so the module fails when it loads. ${name === undefined ? `Add \`accessor\`, the name by which code uses it.` : `Write \`accessor: '${name}'\`; \`name\` only changes its name in the database.`}`,
);
