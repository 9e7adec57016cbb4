/** Publishing a module: server, build, upload, and what the person must decide on the way. */
import path from 'node:path';
import * as vscode from 'vscode';
import { abortSignal } from '../cancellation.ts';
import { errorText, migrationReasons, parsePublished, publishRefusal } from '../cli/output.ts';
import { findProblems } from '../cli/problems.ts';
import type { RunResult } from '../cli/run.ts';
import type { CliTokens } from '../cli/tokens.ts';
import type { Tools } from '../cli/tools.ts';
import type { Databases } from '../connection/databases.ts';
import { commandIds } from '../contributions.ts';
import { errors } from '../errors.ts';
import type { BuildProblems } from '../generate/problems.ts';
import { databaseNameProblem, type ModuleTarget, moduleLabel } from '../module/config.ts';
import type { Modules } from '../module/modules.ts';
import { showTree } from '../report.ts';
import type { Server } from '../server/server.ts';
import type { Servers } from '../server/servers.ts';
import { isLoopback } from '../server/target.ts';
import { publishArguments } from './arguments.ts';

export interface PublishParts {
  tools: Tools;
  tokens: CliTokens;
  modules: Modules;
  servers: Servers;
  databases: Databases;
  problems: BuildProblems;
}

interface Consent {
  breakClients: boolean;
  deleteData: boolean;
}

/** Publications under way, by server and database: a second one would only wait, or meet half of the first. */
const running = new Set<string>();

/**
 * Publishes a module and connects to its database. Says what happened; returns without a word when the person stops it.
 * @throws UserError with what to do.
 */
export async function publishModule(parts: PublishParts, chosen: ModuleTarget | undefined): Promise<void> {
  let module = chosen ?? (await parts.modules.choose());
  if (!module) return;
  parts.modules.assertReadable(module);
  if (module.database === undefined) {
    const name = await askName(module);
    if (name === undefined) return;
    module = await parts.modules.rememberDatabase(module, name);
  }
  const database = module.database as string;
  const server = await parts.servers.of(module);
  if (!isLoopback(server.target.url) && !(await confirmRemote(database, server))) return;
  const key = `${server.target.url} ${database}`;
  if (running.has(key)) throw errors.publishRunning(database);
  running.add(key);
  try {
    await saveFiles(module.modulePath);
    await publishWith(parts, module, database, server, { breakClients: false, deleteData: false });
  } finally {
    running.delete(key);
  }
}

async function publishWith(
  parts: PublishParts,
  module: ModuleTarget,
  database: string,
  server: Server,
  consent: Consent,
): Promise<void> {
  const { url, result } = await vscode.window.withProgress(
    { location: vscode.ProgressLocation.Notification, title: `Publishing “${database}”`, cancellable: true },
    async (progress, cancellation) => {
      progress.report({ message: 'looking for the server…' });
      const url = await server.ensure();
      progress.report({ message: `building and publishing to ${url}…` });
      const args = publishArguments({
        database,
        modulePath: module.modulePath,
        server: url,
        remote: !isLoopback(url),
        ...consent,
      });
      return { url, result: await parts.tools.run(args, { cwd: module.root, signal: abortSignal(cancellation) }) };
    },
  );
  if (result.aborted) return;
  if (result.exitCode !== 0) return refused(parts, module, database, server, consent, result);
  parts.problems.clear(module);
  // Publishing may have logged in to the server.
  parts.tokens.readAgain();
  await parts.databases.published(module, url);
  await showTree();
  announce(database, url, parsePublished(result.stdout)?.created ?? false);
}

function announce(database: string, url: string, created: boolean): void {
  const text = created ? `Published “${database}” to ${url}.` : `Updated “${database}” on ${url}.`;
  void vscode.window.showInformationMessage(text, 'Call Reducer', 'Show Logs').then((pressed) => {
    if (pressed === 'Call Reducer') return vscode.commands.executeCommand(commandIds.callReducer, { database });
    if (pressed === 'Show Logs') return vscode.commands.executeCommand(commandIds.showLogs, { database });
    return undefined;
  });
}

