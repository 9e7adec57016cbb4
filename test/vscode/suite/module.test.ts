/**
 * The main road inside the extension host: tool, bindings on save, problems, publish, and the seam.
 * Servers get a port of their own, so that nothing else on the machine is met.
 */
import assert from 'node:assert/strict';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'mocha';
import * as vscode from 'vscode';

const extensionId = 'spacetimedb-workbench.spacetimedb-workbench';
const root = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? '';
const entry = path.join(root, 'spacetimedb', 'src', 'index.ts');
const bindings = path.join(root, 'src', 'module_bindings', 'index.ts');

const typescript = () => vscode.workspace.getConfiguration('typescript');
const settings = () => vscode.workspace.getConfiguration('spacetimedb');

async function until<T>(what: string, ask: () => Promise<T> | T, timeoutMs = 30_000): Promise<NonNullable<T>> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const answer = await ask();
    if (answer) return answer;
    assert.ok(Date.now() < deadline, `timed out: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });

/** Problems of a run of the tool; the language server has its own source. */
const runProblems = () =>
  vscode.languages.getDiagnostics(vscode.Uri.file(entry)).filter((item) => item.source === 'spacetime');

async function replaceAndSave(text: string): Promise<void> {
  const document = await vscode.workspace.openTextDocument(entry);
  const edit = new vscode.WorkspaceEdit();
  edit.replace(document.uri, new vscode.Range(0, 0, document.lineCount, 0), text);
  await vscode.workspace.applyEdit(edit);
  assert.ok(await document.save());
}

/** A program named `spacetime` that writes down how it is called, and is the embedded one otherwise. */
async function recordingLauncher(): Promise<{ folder: string; calls(): Promise<string[]> }> {
  const folder = await mkdtemp(path.join(tmpdir(), 'seam-'));
  const record = path.join(folder, 'calls.txt');
  const embedded = path.join(vscode.extensions.getExtension(extensionId)?.extensionPath ?? '', 'dist', 'spacetime.cjs');
  const script = `#!/bin/sh\necho "$*" >> '${record}'\nELECTRON_RUN_AS_NODE=1 exec '${process.execPath}' '${embedded}' "$@"\n`;
  await writeFile(path.join(folder, 'spacetime'), script);
  await chmod(path.join(folder, 'spacetime'), 0o755);
  return { folder, calls: async () => (await readFile(record, 'utf8').catch(() => '')).split('\n').filter(Boolean) };
}

describe('a workspace with a module', function () {
  this.timeout(120_000);
  let original = '';
  let url = '';

  before(async function () {
    original = await readFile(entry, 'utf8').catch(() => '');
    if (original === '') return this.skip();
    url = `http://127.0.0.1:${await freePort()}`;
    await settings().update('server', url, vscode.ConfigurationTarget.Global);
    // Where VS Code's own TypeScript reports a line, ours keeps quiet about it; here it is ours that is looked at.
    await typescript().update('validate.enable', false, vscode.ConfigurationTarget.Global);
    await vscode.extensions.getExtension(extensionId)?.activate();
  });
  after(async () => {
    if (original !== '') await replaceAndSave(original);
    await vscode.commands.executeCommand('spacetimedb.stopServer');
    await settings().update('server', undefined, vscode.ConfigurationTarget.Global);
    await typescript().update('validate.enable', undefined, vscode.ConfigurationTarget.Global);
  });

  it('writes bindings when a file of the module is saved', async () => {
    await rm(path.dirname(bindings), { recursive: true, force: true });
    await replaceAndSave(`${original}\n// saved\n`);
    await until('bindings', () => readFile(bindings, 'utf8').catch(() => undefined));
    assert.deepEqual(runProblems(), []);
  });

  it('shows a build that fails at its place, once, and clears it when it is mended', async () => {
    await replaceAndSave(`${original}\nimport { nothing } from './not-there.ts';\nconsole.log(nothing);\n`);
    const [problem] = await until('the problem', () => (runProblems().length > 0 ? runProblems() : undefined));
    const line = original.split('\n').length;
    assert.match(problem?.message ?? '', /not-there/);
    assert.equal(problem?.range.start.line, line);
    assert.equal(runProblems().length, 1);
    await replaceAndSave(original);
    await until('no problem', () => runProblems().length === 0);
  });

  it('publishes with the embedded server, started where nothing answered', async () => {
    await vscode.commands.executeCommand('spacetimedb.publish');
    const response = await fetch(`${url}/v1/database/chat/identity`);
    assert.match(await response.text(), /^[0-9a-f]{64}$/);
  });

  it('refuses a module that does not build and keeps what was published', async () => {
    const before = await (await fetch(`${url}/v1/database/chat/schema?version=10`)).text();
    await replaceAndSave(`${original}\nexport const oops = ;\n`);
    await vscode.commands.executeCommand('spacetimedb.publish');
    await until('the problem', () => runProblems().length > 0);
    assert.equal(await (await fetch(`${url}/v1/database/chat/schema?version=10`)).text(), before);
    await replaceAndSave(original);
    await until('no problem', () => runProblems().length === 0);
  });

  it('attaches to a server that runs already, and uses the spacetime on PATH for everything', async function () {
    if (process.platform === 'win32') return this.skip();
    const launcher = await recordingLauncher();
    const path = process.env.PATH;
    process.env.PATH = `${launcher.folder}:${path}`;
    try {
      await vscode.commands.executeCommand('spacetimedb.refresh');
      await until('the version', async () => (await launcher.calls()).includes('--version'));
      await replaceAndSave(`${original}\n// by the one on PATH\n`);
      await until('generate', async () => (await launcher.calls()).some((call) => call.startsWith('generate --lang')));
      await vscode.commands.executeCommand('spacetimedb.publish');
      const calls = await launcher.calls();
      assert.ok(calls.some((call) => call.startsWith('publish chat') && call.includes(`-s ${url}`)));
      assert.ok(calls.some((call) => call.startsWith('login show')));
      assert.deepEqual(
        calls.filter((call) => call.startsWith('start')),
        [],
        'a server that answers is not started again',
      );
    } finally {
      process.env.PATH = path;
      await vscode.commands.executeCommand('spacetimedb.refresh');
      await rm(launcher.folder, { recursive: true, force: true });
    }
  });

  it('ends the server that it started, and starts it again with its data', async () => {
    await vscode.commands.executeCommand('spacetimedb.stopServer');
    await assert.rejects(fetch(`${url}/v1/ping`));
    await vscode.commands.executeCommand('spacetimedb.startServer');
    assert.equal((await fetch(`${url}/v1/database/chat/identity`)).status, 200);
  });
});
