/** The language server over its own protocol: start to first diagnostics, and one keystroke to new diagnostics. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { createMessageConnection, StreamMessageReader, StreamMessageWriter } from 'vscode-jsonrpc/node';
import { fixtureFolder } from '../support/modules.ts';
import { repository } from '../support/standalone.ts';
import { median, metric, quantile } from './metric.ts';

interface Published {
  uri: string;
  diagnostics: { code?: string }[];
}

const folder = fixtureFolder('chat');
const uri = pathToFileURL(path.join(folder, 'spacetimedb/src/index.ts')).href;
const good = readFileSync(path.join(folder, 'spacetimedb/src/index.ts'), 'utf8');
/** A second primary key: one rule fires, at one word. */
const bad = good.replace('text: t.string(),', 'text: t.string().primaryKey(),');

export async function benchLanguageServer(): Promise<void> {
  const begin = performance.now();
  const child = spawn(process.execPath, [path.join(repository, 'dist/language-server.cjs'), '--stdio'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  child.once('exit', (code) => {
    // Waiting for an answer that cannot come would hang the benchmark.
    if (code !== 0) throw new Error(`the language server ended with code ${code}`);
  });
  const connection = createMessageConnection(
    new StreamMessageReader(child.stdout),
    new StreamMessageWriter(child.stdin),
  );
  let waiting: ((published: Published) => void) | undefined;
  connection.onNotification('textDocument/publishDiagnostics', (published: Published) => {
    if (published.uri === uri) waiting?.(published);
  });
  connection.onRequest('client/registerCapability', () => null);
  connection.onRequest('workspace/configuration', () => []);
  connection.listen();
  const diagnosticsWhere = (expected: boolean): Promise<void> =>
    new Promise((resolve) => {
      waiting = (published) => {
        if (published.diagnostics.some((d) => d.code === 'pk-multiple') === expected) resolve();
      };
    });
  await connection.sendRequest('initialize', {
    processId: process.pid,
    rootUri: pathToFileURL(folder).href,
    capabilities: {},
    workspaceFolders: [{ uri: pathToFileURL(folder).href, name: 'chat' }],
  });
  await connection.sendNotification('initialized', {});
  const first = diagnosticsWhere(true);
  await connection.sendNotification('textDocument/didOpen', {
    textDocument: { uri, languageId: 'typescript', version: 1, text: bad },
  });
  await first;
  metric('empty_to_first_diagnostics', performance.now() - begin, 'ms');

  const changes: number[] = [];
  for (let version = 2; version < 202; version++) {
    const broken = version % 2 === 1;
    const arrived = diagnosticsWhere(broken);
    const start = performance.now();
    await connection.sendNotification('textDocument/didChange', {
      textDocument: { uri, version },
      contentChanges: [{ text: broken ? bad : good }],
    });
    await arrived;
    changes.push(performance.now() - start);
  }
  metric('change_to_diagnostics_p50', median(changes), 'ms');
  metric('change_to_diagnostics_p95', quantile(changes, 0.95), 'ms');
  await connection.sendRequest('shutdown');
  await connection.sendNotification('exit');
  connection.dispose();
}
