/** Every command and what it does. A command of the manifest without a handler does not compile. */
import * as vscode from 'vscode';
import type { CliTokens } from './cli/tokens.ts';
import type { Tools } from './cli/tools.ts';
import type { Database, Databases } from './connection/databases.ts';
import { type CommandName, commandIds } from './contributions.ts';
import { errors } from './errors.ts';
import type { Generator } from './generate/generator.ts';
import type { BuildProblems } from './generate/problems.ts';
import type { Log } from './log.ts';
import type { LogViews } from './logs/log-view.ts';
import { moduleLabel } from './module/config.ts';
import type { Modules } from './module/modules.ts';
import { callableReducers, signature } from './panels/fields.ts';
import type { Panels } from './panels/panels.ts';
import { publishModule } from './publish/publish.ts';
import { reportError } from './report.ts';
import type { Server } from './server/server.ts';
import type { Servers } from './server/servers.ts';
import { describeAbsence, isUp } from './server/state.ts';

export interface Workbench {
  log: Log;
  tools: Tools;
  tokens: CliTokens;
  modules: Modules;
  servers: Servers;
  databases: Databases;
  problems: BuildProblems;
  generator: Generator;
  panels: Panels;
  logs: LogViews;
}

/** What a command may be called with: a tree node, or the same facts from a panel, a button or a key binding. */
export interface CommandTarget {
  database?: string;
  table?: string;
  reducer?: string;
  server?: Server;
}

type Handler = (workbench: Workbench, target: CommandTarget) => Promise<void>;

const handlers: Readonly<Record<CommandName, Handler>> = {
  publish: async (workbench, { database }) => {
    await publishModule(
      workbench,
      workbench.modules.all.find((module) => database && module.database === database),
    );
  },
  callReducer: async (workbench, target) => {
    const database = await chooseDatabase(workbench, target);
    const reducer = database && (target.reducer ?? (await chooseReducer(database)));
    if (database && reducer) workbench.panels.show('reducer', { database: database.name, reducer });
  },
  showLatency: async (workbench, target) => {
    const database = await chooseDatabase(workbench, target);
    if (database) workbench.panels.show('latency', { database: database.name });
  },
  openTable: async (workbench, target) => {
    const database = await chooseDatabase(workbench, target);
    const table = database && (target.table ?? (await chooseTable(database)));
    if (database && table) workbench.panels.show('table', { database: database.name, table });
  },
  startServer: async (workbench, target) => {
    const server = await chooseServer(workbench, target);
    if (!server) return;
    if (!server.target.startable) await server.detect();
    if (!server.target.startable && !isUp(server.state)) throw errors.serverNotStartable(server.target.url);
    await vscode.window.withProgress({ location: vscode.ProgressLocation.Window, title: 'Starting SpacetimeDB…' }, () =>
      server.ensure(),
    );
    await workbench.databases.wake();
  },
  stopServer: async (workbench, target) => {
    const server = target.server ?? (await chooseRunning(workbench));
    await server?.stop();
  },
  generate: async (workbench) => {
    const module = await workbench.modules.choose();
    if (!module) return;
    const outcome = await workbench.generator.generate(module);
    if (outcome === 'noClient') throw errors.noBindingsTarget();
    if (outcome === 'failed') throw errors.generateFailed(`the module “${moduleLabel(module)}” does not build.`);
  },
  showLogs: async (workbench, target) => {
    const database = await chooseDatabase(workbench, target);
    if (database) await workbench.logs.show(database);
  },
  reconnect: async (workbench, target) => {
    await workbench.databases.wake();
    const chosen = workbench.databases.all.filter(({ name, server }) =>
      target.database ? name === target.database : target.server ? server === target.server : true,
    );
    const [module] = workbench.modules.all;
    if (!module) throw errors.noModule();
    if (chosen.length === 0) throw errors.notPublished(target.database ?? moduleLabel(module));
    for (const { session, server } of chosen) {
      if (!isUp(server.state)) {
        throw errors.serverUnreachable(describeAbsence(server.state), server.target.startable);
      }
      session.reconnect();
    }
  },
  refresh: async (workbench) => {
    workbench.tools.findAgain();
    workbench.tokens.readAgain();
    await workbench.databases.refresh();
  },
};

