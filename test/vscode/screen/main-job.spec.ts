/**
 * The main job on screen, steps 1 to 8, in one window and in order: each step begins where the one before ended.
 * A picture per step is kept in artifacts/screens.
 */
import { createServer } from 'node:http';
import type { Frame } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { until } from '../until.ts';
import { openWorkbench, type Workbench } from '../workbench.ts';
import { type ChatWorkspace, createChatWorkspace, packagedExtension } from './chat-workspace.ts';

let chat: ChatWorkspace;
let workbench: Workbench;
let original: string;

beforeAll(async () => {
  chat = await createChatWorkspace();
  original = await chat.source();
  workbench = await openWorkbench({ folder: chat.folder, extensions: [packagedExtension()] });
});
afterEach(async ({ task }) => {
  if (task.result?.state === 'fail')
    await workbench.screenshot(`failed-${task.name.slice(0, 40).replaceAll(/\W+/g, '-')}`);
});
afterAll(async () => {
  await workbench?.close();
  await chat?.remove();
});

/** Replaces the whole text of the open editor, as pasting does. */
async function replaceText(text: string): Promise<void> {
  await workbench.editor.click();
  await workbench.page.keyboard.press('Control+A');
  await workbench.insert(text);
}

async function openEntry(): Promise<void> {
  await workbench.openFile('spacetimedb/src/index.ts');
}

/** Address of the server that the tree shows, for instance `http://127.0.0.1:3000`. */
async function serverUri(): Promise<string> {
  await workbench.showContainer('SpacetimeDB');
  const item = workbench.treeItem(/127\.0\.0\.1:\d+/).first();
  await item.waitFor();
  const host = /127\.0\.0\.1:\d+/.exec((await item.textContent()) ?? '');
  if (!host) throw new Error('the tree shows no server');
  return `http://${host[0]}`;
}

const closeNotifications = () => workbench.runCommand('Notifications: Clear All Notifications');

test('1. installed, it activates in a workspace with a module and says which SpacetimeDB it uses', async () => {
  await workbench.statusBar(/SpacetimeDB .*embedded/).waitFor();
  await workbench.showContainer('SpacetimeDB');
  await workbench.page
    .getByRole('link', { name: 'Publish Module' })
    .or(workbench.page.getByRole('button', { name: 'Publish Module' }))
    .first()
    .waitFor();
  await workbench.screenshot('step-1-installed');
});

const rules: { id: string; change: (source: string) => string }[] = [
  {
    id: 'auto-inc-not-integer',
    change: (s) => s.replace('identity: t.identity().primaryKey()', 'identity: t.identity().primaryKey().autoInc()'),
  },
  { id: 'pk-multiple', change: (s) => s.replace('text: t.string(),\n  }', 'text: t.string().primaryKey(),\n  }') },
  {
    id: 'table-name-duplicate',
    change: (s) => s.replace('schema({ user, message })', 'schema({ user, message, User: table({}, { x: t.u8() }) })'),
  },
  { id: 'function-name-duplicate', change: (s) => `${s}\nexport const setName = db.reducer(() => {});\n` },
  {
    id: 'index-unknown-column',
    change: (s) =>
      s.replace(
        'const message = table(\n  { public: true },',
        "const message = table(\n  { public: true, indexes: [{ accessor: 'byRoom', algorithm: 'btree', columns: ['room' as never] }] },",
      ),
  },
  { id: 'lifecycle-duplicate', change: (s) => `${s}\nexport const again = db.init(() => {});\n` },
  {
    id: 'schedule-missing-at-column',
    change: (s) =>
      s
        .replace(
          'const db = schema({ user, message });',
          'const timer = table({}, { id: t.u64().primaryKey().autoInc() });\nconst db = schema({ user, message, timer });',
        )
        .concat('\nexport const tick = db.reducer({ onSchedule: timer }, { row: timer.rowType }, () => {});\n'),
  },
  { id: 'unexported-registration', change: (s) => s.replace('export const send_message', 'const send_message') },
];

