/** The program itself, spoken to over its standard streams as an editor does. */
import { type ChildProcess, spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  createMessageConnection,
  type MessageConnection,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-jsonrpc/node';
import type { Diagnostic, DocumentSymbol, Hover, PublishDiagnosticsParams } from 'vscode-languageserver';

const main = fileURLToPath(new URL('./main.ts', import.meta.url));
const fixtures = fileURLToPath(new URL('../test/fixtures', import.meta.url));

let workspace: string;
let child: ChildProcess;
let connection: MessageConnection;
let published: PublishDiagnosticsParams[];
let wake: () => void;

beforeEach(async () => {
  workspace = realpathSync(mkdtempSync(path.join(tmpdir(), 'language-server-')));
  const notModules = (source: string): boolean => path.basename(source) !== 'node_modules';
  cpSync(path.join(fixtures, 'chat'), path.join(workspace, 'chat'), { recursive: true, filter: notModules });
  child = spawn(process.execPath, [main, '--stdio'], { stdio: ['pipe', 'pipe', 'inherit'] });
  if (!child.stdout || !child.stdin) throw new Error('the language server has no streams');
  connection = createMessageConnection(new StreamMessageReader(child.stdout), new StreamMessageWriter(child.stdin));
  published = [];
  wake = () => undefined;
  connection.onNotification('textDocument/publishDiagnostics', (params: PublishDiagnosticsParams) => {
    published.push(params);
    wake();
  });
  connection.onRequest('client/registerCapability', () => null);
  connection.listen();
});

afterEach(async () => {
  await connection.sendRequest('shutdown');
  const gone = new Promise((resolve) => child.once('exit', resolve));
  await connection.sendNotification('exit');
  await gone;
  connection.dispose();
  rmSync(workspace, { recursive: true });
});

const entry = (): string => path.join(workspace, 'chat/spacetimedb/src/index.ts');
const uri = (file = entry()): string => pathToFileURL(file).href;
const rulesOf = (diagnostics: readonly Diagnostic[]): unknown[] => diagnostics.map(({ code }) => code);

/** As an editor that knows the oldest protocol only. */
async function startMinimal(): Promise<void> {
  await connection.sendRequest('initialize', { processId: null, rootUri: uri(workspace), capabilities: {} });
  await connection.sendNotification('initialized', {});
}

async function start(): Promise<void> {
  await connection.sendRequest('initialize', {
    processId: process.pid,
    rootUri: null,
    capabilities: { workspace: { didChangeWatchedFiles: { dynamicRegistration: true } } },
    workspaceFolders: [{ uri: uri(workspace), name: 'workspace' }],
  });
  await connection.sendNotification('initialized', {});
}

/** The next diagnostics of a file that satisfy a condition; what came before is passed over. */
async function diagnosticsWhere(file: string, holds: (rules: unknown[]) => boolean): Promise<PublishDiagnosticsParams> {
  for (;;) {
    const next = published.shift();
    if (next?.uri === uri(file) && holds(rulesOf(next.diagnostics))) return next;
    if (!next) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  }
}

const open = (text: string, file = entry()): Promise<void> =>
  connection.sendNotification('textDocument/didOpen', {
    textDocument: { uri: uri(file), languageId: 'typescript', version: 1, text },
  });

/** Replaces the first occurrence of `from` in `text`, as an incremental change. */
async function replace(text: string, from: string, to: string, version: number): Promise<string> {
  const before = text.slice(0, text.indexOf(from)).split('\n');
  const start = { line: before.length - 1, character: before.at(-1)?.length ?? 0 };
  const end = { line: start.line, character: start.character + from.length };
  await connection.sendNotification('textDocument/didChange', {
    textDocument: { uri: uri(), version },
    contentChanges: [{ range: { start, end }, text: to }],
  });
  return text.replace(from, () => to);
}

test('a mistake is reported at its word while it is typed, and cleared when it is mended', async () => {
  const good = readFileSync(entry(), 'utf8');
  await start();
  await open(good);
  expect((await diagnosticsWhere(entry(), () => true)).diagnostics).toEqual([]);

  const bad = await replace(good, 'text: t.string(),', 'text: t.string().primaryKey(),', 2);
  const { diagnostics, version } = await diagnosticsWhere(entry(), (rules) => rules.length > 0);
  const line = bad.split('\n').findIndex((text) => text.includes('text: t.string().primaryKey()'));
  const character = bad.split('\n')[line]?.indexOf('primaryKey') ?? -1;
  expect(version).toBe(2);
  expect(diagnostics).toMatchObject([
    {
      code: 'pk-multiple',
      severity: 1,
      source: 'spacetimedb',
      codeDescription: { href: 'https://spacetimedb.com/docs/tables/constraints' },
      range: { start: { line, character }, end: { line, character: character + 'primaryKey'.length } },
      relatedInformation: [{ location: { uri: uri() } }],
    },
  ]);

  await replace(bad, 'text: t.string().primaryKey(),', 'text: t.string(),', 3);
  expect(await diagnosticsWhere(entry(), () => true)).toMatchObject({ version: 3, diagnostics: [] });
});

test('a change is answered well within 50 ms', async () => {
  let text = readFileSync(entry(), 'utf8');
  await start();
  await open(text);
  await diagnosticsWhere(entry(), () => true);
  const times: number[] = [];
  for (let version = 2; version < 42; version++) {
    const isBad = version % 2 === 0;
    const [plain, wrong] = ['sent: t.timestamp()', 'sent: t.timestamp().autoInc()'];
    const begin = performance.now();
    text = await replace(text, isBad ? `${plain},` : wrong, isBad ? `${wrong},` : plain, version);
    await diagnosticsWhere(entry(), (rules) => rules.includes('auto-inc-not-integer') === isBad);
    times.push(performance.now() - begin);
  }
  times.sort((a, b) => a - b);
  expect(times[Math.floor(times.length / 2)]).toBeLessThan(50);
});

test('a module that nobody opened is checked from disk, and again when the disk changes', async () => {
  const good = readFileSync(entry(), 'utf8');
  writeFileSync(entry(), good.replace('export const set_name', 'const set_name'));
  await start();
  const first = await diagnosticsWhere(entry(), (rules) => rules.length > 0);
  expect(rulesOf(first.diagnostics)).toEqual(['unexported-registration']);

  writeFileSync(entry(), good);
  await connection.sendNotification('workspace/didChangeWatchedFiles', { changes: [{ uri: uri(), type: 2 }] });
  expect((await diagnosticsWhere(entry(), () => true)).diagnostics).toEqual([]);
});

test('an unsaved file of the module counts for the entry that imports it', async () => {
  const good = readFileSync(entry(), 'utf8');
  const other = path.join(path.dirname(entry()), 'extra.ts');
  await start();
  await open(`${good}\nexport * from './extra';\n`);
  await diagnosticsWhere(entry(), (rules) => rules.length === 0);
  const twice = "import db from './index';\nexport const setName = db.reducer(() => {});\n";
  writeFileSync(other, twice);
  await connection.sendNotification('workspace/didChangeWatchedFiles', { changes: [{ uri: uri(other), type: 1 }] });
  const found = await diagnosticsWhere(other, (rules) => rules.length > 0);
  expect(rulesOf(found.diagnostics)).toEqual(['function-name-duplicate']);

  await open(twice.replace('setName', 'somethingElse'), other);
  expect((await diagnosticsWhere(other, () => true)).diagnostics).toEqual([]);
  await connection.sendNotification('textDocument/didClose', { textDocument: { uri: uri(other) } });
  expect(rulesOf((await diagnosticsWhere(other, () => true)).diagnostics)).toEqual(['function-name-duplicate']);
  rmSync(other);
  await connection.sendNotification('workspace/didChangeWatchedFiles', { changes: [{ uri: uri(other), type: 3 }] });
  expect((await diagnosticsWhere(other, () => true)).diagnostics).toEqual([]);
});

test('symbols and hovers show the module as the database sees it', async () => {
  const text = readFileSync(entry(), 'utf8');
  await start();
  await open(text);
  const textDocument = { uri: uri() };
  const symbols = await connection.sendRequest<DocumentSymbol[]>('textDocument/documentSymbol', { textDocument });
  expect(symbols.map(({ name, detail }) => `${detail} ${name}`)).toEqual([
    'table user',
    'table message',
    'reducer set_name',
    'reducer send_message',
    'reducer init',
    'reducer onConnect',
    'reducer onDisconnect',
  ]);
  expect(symbols[1]?.children?.map(({ name }) => name)).toEqual(['id', 'sender', 'sent', 'text']);

  const hoverAt = (word: string): Promise<Hover | null> => {
    const before = text.slice(0, text.indexOf(word)).split('\n');
    const position = { line: before.length - 1, character: before.at(-1)?.length ?? 0 };
    return connection.sendRequest('textDocument/hover', { textDocument, position });
  };
  expect(JSON.stringify(await hoverAt('message = table'))).toContain('id: u64, primary key, auto-increment');
  expect(JSON.stringify(await hoverAt('onConnect'))).toContain('reducer on_connect()');
  expect(JSON.stringify(await hoverAt('online: t.bool'))).toContain('online: bool');
  expect(await hoverAt('import')).toBeNull();
});

test('files of no module, and documents that are no files, are left alone', async () => {
  const stray = path.join(workspace, 'stray.ts');
  await start();
  await open("import { schema } from 'spacetimedb/server'; export default schema({ stX: 1 });", stray);
  await connection.sendNotification('textDocument/didOpen', {
    textDocument: { uri: 'untitled:Untitled-1', languageId: 'typescript', version: 1, text: 'x' },
  });
  const symbols = await connection.sendRequest('textDocument/documentSymbol', { textDocument: { uri: uri(stray) } });
  expect(symbols).toEqual([]);
  await open(readFileSync(entry(), 'utf8'));
  await diagnosticsWhere(entry(), () => true);
  expect(published.filter((params) => params.uri !== uri())).toEqual([]);
});

test('addresses that no file of this machine can have are left alone', async () => {
  await start();
  for (const address of ['file://other-host/share/index.ts', 'file:///%ZZ/index.ts', 'file:///a%2Fb.ts', 'nonsense']) {
    const textDocument = { uri: address, languageId: 'typescript', version: 1, text: 'x' };
    await connection.sendNotification('textDocument/didOpen', { textDocument });
    const at = { textDocument: { uri: address }, position: { line: 0, character: 0 } };
    expect(await connection.sendRequest('textDocument/hover', at)).toBeNull();
  }
});

test('an editor that watches no files: a new module counts once it is saved', async () => {
  const root = path.join(workspace, 'fresh');
  const file = path.join(root, 'src/index.ts');
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, '');
  await startMinimal();
  await open('', file);
  const lines = ["import { schema, table, t } from 'spacetimedb/server';", '// 💥', 'export default schema({', '});'];
  const whole = { textDocument: { uri: uri(file), version: 2 }, contentChanges: [{ text: lines.join('\r\n') }] };
  await connection.sendNotification('textDocument/didChange', whole);
  writeFileSync(file, lines.join('\r\n'));
  writeFileSync(path.join(root, 'package.json'), '{"dependencies":{"spacetimedb":"2"}}');
  await connection.sendNotification('textDocument/didSave', { textDocument: { uri: uri(file) } });
  expect(await diagnosticsWhere(file, () => true)).toMatchObject({ version: 2, diagnostics: [] });

  const range = { start: { line: 2, character: 23 }, end: { line: 2, character: 23 } };
  const text = '\r\n  /* 💥 */ stA: table({}, { id: t.int() }),';
  const change = { textDocument: { uri: uri(file), version: 3 }, contentChanges: [{ range, text }] };
  await connection.sendNotification('textDocument/didChange', change);
  const { diagnostics } = await diagnosticsWhere(file, (rules) => rules.length > 0);
  const places = diagnostics.map(({ code, range: { start, end } }) => [
    code,
    start.line,
    start.character,
    end.character,
  ]);
  expect(places.sort()).toEqual([
    ['table-name-reserved-prefix', 3, 11, 14],
    ['type-unknown-builder', 3, 34, 37],
  ]);
});

test('started without a transport, the program says what it is', async () => {
  const alone = spawn(process.execPath, [main], { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  alone.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  const code = await new Promise((resolve) => alone.once('close', resolve));
  expect(code).toBe(2);
  expect(said).toContain('--stdio');
});

test('the server ends when its editor is gone', async () => {
  const alone = spawn(process.execPath, [main, '--stdio'], { stdio: ['pipe', 'ignore', 'inherit'] });
  const gone = new Promise((resolve) => alone.once('exit', resolve));
  alone.stdin.end();
  await gone;
});
