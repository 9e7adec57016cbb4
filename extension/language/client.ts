/** Starts the language server in a process of its own and connects VS Code to it. */
import * as vscode from 'vscode';
import {
  LanguageClient,
  type LanguageClientOptions,
  type ServerOptions,
  TransportKind,
} from 'vscode-languageclient/node';
import { errors, messageOf } from '../errors.ts';

/** The file patterns that tell the server which folders are modules. */
const watched = '**/{spacetime.json,spacetime.local.json,package.json,*.ts,*.tsx,*.js,*.mjs}';

/** @throws UserError when the server does not come up. */
export async function startLanguageClient(extensionUri: vscode.Uri): Promise<LanguageClient> {
  const script = vscode.Uri.joinPath(extensionUri, 'dist', 'language-server.cjs').fsPath;
  const server: ServerOptions = {
    command: process.execPath,
    args: [script],
    transport: TransportKind.stdio,
    options: { env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' } },
  };
  const watcher = vscode.workspace.createFileSystemWatcher(watched);
  const options: LanguageClientOptions = {
    documentSelector: [
      { scheme: 'file', language: 'typescript' },
      { scheme: 'file', language: 'typescriptreact' },
      { scheme: 'file', language: 'javascript' },
      { scheme: 'file', pattern: '**/spacetime{,.local}.json' },
    ],
    synchronize: { fileEvents: watcher },
    outputChannelName: 'SpacetimeDB Language Server',
  };
  // The id is the prefix of the setting `spacetimedb.trace.server`.
  const client = new LanguageClient('spacetimedb', 'SpacetimeDB', server, options);
  try {
    await client.start();
  } catch (error) {
    watcher.dispose();
    throw errors.languageServerFailed(messageOf(error));
  }
  return client;
}