async function refused(
  parts: PublishParts,
  module: ModuleTarget,
  database: string,
  server: Server,
  consent: Consent,
  result: RunResult,
): Promise<void> {
  const output = `${result.stdout}\n${result.stderr}`;
  const refusal = publishRefusal(output);
  if (refusal === 'manualMigration' && !consent.deleteData) {
    if (await offerDeletion(database, server, migrationReasons(output))) {
      await publishWith(parts, module, database, server, { ...consent, deleteData: true });
    }
    return;
  }
  if (refusal === 'breaksClients' && !consent.breakClients) {
    const text = `Publishing “${database}” disconnects its clients, and they need new bindings.`;
    const go = 'Publish Anyway';
    const detail = migrationReasons(output).join('\n');
    if ((await vscode.window.showWarningMessage(text, { modal: true, detail }, go)) === go) {
      await publishWith(parts, module, database, server, { ...consent, breakClients: true });
    }
    return;
  }
  if (findProblems(output).length > 0 || /does not build|build failed|could not be bundled/i.test(output)) {
    const place = await parts.problems.show(module, result);
    offerProblem(errors.buildFailed(moduleLabel(module), firstProblem(output)).message, module, place);
    return;
  }
  throw errors.publishFailed(database, errorText(result.stderr) || errorText(result.stdout) || 'no reason was given');
}

const firstProblem = (output: string): string => {
  const problems = findProblems(output);
  const first = problems.find((problem) => problem.severity === 'error') ?? problems[0];
  return first ? `${first.message} (${path.basename(first.file)}:${first.line})` : errorText(output);
};

function offerProblem(text: string, module: ModuleTarget, place: vscode.Location): void {
  const install = 'Run npm install';
  const buttons = text.includes('npm install') ? [install, 'Show Problem'] : ['Show Problem'];
  void vscode.window.showErrorMessage(text, ...buttons).then((pressed) => {
    if (pressed === undefined) return undefined;
    if (pressed === install) {
      const terminal = vscode.window.createTerminal({ name: 'npm install', cwd: module.modulePath });
      terminal.show();
      terminal.sendText('npm install');
      return undefined;
    }
    return vscode.commands.executeCommand('vscode.open', place.uri, { selection: place.range });
  });
}

/** Rows are only ever deleted on this machine, and only after a second question. */
async function offerDeletion(database: string, server: Server, reasons: readonly string[]): Promise<boolean> {
  const why = `“${database}” was not published: its rows cannot be carried over. ${reasons.join('. ')}`;
  if (!isLoopback(server.url)) {
    void vscode.window.showErrorMessage(
      `${why} Keep the old columns and add new ones with default values, or use a new table.`,
    );
    return false;
  }
  const ask = 'Delete Data and Publish…';
  if ((await vscode.window.showErrorMessage(why, ask)) !== ask) return false;
  const sure = 'Delete All Rows';
  const question = `Delete all rows of “${database}” on ${server.url}?`;
  const consequence = 'Every table of the database is emptied and init runs again. This cannot be undone.';
  return (await vscode.window.showWarningMessage(question, { modal: true, detail: consequence }, sure)) === sure;
}

async function confirmRemote(database: string, server: Server): Promise<boolean> {
  const go = 'Publish';
  const detail = 'The server is not on this machine.';
  const question = `Publish “${database}” to ${server.target.url}?`;
  return (await vscode.window.showWarningMessage(question, { modal: true, detail }, go)) === go;
}

async function askName(module: ModuleTarget): Promise<string | undefined> {
  const suggestion = path
    .basename(module.root)
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
  return vscode.window.showInputBox({
    title: 'SpacetimeDB: name of the database',
    prompt: 'spacetime.json names no database. The name is remembered for this workspace.',
    value: suggestion,
    validateInput: (name) => databaseNameProblem(name),
    ignoreFocusOut: true,
  });
}

async function saveFiles(folder: string): Promise<void> {
  const inside = vscode.workspace.textDocuments.filter(
    (document) =>
      document.isDirty && document.uri.scheme === 'file' && document.uri.fsPath.startsWith(folder + path.sep),
  );
  await Promise.all(inside.map((document) => document.save()));
}