test('2. every rule puts a squiggle where it belongs, and it goes when the cause goes', async () => {
  await openEntry();
  const problems = await workbench.problems();
  for (const { id, change } of rules) {
    const broken = change(original);
    expect(broken, `the change for ${id} must change something`).not.toBe(original);
    await replaceText(broken);
    await problems.filter({ hasText: id }).first().waitFor({ timeout: 10_000 });
    // The editor only draws the lines in view: choosing the problem brings its line there.
    await problems.filter({ hasText: id }).first().click();
    await workbench.page
      .locator('.monaco-editor .squiggly-error, .monaco-editor .squiggly-warning')
      .first()
      .waitFor({ state: 'attached' });
    if (id === 'pk-multiple') await workbench.screenshot('step-2-check-while-typing');
    await replaceText(original);
    await problems.filter({ hasText: id }).first().waitFor({ state: 'detached', timeout: 10_000 });
  }
});

test('2. typed by hand, the squiggle sits on the offending word', async () => {
  await openEntry();
  const line = original.split('\n').findIndex((l) => l.includes('text: t.string(),')) + 1;
  const column = (original.split('\n')[line - 1] ?? '').indexOf(',') + 1;
  await workbench.goTo(line, column);
  await workbench.type('.primaryKey()');
  const squiggle = workbench.squiggles('error').first();
  await squiggle.waitFor({ state: 'attached' });
  const word = workbench.editor
    .locator('.view-line')
    .filter({ hasText: 'text: t.string().primaryKey()' })
    .getByText('primaryKey', { exact: true })
    .last();
  // The editor draws a line anew when its colours arrive, so both are looked at until they are on screen together.
  const { under, marked } = await until(
    async () => {
      const [under, marked] = [await word.boundingBox(), await squiggle.boundingBox()];
      return under && marked && { under, marked };
    },
    { what: 'the word and its squiggle', timeoutMs: 10_000 },
  );
  expect(Math.abs(under.x - marked.x)).toBeLessThan(3);
  expect(Math.abs(under.width - marked.width)).toBeLessThan(3);
  for (let i = 0; i < '.primaryKey()'.length; i++) await workbench.page.keyboard.press('Backspace');
  await squiggle.waitFor({ state: 'detached' });
});

test('3. saving generates the bindings; a failure is shown where it is caused, and the next save mends it', async () => {
  expect(await chat.bindings()).toBeUndefined();
  await openEntry();
  await replaceText(`${original}\nexport const shout = db.reducer({ text: t.string() }, () => {});\n`);
  await workbench.save();
  await until(async () => (await chat.bindings())?.text.includes('ShoutReducer'), {
    what: 'bindings with the new reducer',
    timeoutMs: 20_000,
  });
  await workbench.statusBar(/Bindings/).waitFor();
  await workbench.screenshot('step-3-generated');

  await replaceText(original.replace('if (!text)', 'if (!texts)'));
  await workbench.save();
  const problems = await workbench.problems();
  await problems.filter({ hasText: /texts/ }).first().waitFor({ timeout: 20_000 });
  await workbench
    .statusBar(/Bindings/)
    .filter({ hasText: /fail|error/i })
    .waitFor();
  await workbench.screenshot('step-3-failed');

  await openEntry();
  await replaceText(original);
  await workbench.save();
  await until(async () => !(await chat.bindings())?.text.includes('ShoutReducer'), {
    what: 'bindings without the reducer',
    timeoutMs: 20_000,
  });
  await problems.filter({ hasText: /texts/ }).first().waitFor({ state: 'detached' });
});

test('4. publishing starts a server, builds, publishes, says so and shows the database', async () => {
  await workbench.runCommand('SpacetimeDB: Publish Module');
  await workbench
    .notification(/Published “chat”/)
    .first()
    .waitFor({ timeout: 60_000 });
  await workbench.showContainer('SpacetimeDB');
  await workbench
    .treeItem(/^message/)
    .first()
    .waitFor();
  await workbench.treeItem(/^user/).first().waitFor();
  await workbench
    .treeItem(/send_message.*text/)
    .first()
    .waitFor();
  await workbench
    .treeItem(/message.*0 rows/)
    .first()
    .waitFor();
  await workbench.screenshot('step-4-published');
  await closeNotifications();
});

let tablePanel: Frame;

