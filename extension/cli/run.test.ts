import { expect, test } from 'vitest';
import { UserError } from '../errors.ts';
import type { Tool } from './find-tool.ts';
import { runTool } from './run.ts';

const node = (script: string): Tool => ({
  source: 'setting',
  command: process.execPath,
  prefixArgs: ['-e', script],
  env: { FROM_TOOL: 'yes' },
  location: process.execPath,
});
const cwd = process.cwd();

test('collects both streams and the exit code, with arguments passed unchanged', async () => {
  const tool = node('console.log(process.argv[1], process.env.FROM_TOOL); console.error("no"); process.exitCode = 3');
  const seen: string[] = [];
  const result = await runTool(tool, ['a "b" $HOME *'], { cwd, onOutput: (text) => seen.push(text) });
  expect(result).toEqual({ exitCode: 3, stdout: 'a "b" $HOME * yes\n', stderr: 'no\n', aborted: false });
  expect(seen.sort()).toEqual(['a "b" $HOME * yes\n', 'no\n']);
});

test('an abort ends the process and its children', async () => {
  const tool = node(`require('node:child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'],
    { stdio: 'inherit' }); console.log('up'); setInterval(() => {}, 1000)`);
  const abort = new AbortController();
  // The child inherits our pipes: "close" comes only when it is gone, too.
  const result = await runTool(tool, [], { cwd, signal: abort.signal, onOutput: () => abort.abort() });
  expect(result.aborted).toBe(true);
  expect(result.exitCode).toBe(null);
});

test('a program that is not there is an error for people', async () => {
  const tool: Tool = { ...node(''), command: '/nowhere/spacetime' };
  await expect(runTool(tool, [], { cwd })).rejects.toThrow(UserError);
  await expect(runTool(tool, [], { cwd })).rejects.toThrow('the setting spacetimedb.path names');
  const gone = runTool({ ...tool, source: 'PATH' }, [], { cwd });
  await expect(gone).rejects.toMatchObject({ action: 'refresh', message: expect.not.stringContaining('setting') });
});
