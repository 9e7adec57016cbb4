/** The extension in a real VS Code: activation, save → bindings written, publish, first rows in the explorer. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type ChatWorkspace, createChatWorkspace, packagedExtension } from '../vscode/screen/chat-workspace.ts';
import { until } from '../vscode/until.ts';
import { openWorkbench, type Workbench } from '../vscode/workbench.ts';
import { median, metric } from './metric.ts';

export async function benchWorkbench(): Promise<void> {
  const chat = await createChatWorkspace();
  const workbench = await openWorkbench({ folder: chat.folder, extensions: [packagedExtension()] });
  try {
    await workbench.statusBar(/SpacetimeDB .*embedded/).waitFor();
    metric('save_to_bindings', await saveToBindings(workbench, chat), 'ms');
    metric('publish_command', await publishCommand(workbench), 'ms');
    metric('first_rows', await firstRows(workbench, chat), 'ms');
    metric('activation', await activationTime(workbench), 'ms');
  } finally {
    await workbench.close();
    await chat.remove();
  }
}

/** What VS Code itself measured: loading the code and calling activate. */
async function activationTime(workbench: Workbench): Promise<number> {
  await workbench.runCommand('Developer: Show Running Extensions');
  const row = workbench.page
    .locator('.runtime-extensions-editor .extension')
    .filter({ hasText: 'SpacetimeDB Workbench' });
  await row.waitFor();
  const text = (await row.textContent()) ?? '';
  const found = /(\d+)\s*ms/.exec(text);
  if (!found) throw new Error(`VS Code shows no activation time: ${text}`);
  return Number(found[1]);
}

async function saveToBindings(workbench: Workbench, chat: ChatWorkspace): Promise<number> {
  await workbench.openFile('spacetimedb/src/index.ts');
  const samples: number[] = [];
  for (let i = 0; i < 5; i++) {
    await workbench.page.keyboard.press('Control+End');
    await workbench.insert(`\nexport const extra_${i} = db.reducer(() => {});\n`);
    const begin = performance.now();
    await workbench.page.keyboard.press('Control+S');
    await until(async () => (await chat.bindings())?.text.includes(`extra_${i}`), { what: 'new bindings' });
    samples.push(performance.now() - begin);
  }
  return median(samples);
}

async function publishCommand(workbench: Workbench): Promise<number> {
  await workbench.runCommand('Notifications: Clear All Notifications');
  const begin = performance.now();
  await workbench.runCommand('SpacetimeDB: Publish Module');
  await workbench
    .notification(/Published “chat”/)
    .first()
    .waitFor({ timeout: 60_000 });
  return performance.now() - begin;
}

/** From the click on a table to its first row on screen, with a panel that VS Code has to load. */
async function firstRows(workbench: Workbench, chat: ChatWorkspace): Promise<number> {
  await workbench.showContainer('SpacetimeDB');
  const server = workbench.treeItem(/127\.0\.0\.1:\d+/).first();
  const host = /127\.0\.0\.1:\d+/.exec((await server.textContent()) ?? '')?.[0];
  await chat.sendFromElsewhere(`http://${host}`, 'a row to wait for');
  const samples: number[] = [];
  for (let i = 0; i < 3; i++) {
    const begin = performance.now();
    await workbench
      .treeItem(/^message/)
      .first()
      .click();
    await workbench.webview('text=a row to wait for');
    samples.push(performance.now() - begin);
    await workbench.runCommand('View: Close All Editors');
    await sleep(300);
  }
  return median(samples);
}