test('5. an opened table shows the row that an independent program inserts, marked as new', async () => {
  const uri = await serverUri();
  expect(await chat.sendFromElsewhere(uri, 'before it was opened')).toContain('before it was opened');
  await workbench
    .treeItem(/^message/)
    .first()
    .click();
  tablePanel = await workbench.webview('text=before it was opened');
  await chat.sendFromElsewhere(uri, 'hello from elsewhere');
  const row = tablePanel.getByRole('row').filter({ hasText: 'hello from elsewhere' });
  await row.waitFor();
  await row.getByText('new').first().waitFor({ state: 'attached' });
  await workbench.screenshot('step-5-live-table');
  await until(async () => (await row.getByText('new', { exact: true }).count()) === 0, {
    what: 'the mark fades',
    timeoutMs: 15_000,
  });
  await workbench
    .treeItem(/message.*2 rows/)
    .first()
    .waitFor({ timeout: 10_000 });
});

test('6. a reducer is called from a form: refused with its own words, then committed', async () => {
  await workbench.runCommand('SpacetimeDB: Call Reducer');
  await workbench.pick('send_message');
  const form = await workbench.webview('section.form');
  await form.getByRole('button', { name: /^Call/ }).click();
  await form.getByText('Messages must not be empty').first().waitFor();
  await workbench.screenshot('step-6-sender-error');
  await form.locator('.argument input, .argument textarea').first().fill('typed into a form');
  await form.getByRole('button', { name: /^Call/ }).click();
  await form
    .getByText(/committed/i)
    .first()
    .waitFor();
  await workbench.screenshot('step-6-committed');
  await workbench.runCommand('SpacetimeDB: Open Table');
  await workbench.pick('message');
  tablePanel = await workbench.webview('.grid-row:has-text("typed into a form")');
});

test('7. latency counts the calls of every client', async () => {
  const uri = await serverUri();
  await workbench.runCommand('SpacetimeDB: Show Reducer Latency');
  const panel = await workbench.webview('text=p95');
  const row = panel.getByRole('row').filter({ hasText: 'send_message' });
  await row.waitFor();
  const calls = async () => Number(/send_message\D*(\d+)/.exec((await row.textContent()) ?? '')?.[1]);
  const before = await calls();
  expect(before).toBeGreaterThanOrEqual(4);
  await chat.sendFromElsewhere(uri, 'counted');
  await until(async () => (await calls()) > before, {
    what: 'the call of another client is counted',
    timeoutMs: 10_000,
  });
  await workbench.screenshot('step-7-latency');
});

test('8. when the server stops, views say so and keep their rows; when it starts, everything is there and goes on', async () => {
  const uri = await serverUri();
  await workbench.runCommand('SpacetimeDB: Open Table');
  await workbench.pick('message');
  tablePanel = await workbench.webview('text=hello from elsewhere');
  await workbench.runCommand('SpacetimeDB: Stop Server');
  await tablePanel
    .getByText(/Disconnected/)
    .first()
    .waitFor();
  await tablePanel.getByText('hello from elsewhere').waitFor();
  await workbench
    .treeItem(/127\.0\.0\.1:\d+.*stopped/)
    .first()
    .waitFor();
  await workbench.screenshot('step-8-disconnected');
  await workbench.page.getByRole('tab', { name: /^Call send_message/ }).click();
  const form = await workbench.webview('section.form');
  await form
    .getByText(/Disconnected/)
    .first()
    .waitFor();
  await workbench.page.getByRole('tab', { name: /^Latency/ }).click();
  const latency = await workbench.webview('text=p95');
  await latency
    .getByText(/Disconnected/)
    .first()
    .waitFor();
  await workbench.screenshot('step-8-disconnected-latency');
  await workbench.page.getByRole('tab', { name: /^message/ }).click();
  tablePanel = await workbench.webview('text=hello from elsewhere');

  await workbench.runCommand('SpacetimeDB: Start Server');
  await tablePanel.getByText('Live').first().waitFor({ timeout: 30_000 });
  await tablePanel.getByText('typed into a form').waitFor();
  expect(await serverUri()).toBe(uri);
  await chat.sendFromElsewhere(uri, 'after the restart');
  await tablePanel.getByText('after the restart').waitFor();
  await workbench.screenshot('step-8-resumed');
});

