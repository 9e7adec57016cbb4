/** Where the extension begins and ends. Nothing here waits: files, processes and servers are looked for afterwards. */
import * as vscode from 'vscode';
import { CliTokens } from './cli/tokens.ts';
import { Tools } from './cli/tools.ts';
import { registerCommands, type Workbench } from './commands.ts';
import { Databases } from './connection/databases.ts';
import { commandIds, contextKeys } from './contributions.ts';
import { Disposables } from './disposables.ts';
import { messageOf } from './errors.ts';
import { Generator } from './generate/generator.ts';
import { BuildProblems } from './generate/problems.ts';
import { createLog } from './log.ts';
import { LogViews } from './logs/log-view.ts';
import { Modules } from './module/modules.ts';
import { Panels } from './panels/panels.ts';
import { reportError } from './report.ts';
import { Servers } from './server/servers.ts';
import { DatabasesView } from './tree/databases-view.ts';

/** What must have ended before the window closes. */
let shutdown: (() => Promise<void>) | undefined;

export function activate(context: vscode.ExtensionContext): void {
  const scope = new Disposables();
  context.subscriptions.push(scope);
  const { extensionUri } = context;

  const log = scope.add(createLog());
  const tools = scope.add(new Tools(extensionUri, log));
  const tokens = new CliTokens(tools, log);
  const modules = scope.add(new Modules(context.workspaceState));
  const servers = new Servers(tools, log, context.storageUri ?? context.globalStorageUri, context.workspaceState);
  const databases = scope.add(new Databases(modules, servers, tokens, log));
  const problems = scope.add(new BuildProblems());
  const generator = scope.add(new Generator(tools, modules, problems, log));
  const logs = scope.add(new LogViews(tokens));
  const panels = scope.add(
    new Panels({
      extensionUri,
      databases,
      run: (command, database) => void vscode.commands.executeCommand(commandIds[command], { database }),
    }),
  );
  const workbench: Workbench = { log, tools, tokens, modules, servers, databases, problems, generator, panels, logs };
  scope.add(new DatabasesView(databases));
  for (const command of registerCommands(workbench)) scope.add(command);

  scope.add(tools.onDidChange(() => tokens.readAgain()));
  // A server may have been started in a terminal meanwhile.
  scope.add(
    vscode.window.onDidChangeWindowState(({ focused }) => {
      if (focused) lookForServers(workbench).catch((error: unknown) => log.line(messageOf(error)));
    }),
  );
  scope.add(modules.onDidChange(() => setContext(contextKeys.hasModule, modules.all.length > 0)));

  // The client library is half of this bundle: it is loaded when VS Code no longer waits for us.
  const client = import('./language/client.ts')
    .then(({ startLanguageClient }) => startLanguageClient(extensionUri))
    .catch((error: unknown) => {
      reportError(error, log);
      return undefined;
    });
  begin(workbench).catch((error: unknown) => reportError(error, log));
  shutdown = async () => {
    log.dispose();
    await Promise.all([servers.dispose(), client.then((started) => started?.stop())]);
  };
}

/** The slow part of the beginning, after VS Code has got its answer. */
async function begin({ tools, modules, servers }: Workbench): Promise<void> {
  try {
    await Promise.all([tools.current(), modules.discover()]);
    await Promise.all(
      modules.all.map(async (module) => {
        const server = await servers.of(module).catch(() => {
          // Whoever keeps the list of databases has said it already.
          return undefined;
        });
        if (server) await servers.resume(server);
      }),
    );
  } finally {
    setContext(contextKeys.ready, true);
  }
}

async function lookForServers({ servers, modules }: Workbench): Promise<void> {
  await Promise.all(modules.all.map(async (module) => (await servers.of(module)).detect()));
}

function setContext(key: string, value: boolean): void {
  void vscode.commands.executeCommand('setContext', key, value);
}

/** Ends what this window started. */
export async function deactivate(): Promise<void> {
  await shutdown?.();
}
