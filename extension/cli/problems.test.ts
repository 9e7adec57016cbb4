import { expect, test } from 'vitest';
import { findProblems } from './problems.ts';

const at = (file: string, line: number, column: number, message: string, severity = 'error') => ({
  file,
  line,
  column,
  message,
  severity,
});

test('tsc, plain and coloured', () => {
  expect(findProblems("src/index.ts(3,7): error TS2322: Type 'string' is not assignable.\n")).toEqual([
    at('src/index.ts', 3, 7, "TS2322: Type 'string' is not assignable."),
  ]);
  const pretty =
    '\x1b[96msrc/a b.ts\x1b[0m:\x1b[93m3\x1b[0m:\x1b[93m7\x1b[0m - \x1b[91merror\x1b[0m\x1b[90m TS2322: \x1b[0mNo.\n\n3 const x\n';
  expect(findProblems(pretty)).toEqual([at('src/a b.ts', 3, 7, 'TS2322: No.')]);
});

test('file:line:column message, with Windows paths', () => {
  expect(findProblems('C:\\m\\src\\index.ts:12:5 Expected ";" but found "x"')).toEqual([
    at('C:\\m\\src\\index.ts', 12, 5, 'Expected ";" but found "x"'),
  ]);
  expect(findProblems('src/index.ts:1:20: error: Could not resolve "x"\nsrc/index.ts:2:1: warning: odd')).toEqual([
    at('src/index.ts', 1, 20, 'Could not resolve "x"'),
    at('src/index.ts', 2, 1, 'odd', 'warning'),
  ]);
});

test('esbuild prints the message first', () => {
  expect(findProblems('✘ [ERROR] Could not resolve "./missing"\n\n    src/index.ts:4:17:\n      4 │ import\n')).toEqual(
    [at('src/index.ts', 4, 17, 'Could not resolve "./missing"')],
  );
});

test('rolldown draws a box', () => {
  const output =
    "[UNRESOLVED_IMPORT] Could not resolve './x' in src/index.ts\n   ╭─[ src/index.ts:1:20 ]\n   │\n 1 │ import\n";
  expect(findProblems(output)).toEqual([at('src/index.ts', 1, 20, "Could not resolve './x' in src/index.ts")]);
});

test('an exception while the module is described points at the first frame with a source file', () => {
  const output = 'TypeError: x is not a function\n    at makeTable (src/index.ts:9:11)\n    at src/index.ts:20:1\n';
  expect(findProblems(output)).toEqual([at('src/index.ts', 9, 11, 'x is not a function')]);
});

test('times, URLs and addresses are no places', () => {
  expect(findProblems('Uploading to local => http://127.0.0.1:3000\n12:30:11 done\nError: it is over\n')).toEqual([]);
});
