import { expect, test } from 'vitest';
import { findTool, type ToolSearch } from './find-tool.ts';

const search = (over: Partial<ToolSearch>, existing: string[] = []): ToolSearch => ({
  configured: '',
  env: {},
  platform: 'linux',
  execPath: '/code/code',
  embeddedScript: '/ext/dist/spacetime.cjs',
  isExecutable: async (file) => existing.includes(file),
  ...over,
});

test('the setting wins over everything', async () => {
  const tool = await findTool(search({ configured: '/opt/spacetime', env: { PATH: '/bin' } }, ['/bin/spacetime']));
  expect(tool).toMatchObject({ source: 'setting', command: '/opt/spacetime', prefixArgs: [], env: {} });
});

test('the first folder of PATH that has it wins', async () => {
  const tool = await findTool(search({ env: { PATH: '/a::/b:/c' } }, ['/b/spacetime', '/c/spacetime']));
  expect(tool).toMatchObject({ source: 'PATH', command: '/b/spacetime' });
});

test('without any, the embedded one runs in the VS Code that hosts us', async () => {
  const tool = await findTool(search({ env: { PATH: '/a' } }));
  expect(tool).toEqual({
    source: 'embedded',
    command: '/code/code',
    prefixArgs: ['/ext/dist/spacetime.cjs'],
    env: { ELECTRON_RUN_AS_NODE: '1' },
    location: '/ext/dist/spacetime.cjs',
  });
});

test('Windows: PATHEXT, quotes and a variable named Path', async () => {
  const env = { Path: '"C:\\Program Files\\x";C:\\y', PATHEXT: '.COM;.EXE;.BAT' };
  const tool = await findTool(search({ env, platform: 'win32' }, ['C:\\Program Files\\x\\spacetime.exe']));
  expect(tool).toMatchObject({ source: 'PATH', command: 'C:\\Program Files\\x\\spacetime.exe' });
});

test('Windows: a batch file is not taken, because it would need a shell', async () => {
  const env = { PATH: 'C:\\y', PATHEXT: '.BAT;.EXE' };
  const tool = await findTool(search({ env, platform: 'win32' }, ['C:\\y\\spacetime.bat']));
  expect(tool.source).toBe('embedded');
});
