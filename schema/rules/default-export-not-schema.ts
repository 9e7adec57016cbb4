import { mistakeRule } from './mistake.ts';

export const defaultExportNotSchema = mistakeRule(
  'default-export-not-schema',
  'error',
  (what) =>
    `The default export is ${what}, but the module is refused unless it is the value of schema(). Write \`export default\` with that.`,
);
