/** The seam: a `spacetime` on PATH is what every feature uses; a server elsewhere is attached to; other folders are left alone. */
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { spacetimeProgram, startStandalone } from '../../support/standalone.ts';
import { until } from '../until.ts';
import { openWorkbench, type Workbench } from '../workbench.ts';
import { type ChatWorkspace, createChatWorkspace, packagedExtension } from './chat-workspace.ts';

let chat: ChatWorkspace;
let directory: string;
let workbench: Workbench | undefined;

beforeEach(async () => {
  chat = await createChatWorkspace();
  directory = await mkdtemp(path.join(tmpdir(), 'stdb-seam-'));
});
afterEach(async ({ task }) => {
  if (task.result?.state === 'fail')
    await workbench?.screenshot(`failed-seam-${task.name.slice(0, 30).replaceAll(/\W+/g, '-')}`);
  await workbench?.close();
  workbench = undefined;
  await chat.remove();
  await rm(directory, { recursive: true, force: true });
});

/**
 * A program called `spacetime` that writes down how it was called and then does what the embedded one does, and an
 * environment in which it is on PATH as people have it: VS Code takes PATH from the login shell.
 */
async function recordingLauncher(): Promise<{ env: NodeJS.ProcessEnv; calls(): Promise<string[]> }> {
  const record = path.join(directory, 'calls.txt');
  const home = path.join(directory, 'home');
  const programs = path.join(directory, 'bin');
  const program = path.join(programs, 'spacetime');
  await Promise.all([mkdir(home), mkdir(programs)]);
  await writeFile(record, '');
  await writeFile(
    program,
    `#!/bin/sh\necho "$*" >> '${record}'\nexec '${process.execPath}' '${spacetimeProgram}' "$@"\n`,
  );
  await chmod(program, 0o755);
  await writeFile(path.join(home, '.profile'), `PATH='${programs}':"$PATH"\n`);
  return {
    env: { HOME: home, PATH: `${programs}${path.delimiter}${process.env.PATH}` },
    calls: async () => (await readFile(record, 'utf8')).split('\n').filter((line) => line !== ''),
  };
}

async function openEntry(opened: Workbench): Promise<void> {
  await opened.openFile('spacetimedb/src/index.ts');
}

test('with a program on PATH, everything goes through that program', async () => {
  const launcher = await recordingLauncher();
  workbench = await openWorkbench({
    folder: chat.folder,
    extensions: [packagedExtension()],
    env: launcher.env,
  });
  await workbench.statusBar(/SpacetimeDB .*PATH/).waitFor();
  await openEntry(workbench);
  await workbench.goTo(1, 1);
  await workbench.insert('// saved\n');
  await workbench.save();
  await until(async () => chat.bindings(), { what: 'bindings', timeoutMs: 20_000 });
  await workbench.runCommand('SpacetimeDB: Publish Module');
  await workbench
    .notification(/Published “chat”/)
    .first()
    .waitFor({ timeout: 60_000 });
  await workbench
    .treeItem(/^message/)
    .first()
    .click();
  await workbench.webview('text=No rows yet');
  const calls = await launcher.calls();
  for (const command of ['--version', 'generate', 'start', 'publish', 'login show']) {
    expect(
      calls.some((call) => call.includes(command)),
      `a call of ${command}`,
    ).toBe(true);
  }
  expect(calls.filter((call) => call.includes('eyJ'))).toEqual([]);
  await workbench.screenshot('seam-program-on-path');
});

test('with a server running elsewhere, nothing is started', async () => {
  const launcher = await recordingLauncher();
  const elsewhere = await startStandalone();
  try {
    workbench = await openWorkbench({
      folder: chat.folder,
      extensions: [packagedExtension()],
      env: launcher.env,
      settings: { 'spacetimedb.server': elsewhere.uri },
    });
    await workbench.runCommand('SpacetimeDB: Publish Module');
    await workbench
      .notification(/Published “chat”/)
      .first()
      .waitFor({ timeout: 60_000 });
    await workbench
      .treeItem(/^message/)
      .first()
      .click();
    await workbench.webview('text=No rows yet');
    expect((await launcher.calls()).filter((call) => /(^|\s)start(\s|$)/.test(call))).toEqual([]);
    expect((await fetch(`${elsewhere.uri}/v1/database/chat/identity`)).status).toBe(200);
    await workbench.screenshot('seam-server-elsewhere');
  } finally {
    await elsewhere.dispose();
  }
});

test('in a folder without a module it stays asleep until it is called', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'stdb-other-'));
  try {
    await writeFile(path.join(folder, 'package.json'), '{ "name": "something-else" }\n');
    await writeFile(path.join(folder, 'notes.txt'), 'not a module\n');
    workbench = await openWorkbench({ folder, extensions: [packagedExtension()] });
    await workbench.openFile('notes.txt');
    // Activation takes well under a second where there is a module.
    await sleep(3000);
    expect(await workbench.statusBar(/SpacetimeDB/).count()).toBe(0);
    await workbench.runCommand('SpacetimeDB: Publish Module');
    await workbench
      .notification(/no SpacetimeDB module in this workspace/)
      .first()
      .waitFor();
    await workbench.screenshot('seam-no-module');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
