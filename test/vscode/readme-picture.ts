/**
 * Makes the picture of the README, media/screenshot.png, from the packaged extension:
 * `WORKBENCH_TEST_VSIX=… node test/support/run-bundled.ts test/vscode/readme-picture.ts`
 */
import { join } from 'node:path';
import { root } from '../../scripts/paths.ts';
import { createChatWorkspace, packagedExtension } from './screen/chat-workspace.ts';
import { openWorkbench } from './workbench.ts';

const chat = await createChatWorkspace();
const workbench = await openWorkbench({
  folder: chat.folder,
  extensions: [packagedExtension()],
  size: { width: 1720, height: 800 },
  settings: { 'workbench.colorTheme': 'Dark Modern' },
});
try {
  await workbench.openFile('spacetimedb/src/index.ts');
  await workbench.runCommand('SpacetimeDB: Publish Module');
  await workbench
    .notification(/Published “chat”/)
    .first()
    .waitFor({ timeout: 60_000 });
  await workbench.runCommand('Notifications: Clear All Notifications');
  const server = workbench.treeItem(/127\.0\.0\.1:\d+/).first();
  const uri = `http://${/127\.0\.0\.1:\d+/.exec((await server.textContent()) ?? '')?.[0]}`;
  for (const text of [
    'Is anybody here?',
    'Yes! Reading along from another client.',
    'Rows arrive as they are committed.',
  ]) {
    await chat.sendFromElsewhere(uri, text);
  }
  await workbench
    .treeItem(/^message/)
    .first()
    .click();
  await workbench.webview('text=Rows arrive');
  await workbench.runCommand('View: Move Editor into Right Group');
  await workbench.runCommand('View: Focus First Editor Group');
  const lines = (await chat.source()).split('\n');
  const line = lines.findIndex((text) => text.includes('text: t.string(),'));
  await workbench.goTo(line + 1, (lines[line] ?? '').indexOf(',') + 1);
  await workbench.insert('.primaryKey()');
  await workbench.squiggles('error').first().waitFor({ state: 'attached' });
  const panel = await workbench.webview('text=Rows arrive');
  await chat.sendFromElsewhere(uri, 'This one just came in.');
  await panel.getByText('This one just came in.').waitFor();
  await workbench
    .treeItem(/message.*4 rows/)
    .first()
    .waitFor();
  await chat.sendFromElsewhere(uri, 'And this one.');
  await workbench
    .treeItem(/message.*5 rows/)
    .first()
    .waitFor();
  await workbench.page.screenshot({ path: join(root, 'media/screenshot.png') });
} finally {
  await workbench.close();
  await chat.remove();
}