test('8. a publish that the rules refuse says why and loses nothing', async () => {
  await openEntry();
  await replaceText(
    original
      .replace('text: t.string(),\n  }', 'text: t.string(),\n    stars: t.u8(),\n  }')
      .replace('ctx.timestamp, text }', 'ctx.timestamp, text, stars: 0 }'),
  );
  await workbench.save();
  await workbench.runCommand('SpacetimeDB: Publish Module');
  const refusal = workbench.notification(/was not published/).first();
  await refusal.waitFor({ timeout: 60_000 });
  expect(await refusal.textContent()).toContain(
    'Adding a column stars to table message requires a default value annotation',
  );
  await workbench.screenshot('step-8-refused');
  await closeNotifications();
  await openEntry();
  await replaceText(original);
  await workbench.save();
  await workbench.runCommand('SpacetimeDB: Publish Module');
  await workbench
    .notification(/Updated “chat”/)
    .first()
    .waitFor({ timeout: 60_000 });
  await closeNotifications();
  const uri = await serverUri();
  await workbench
    .treeItem(/^message/)
    .first()
    .click();
  tablePanel = await workbench.webview('text=hello from elsewhere');
  await chat.sendFromElsewhere(uri, 'nothing was lost');
  await tablePanel.getByText('nothing was lost').waitFor();
});

test('8. a module that does not build says where, and the database goes on', async () => {
  await openEntry();
  await replaceText(original.replace("from 'spacetimedb/server'", "from 'spacetimedb/serfer'"));
  await workbench.save();
  await workbench.runCommand('SpacetimeDB: Publish Module');
  await workbench
    .notification(/does not build/)
    .first()
    .waitFor({ timeout: 60_000 });
  await workbench.screenshot('step-8-build-failed');
  await closeNotifications();
  await openEntry();
  await replaceText(original);
  await workbench.save();
});

test('8. a taken port is stepped around', async () => {
  await workbench.runCommand('SpacetimeDB: Stop Server');
  await workbench
    .treeItem(/127\.0\.0\.1:3000.*stopped/)
    .first()
    .waitFor();
  const other = createServer((_request, response) => response.writeHead(404).end('not a SpacetimeDB'));
  await new Promise<void>((resolve, reject) => other.once('error', reject).listen(3000, '127.0.0.1', resolve));
  try {
    await workbench.runCommand('SpacetimeDB: Start Server');
    await until(async () => !(await serverUri()).endsWith(':3000'), {
      what: 'a server on another port',
      timeoutMs: 30_000,
    });
    const uri = await serverUri();
    await until(async () => (await fetch(`${uri}/v1/ping`)).ok, { what: 'an answer on the other port' });
    await chat.sendFromElsewhere(uri, 'on another port');
  } finally {
    await new Promise((resolve) => other.close(resolve));
  }
});

test('every view in light and dark, wide and narrow', async () => {
  await workbench
    .treeItem(/^message/)
    .first()
    .click();
  await workbench.webview('text=hello from elsewhere');
  for (const theme of ['light', 'dark'] as const) {
    await workbench.setTheme(theme);
    for (const width of [1280, 700]) {
      await workbench.resize({ width, height: 800 });
      await workbench.screenshot(`look-table-${theme}-${width}`);
    }
    await workbench.resize({ width: 1280, height: 800 });
  }
  for (const [command, marker, name] of [
    ['SpacetimeDB: Show Reducer Latency', 'text=p95', 'latency'],
    ['SpacetimeDB: Call Reducer', 'section.form', 'reducer'],
  ] as const) {
    await workbench.runCommand(command);
    if (name === 'reducer') await workbench.pick('send_message');
    await workbench.webview(marker);
    for (const theme of ['light', 'dark'] as const) {
      await workbench.setTheme(theme);
      for (const width of [1280, 700]) {
        await workbench.resize({ width, height: 800 });
        await workbench.screenshot(`look-${name}-${theme}-${width}`);
      }
    }
    await workbench.resize({ width: 1280, height: 800 });
  }
});

test('nothing reached for the network', () => {
  expect(workbench.browser.refused).toEqual([]);
});
