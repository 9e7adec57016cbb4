/** Unfinished and hostile text: no crash, and the incremental reading equals the fresh one. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { Problem } from '../schema/problem.ts';
import { Edit, loadParser } from './extract/typescript/parser.ts';
import { analyzeModule } from './module-analysis.ts';
import { SourceStore } from './source-store.ts';
import { analyzeFiles } from './testing/caret-spec.ts';

const fixture = (name: string): string =>
  readFileSync(new URL(`../test/fixtures/${name}/spacetimedb/src/index.ts`, import.meta.url), 'utf8');
const problemsOf = (text: string): readonly Problem[] => analyzeFiles(new Map([['src/index.ts', text]])).problems;

test.each(['chat', 'accounts'])('the %s module has no problem', (name) => {
  expect(problemsOf(fixture(name))).toEqual([]);
});

test('the chat module cut off anywhere has no problem that the cut alone causes', () => {
  const text = fixture('chat');
  const said = new Set<string>();
  for (let length = 0; length < text.length; length++) {
    for (const { rule } of problemsOf(text.slice(0, length))) said.add(rule);
  }
  expect([...said]).toEqual([]);
});

test('text in which a stretch is missing is read without a crash', () => {
  const text = fixture('chat');
  for (let start = 0; start < text.length; start += 7) {
    expect(problemsOf(text.slice(0, start) + text.slice(start + 60))).toBeInstanceOf(Array);
  }
});

test.each([
  [
    'import cycles',
    "import { a } from './a';\nexport const b = a;",
    "import { b } from './index';\nexport const a = b;",
  ],
  ['export cycles', "export * from './a';", "export * from './index';"],
  ['a constant that needs itself', 'const a = b; const b = a; export { a };', ''],
  ['a function that calls itself', 'const f = () => f(); export default f();', ''],
  ['a type that contains itself', "import { t } from 'spacetimedb/server'; const a = t.array(a);", ''],
  ['deep nesting', `export const a = ${'['.repeat(3000)}${']'.repeat(3000)};`, ''],
  ['no TypeScript at all', '\u0001\u0002{{{]]]"\'`', '\ufeff'],
])('%s end', (_name, index, other) => {
  const files = new Map([
    ['src/index.ts', index],
    ['src/a.ts', other],
  ]);
  expect(analyzeFiles(files).problems).toBeInstanceOf(Array);
});

test('typing a module letter by letter gives what reading it at once gives', async () => {
  const text = fixture('accounts').replace('balance: t.i64()', 'balance: t.string().primaryKey()');
  const store = new SourceStore(await loadParser());
  const file = '/module/src/index.ts';
  store.open(file, '');
  let typed = '';
  const point = (): { row: number; column: number } => {
    const lines = typed.split('\n');
    return { row: lines.length - 1, column: lines.at(-1)?.length ?? 0 };
  };
  for (const letter of text.match(/[\s\S]{1,3}/g) ?? []) {
    const startIndex = typed.length;
    const startPosition = point();
    typed += letter;
    const edit = { startIndex, oldEndIndex: startIndex, newEndIndex: typed.length };
    store.change(file, typed, [
      new Edit({ ...edit, startPosition, oldEndPosition: startPosition, newEndPosition: point() }),
    ]);
  }
  const incremental = analyzeModule({ root: '/module', entry: file }, store.read, []);
  const fresh = analyzeFiles(new Map([['src/index.ts', text]]));
  expect(incremental.problems.map(({ rule }) => rule)).toEqual(['pk-multiple']);
  expect(incremental.extraction.raw).toEqual(fresh.extraction.raw);
  expect(incremental.extraction.positions).toEqual(fresh.extraction.positions);
});
