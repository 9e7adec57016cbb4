/** The harness itself, against a tiny extension: what the other specs rely on. */
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createVSIX } from '@vscode/vsce';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { until } from '../until.ts';
import { openWorkbench, type Workbench } from '../workbench.ts';

let directory: string;
let workbench: Workbench;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'stdb-spec-'));
  await writeFile(join(directory, 'notes.txt'), 'one line\n');
  const vsix = join(directory, 'sample.vsix');
  const cwd = join(import.meta.dirname, '..', 'sample-extension');
  await createVSIX({ cwd, packagePath: vsix, dependencies: false, allowMissingRepository: true, skipLicense: true });
  workbench = await openWorkbench({ folder: directory, extensions: [vsix] });
});
afterAll(async () => {
  await workbench?.close();
  await rm(directory, { recursive: true, force: true });
});

test('an installed extension shows its tree and its status', async () => {
  await workbench.showContainer('Sample');
  await workbench.treeItem('alpha thing').waitFor();
  await workbench.treeItem('beta thing').waitFor();
  await workbench.statusBar('sample is active').waitFor();
});

test('typing brings a squiggle and a problem, which go when it is mended', async () => {
  await workbench.openFile('notes.txt');
  await workbench.goTo(1, 9);
  await workbench.type(' unfinished');
  await workbench.squiggles('error').first().waitFor({ state: 'attached' });
  const problems = await workbench.problems();
  await problems.filter({ hasText: 'This is not finished.' }).waitFor();
  await workbench.goTo(1, 20);
  for (let i = 0; i < ' unfinished'.length; i++) await workbench.page.keyboard.press('Backspace');
  await workbench.squiggles('error').first().waitFor({ state: 'detached' });
  await workbench.insert('!');
  await workbench.save();
  expect(await readFile(join(directory, 'notes.txt'), 'utf8')).toBe('one line!\n');
});

test('a command asks, is answered, and notifies', async () => {
  await workbench.runCommand('Sample: Greet');
  await workbench.pick('evening');
  await workbench.quickInput.waitFor();
  await workbench.answer('Ada');
  await workbench.notification('Good evening, Ada').first().waitFor();
});

test('two webviews are told apart, and the palette opens from within one', async () => {
  await workbench.runCommand('Sample: Open Two Panels');
  for (const name of ['first', 'second']) {
    const panel = await workbench.webview(`#${name}`);
    await panel.getByRole('button', { name: `Send from ${name}` }).click();
    await panel.getByText(`answer to ${name}`).waitFor();
    await workbench.statusBar(`sample heard ${name}`).waitFor();
  }
  await workbench.runCommand('View: Close All Editors');
  await until(async () => (await workbench.page.locator('iframe.webview').count()) === 0, { what: 'closed panels' });
});

test('the theme and the size change, and a picture is kept', async () => {
  for (const theme of ['light', 'dark'] as const) {
    await workbench.setTheme(theme);
    await workbench.resize({ width: theme === 'light' ? 700 : 1280, height: 800 });
    const picture = await workbench.screenshot(`harness-${theme}`);
    expect((await stat(picture)).size).toBeGreaterThan(5000);
  }
});

test('nothing reached for the network', () => {
  expect(workbench.browser.refused).toEqual([]);
});
