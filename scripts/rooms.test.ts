import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { checkRooms, forbidden, importReader } from './rooms.ts';

test.each([
  ['schema/names.ts', '../standalone/main.ts', 'the room schema may not import standalone'],
  ['standalone/sql/run.ts', '../../language-server/main.ts', 'the room standalone may not import language-server'],
  ['language-server/main.ts', '../extension/errors.ts', 'the room language-server may not import extension'],
  ['webviews/table/main.tsx', '../../extension/errors.ts', 'the room webviews may not import extension'],
  ['extension/main.ts', '../webviews/table/main.tsx', 'the room extension may not import webviews'],
  ['extension/main.ts', '../standalone/main.ts', 'the room extension may not import standalone'],
  ['extension/main.test.ts', '../test/support/wait.ts', 'the room extension may not import test'],
  ['schema/names.ts', 'node:fs', 'the room schema may not import Node modules'],
  ['schema/names.ts', 'fs/promises', 'the room schema may not import Node modules'],
  ['schema/names.ts', 'vscode', 'the room schema may not import vscode'],
  ['schema/names.test.ts', 'vscode', 'the room schema may not import vscode'],
  ['standalone/main.ts', 'vscode', 'the room standalone may not import vscode'],
  ['webviews/ui/grid.ts', 'node:path', 'the room webviews may not import Node modules'],
  ['schema/names.ts', '../../elsewhere.ts', 'the room schema may not import what is outside the repository'],
])('%s may not import %s', (file, specifier, why) => {
  expect(forbidden(file, specifier)).toBe(why);
});

test.each([
  ['standalone/sql/run.ts', '../../schema/names.ts'],
  ['standalone/sql/run.ts', '../datastore/rows.ts'],
  ['extension/main.ts', '../webviews/protocol.ts'],
  ['extension/main.ts', 'vscode'],
  ['extension/contributions.test.ts', '../package.json'],
  ['schema/names.test.ts', 'node:fs'],
  ['schema/rules/index.ts', '@noble/hashes/sha3.js'],
  ['language-server/main.ts', 'vscode-languageserver/node'],
  ['test/vscode/suite/a.test.ts', '../../../extension/errors.ts'],
])('%s may import %s', (file, specifier) => {
  expect(forbidden(file, specifier)).toBeUndefined();
});

test('every form of import is seen, with its line', async () => {
  const readImports = await importReader();
  const source = `import a from './a.ts';
import type { B } from "./b.ts";
import './c.ts';
export { d } from './d.ts';
export * from './e.ts';
const f = await import('./f.ts');
const g = require('./g.ts');
type H = import('./h.ts').H;
// import './comment.ts'
const text = "import './string.ts'";
export const plain = 1;
`;
  expect(readImports(source, 'x.ts')).toEqual(
    ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].map((name, i) => ({ specifier: `./${name}.ts`, line: i + 1 })),
  );
  const element = `import { x } from './x.ts';\nexport const view = <p title="import('./no.ts')">{import('./y.ts')}</p>;\n`;
  expect(readImports(element, 'view.tsx').map(({ specifier }) => specifier)).toEqual(['./x.ts', './y.ts']);
});

test('a forbidden import in a tree of rooms is reported with file and line', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'rooms-'));
  const files = {
    'schema/names.ts': "\nimport type { Main } from '../standalone/main.ts';\n",
    'standalone/main.ts': "import '../schema/names.ts';\n",
    'webviews/table/main.tsx': "export const load = () => import('../../extension/main.ts');\n",
    'test/fixtures/chat/client.ts': "import '../../../elsewhere.ts';\n",
  };
  for (const [file, text] of Object.entries(files)) {
    await mkdir(dirname(join(directory, file)), { recursive: true });
    await writeFile(join(directory, file), text);
  }
  expect(await checkRooms(directory)).toEqual([
    'schema/names.ts:2 imports ../standalone/main.ts: the room schema may not import standalone',
    'webviews/table/main.tsx:1 imports ../../extension/main.ts: the room webviews may not import extension',
  ]);
  await rm(directory, { recursive: true });
});
