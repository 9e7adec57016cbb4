/** Panels with what people's modules really hold: names that clash with JavaScript's own, options, bugs, republishing. */
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Frame } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { until } from '../until.ts';
import { openWorkbench, type Workbench } from '../workbench.ts';
import { type ChatWorkspace, createChatWorkspace, packagedExtension } from './chat-workspace.ts';

const moduleText = `
import { schema, t, table } from 'spacetimedb/server';
const odd = table({ public: true }, { constructor: t.string(), id: t.u32().primaryKey(), note: t.option(t.string()) });
const db = schema({ odd });
export default db;
export const add = db.reducer({ constructor: t.string(), id: t.u32(), note: t.option(t.string()) }, (ctx, row) => {
  ctx.db.odd.insert({ ...row, note: row.note });
});
export const crash = db.reducer(() => {
  throw new Error('a bug');
});
`;

let chat: ChatWorkspace;
let workbench: Workbench;

beforeAll(async () => {
  chat = await createChatWorkspace();
  await chat.writeSource(moduleText);
  workbench = await openWorkbench({ folder: chat.folder, extensions: [packagedExtension()] });
  await workbench.runCommand('SpacetimeDB: Publish Module');
  await workbench
    .notification(/Published “chat”/)
    .first()
    .waitFor({ timeout: 60_000 });
}, 180_000);
afterEach(async ({ task }) => {
  if (task.result?.state === 'fail')
    await workbench.screenshot(`failed-${task.name.slice(0, 40).replaceAll(/\W+/g, '-')}`);
});
afterAll(async () => {
  await workbench?.close();
  await chat?.remove();
});

const tabs = () => workbench.page.locator('.tabs-container .tab').allInnerTexts();
/** Resolves once the element has the focus. */
const hasFocus = (frame: Frame, selector: string) => frame.locator(`${selector}:focus-within`).waitFor();

async function openForm(reducer: string): Promise<Frame> {
  await workbench
    .treeItem(new RegExp(`^${reducer}, reducer`))
    .first()
    .click();
  return workbench.webview(`vscode-button:has-text("Call ${reducer}")`);
}

test('a form is filled with keys alone: wrong fields get the focus, an option may stay none', async () => {
  const form = await openForm('add');
  await hasFocus(form, '#argument-constructor');
  await workbench.type('first');
  await workbench.page.keyboard.press('Control+Enter');
  await hasFocus(form, '#argument-id');
  await workbench.type('1');
  await workbench.page.keyboard.press('Control+Enter');
  await form.getByText('Committed').waitFor();
});

test('a column named constructor has its place beside the others', async () => {
  await workbench
    .treeItem(/^odd, table/)
    .first()
    .click();
  // The form's list of calls says "first" as well.
  const panel = await workbench.webview('.grid-row:has-text("first")');
  const [left, right] = await Promise.all([
    panel.getByRole('columnheader', { name: /^constructor/ }).boundingBox(),
    panel.getByRole('columnheader', { name: /id/ }).boundingBox(),
  ]);
  expect(left?.y).toBe(right?.y);
  expect((left?.x ?? 0) + (left?.width ?? 0)).toBeLessThanOrEqual((right?.x ?? 0) + 1);
  const grid = panel.getByRole('grid');
  await hasFocus(panel, '.grid');
  await workbench.page.keyboard.press('ArrowRight');
  await until(async () => (await grid.getAttribute('aria-activedescendant')) === 'cell-0-1', { what: 'the next cell' });
  await workbench.screenshot('panels-odd-names');
});

test('one form serves a database, its title follows, and a bug is called a bug', async () => {
  const form = await openForm('crash');
  expect((await tabs()).filter((title) => title.startsWith('Call '))).toEqual(['Call crash']);
  await form.locator('vscode-button', { hasText: 'Call crash' }).click();
  await form.getByText('The reducer threw an error').waitFor();
  await form.getByRole('combobox').click();
  await form.getByRole('option', { name: /^add/ }).click();
  await until(async () => (await tabs()).includes('Call add'), { what: 'the title of the chosen reducer' });
});

test('a database that somebody deleted says so, and one button brings it back', async () => {
  const cli = path.join(workbench.server.home, '..', 'extensions');
  const { stdout } = await promisify(execFile)('find', [cli, '-path', '*/dist/spacetime.cjs']);
  const env = { ...process.env, HOME: workbench.server.home };
  const args = [stdout.trim(), 'delete', 'chat', '-s', 'http://127.0.0.1:3000', '--yes', '--no-config'];
  await promisify(execFile)(process.execPath, args, { env, cwd: chat.folder });
  await workbench.treeItem(/database chat, not published/).waitFor();
  const form = await workbench.webview('.banner');
  await form.getByText('is not on the server').waitFor();
  await workbench.screenshot('panels-deleted');
  await form.locator('.banner vscode-button', { hasText: 'Publish Module' }).click();
  await workbench.treeItem(/database chat, connected/).waitFor({ timeout: 60_000 });
  await form.locator('.banner').waitFor({ state: 'detached' });
});