async function chooseServer(workbench: Workbench, { server, database }: CommandTarget): Promise<Server | undefined> {
  if (server) return server;
  const known = database === undefined ? undefined : workbench.databases.find(database)?.server;
  if (known) return known;
  const module = await workbench.modules.choose();
  return module && workbench.servers.of(module);
}

/** A server that this window started, else one that answers: it says itself that it is not stopped from here. */
async function chooseRunning({ servers }: Workbench): Promise<Server | undefined> {
  const own = servers.all.filter(({ state }) => state.state === 'running');
  const [first, second] = own;
  if (second) {
    const items = own.map((server) => ({ label: server.url, server }));
    return (await vscode.window.showQuickPick(items, { title: 'SpacetimeDB: stop a server' }))?.server;
  }
  const server = first ?? servers.all.find(({ state }) => isUp(state));
  if (!server) throw errors.noServerRunning();
  return server;
}

/** The database that is meant, connected and with its module known. */
async function chooseDatabase(workbench: Workbench, target: CommandTarget): Promise<Database | undefined> {
  await workbench.databases.wake();
  const { all } = workbench.databases;
  if (all.length === 0 && (await workbench.modules.known()).length === 0) throw errors.noModule();
  let database = target.database === undefined ? all[0] : workbench.databases.find(target.database);
  if (target.database === undefined && all.length > 1) {
    const connected = all.filter(({ session }) => session.module !== undefined);
    database = connected.length === 1 ? connected[0] : await pickDatabase(all);
    if (!database) return undefined;
  }
  if (!database) throw errors.notPublished(target.database ?? 'the module');
  await moduleKnown(database);
  return database;
}

async function pickDatabase(all: readonly Database[]): Promise<Database | undefined> {
  const items = all.map((database) => ({ label: database.name, description: database.server.url, database }));
  return (await vscode.window.showQuickPick(items, { title: 'SpacetimeDB: choose a database' }))?.database;
}

/** A connection that is just being made is waited for, shortly. */
async function moduleKnown({ session, server, name }: Database): Promise<void> {
  if (session.module && !session.missing) return;
  if (!isUp(server.state)) {
    throw errors.serverUnreachable(describeAbsence(server.state), server.target.startable);
  }
  // Somebody may have published it meanwhile, from a terminal.
  if (session.missing) session.reconnect();
  await new Promise<void>((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      listening.dispose();
      settled.dispose();
      resolve();
    };
    const timer = setTimeout(done, 5000);
    const listening = session.onDidChangeModule(done);
    const settled = session.onDidChangeState(({ state }) => {
      if (state === 'connected' || state === 'disconnected') done();
    });
  });
  if (session.missing) throw errors.notPublished(name);
  if (!session.module) throw errors.notConnected(name);
}

async function chooseReducer({ session, name }: Database): Promise<string | undefined> {
  const { module } = session;
  if (!module) return undefined;
  const reducers = callableReducers(module);
  if (reducers.length === 0) throw errors.nothingToCall(name);
  const items = reducers.map((reducer) => ({
    label: reducer.name,
    description: `(${signature(reducer, module)})`,
  }));
  const options = { title: `Call a reducer of ${name}`, placeHolder: 'Reducer', matchOnDescription: true };
  return (await vscode.window.showQuickPick(items, options))?.label;
}

async function chooseTable({ session, name }: Database): Promise<string | undefined> {
  const tables = session.module?.tables ?? [];
  if (tables.length === 0) throw errors.noTables(name);
  const items = tables.map((table) => ({
    label: table.name,
    description: table.isPublic ? '' : 'private',
  }));
  return (await vscode.window.showQuickPick(items, { title: `Open a table of ${name}`, placeHolder: 'Table' }))?.label;
}

/** Registers every command; whatever one throws is shown to the person. */
export function registerCommands(workbench: Workbench): vscode.Disposable[] {
  return (Object.keys(handlers) as CommandName[]).map((name) =>
    vscode.commands.registerCommand(commandIds[name], async (target: unknown) => {
      try {
        await handlers[name](workbench, typeof target === 'object' && target !== null ? target : {});
      } catch (error) {
        reportError(error, workbench.log);
      }
    }),
  );
}
