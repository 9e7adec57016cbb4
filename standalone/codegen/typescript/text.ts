/** The fixed pieces of text that all generated TypeScript files share. Source: reference "cli and generate" 10.5. */
import { generatedMark } from '../generated-file.ts';

export const notice = `${generatedMark}. EDITS TO THIS FILE
// WILL NOT BE SAVED. MODIFY TABLES IN YOUR MODULE SOURCE CODE INSTEAD.
`;

const lintOff = `/* eslint-disable */
/* tslint:disable */
`;

export const fileHead = `${notice}\n${lintOff}`;
export const versionedFileHead = (version: string, commit: string): string =>
  `${notice}\n// This was generated using spacetimedb cli version ${version} (commit ${commit}).\n\n${lintOff}`;

/** Library names that row, function and type files import. */
export const basicImports = ['TypeBuilder', 't', 'type AlgebraicTypeType', 'type Infer'];

/** One import of library names, each renamed to `__X` so that it cannot collide with a name of the module. */
export function libraryImport(names: readonly string[]): string {
  const lines = names.map((name) => `  ${name} as __${name.replace(/^type /, '')},\n`);
  return `import {\n${lines.join('')}} from "spacetimedb";\n`;
}

/** Text as a string literal in double quotes. */
export const quoted = (text: string): string => JSON.stringify(text);
/** Text as a string literal in single quotes. */
export const singleQuoted = (text: string): string =>
  `'${JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`;
