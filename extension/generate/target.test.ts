import { expect, test } from 'vitest';
import type { ModuleTarget } from '../module/config.ts';
import { concernsModule, generateArguments } from './target.ts';

const target: ModuleTarget = {
  root: '/w',
  modulePath: '/w/spacetimedb',
  configFile: '/w/spacetime.json',
  database: 'chat',
  server: undefined,
  hasGenerateEntries: false,
};
const having =
  (...files: string[]) =>
  async (file: string) =>
    files.includes(file);

test('explicit flags for the client next to the module', async () => {
  expect(await generateArguments(target, having('/w/package.json'))).toEqual({
    args: [
      'generate',
      '--lang',
      'typescript',
      '--out-dir',
      '/w/src/module_bindings',
      '--module-path',
      '/w/spacetimedb',
      '--no-config',
      '--yes',
    ],
    cwd: '/w',
  });
});

test('entries of spacetime.json win', async () => {
  expect(await generateArguments({ ...target, hasGenerateEntries: true }, having())).toEqual({
    args: ['generate', 'chat', '--yes'],
    cwd: '/w',
  });
});

test('nothing is written where there is no client', async () => {
  expect(await generateArguments(target, having())).toBe(undefined);
  const alone = { ...target, root: '/w', modulePath: '/w' };
  expect(await generateArguments(alone, having('/w/package.json'))).toBe(undefined);
  expect(await generateArguments(target, having('/w/src/module_bindings'))).toMatchObject({ cwd: '/w' });
});

test('files that make the module', () => {
  const yes = ['/w/m/src/index.ts', '/w/m/src/deep/x.js', '/w/m/package.json', '/w/m/tsconfig.json'];
  const no = [
    '/w/m/node_modules/a/index.ts',
    '/w/m/dist/bundle.js',
    '/w/src/main.ts',
    '/w/m/README.md',
    '/w/m2/src/a.ts',
  ];
  expect(yes.filter((file) => !concernsModule('/w/m', file))).toEqual([]);
  expect(no.filter((file) => concernsModule('/w/m', file))).toEqual([]);
});
