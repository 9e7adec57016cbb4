/**
 * The databases of the workspace: each module with its name, its server and its live connection.
 * Connections are made when somebody looks (the tree, a panel) or has just published, and then follow the server.
 */
import * as vscode from 'vscode';
import { Disposables } from '../disposables.ts';
import { messageOf } from '../errors.ts';
import type { Log } from '../log.ts';
import { type MetricsListener, MetricsPoller } from '../metrics/poller.ts';
import type { ModuleTarget } from '../module/config.ts';
import type { Modules } from '../module/modules.ts';
import { reportError } from '../report.ts';
import type { Server } from '../server/server.ts';
import type { Servers } from '../server/servers.ts';
import { describeAbsence, isUp } from '../server/state.ts';
import { Session, type Tokens } from './session.ts';

export interface Database {
  module: ModuleTarget;
  name: string;
  server: Server;
  session: Session;
}

export class Databases {
  readonly #modules: Modules;
  readonly #servers: Servers;
  readonly #tokens: Tokens;
  readonly #log: Log;
  readonly #disposables = new Disposables();
  readonly #changed = this.#disposables.add(new vscode.EventEmitter<void>());
  readonly #databases = new Map<string, Database>();
  readonly #pollers = new Map<Server, MetricsPoller>();
  readonly #followed = new WeakSet<Server>();
  /** Messages about modules that cannot be followed, each told once as long as it holds. */
  #told = new Set<string>();
  #awake = false;
  #update: Promise<void> = Promise.resolve();

  /** Databases came or went, or one of them has another module or connection state. */
  readonly onDidChange = this.#changed.event;

  constructor(modules: Modules, servers: Servers, tokens: Tokens, log: Log) {
    this.#modules = modules;
    this.#servers = servers;
    this.#tokens = tokens;
    this.#log = log;
    this.#disposables.add(modules.onDidChange(() => void this.#refresh()));
    this.#disposables.add(servers.onDidChangeSetting(() => void this.#refresh()));
  }

  get all(): readonly Database[] {
    return [...this.#databases.values()];
  }

  find(name: string): Database | undefined {
    return this.all.find((database) => database.name === name);
  }

  /** The database of a module; undefined while the module has no name. */
  async of(module: ModuleTarget): Promise<Database | undefined> {
    await this.#update;
    return this.all.find(
      (database) => database.module.modulePath === module.modulePath && database.name === module.database,
    );
  }

  /** Somebody looks: finds out which servers answer, and connects to their databases. */
  async wake(): Promise<void> {
    this.#awake = true;
    await this.#modules.known();
    await this.#update;
    await Promise.all(this.#servers.all.map((server) => server.detect()));
    for (const database of this.all) this.#follow(database);
  }

  #refresh(): Promise<void> {
    this.#update = this.#update.then(() => this.#match()).catch((error: unknown) => reportError(error, this.#log));
    return this.#update;
  }

  /** Brings the list in line with the modules; connections of databases that stay are not touched. */
  async #match(): Promise<void> {
    const wanted = new Set<string>();
    const problems = new Set<string>();
    for (const module of this.#modules.all) {
      // A module whose server nobody knows must not hide the others.
      const server = await this.#servers.of(module).catch((error: unknown) => {
        problems.add(messageOf(error));
        if (!this.#told.has(messageOf(error))) reportError(error, this.#log);
        return undefined;
      });
      for (const problem of problems) this.#told.add(problem);
      if (server) this.#watchServer(server);
      if (!server || module.database === undefined) continue;
      const key = `${server.target.url} ${module.database}`;
      wanted.add(key);
      const known = this.#databases.get(key);
      if (known) known.module = module;
      else this.#databases.set(key, this.#create(module, module.database, server));
    }
    this.#told = problems;
    for (const [key, database] of this.#databases) {
      if (wanted.has(key)) continue;
      database.session.dispose();
      this.#databases.delete(key);
    }
    if (this.#awake) await Promise.all(this.#servers.all.map((server) => server.detect()));
    for (const database of this.all) this.#follow(database);
    this.#changed.fire();
  }

  #create(module: ModuleTarget, name: string, server: Server): Database {
    const session = new Session({
      database: name,
      tokens: this.#tokens,
      onLost: () => void server.connectionLost(),
      log: (text) => this.#log.write(text),
    });
    session.onDidChangeState(() => this.#changed.fire());
    session.onDidChangeModule(() => this.#changed.fire());
    return { module, name, server, session };
  }

  #watchServer(server: Server): void {
    if (this.#followed.has(server)) return;
    this.#followed.add(server);
    server.onDidChange(() => {
      for (const database of this.all) if (database.server === server) this.#follow(database);
      this.#changed.fire();
    });
  }

  /** The connection does what its server does. */
  #follow({ server, session }: Database): void {
    const { state } = server;
    if (isUp(state)) {
      // A database that is known to be missing waits for a publish or a refresh.
      if (this.#awake && !(session.missing && session.url === state.url)) session.open(state.url);
    } else if (state.state !== 'unknown') {
      session.close(describeAbsence(state), server.target.startable ? 'startServer' : undefined);
    }
  }

  /** After a publish: the database exists, and may look different. */
  async published(module: ModuleTarget, url: string): Promise<Database | undefined> {
    this.#awake = true;
    await this.#refresh();
    const database = await this.of(module);
    if (!database) return undefined;
    if (database.session.url === url) await database.session.moduleMayHaveChanged();
    else database.session.open(url);
    return database;
  }

  /** Everything is looked at again: modules, servers, schemas. */
  async refresh(): Promise<void> {
    await this.#modules.discover();
    await this.wake();
    await Promise.all(this.all.map(({ session }) => session.moduleMayHaveChanged()));
  }

  /** Readings of the server's metrics about once a second, until the returned function is called. */
  listenToMetrics(server: Server, listener: MetricsListener): () => void {
    let poller = this.#pollers.get(server);
    if (!poller) {
      poller = new MetricsPoller(() => (isUp(server.state) ? server.state.url : undefined));
      this.#pollers.set(server, poller);
    }
    return poller.listen(listener);
  }

  dispose(): void {
    for (const database of this.#databases.values()) database.session.dispose();
    this.#disposables.dispose();
  }
}
