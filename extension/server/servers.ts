/** The servers of the workspace's modules, one object per address. */
import { homedir } from 'node:os';
import * as vscode from 'vscode';
import { parseServerList } from '../cli/output.ts';
import type { Tools } from '../cli/tools.ts';
import { Disposables } from '../disposables.ts';
import { errors } from '../errors.ts';
import type { Log } from '../log.ts';
import type { ModuleTarget } from '../module/config.ts';
import { onSettingChanged, setting } from '../settings.ts';
import { Server } from './server.ts';
import { resolveTarget, type ServerTarget } from './target.ts';

export class Servers {
  readonly #tools: Tools;
  readonly #log: Log;
  readonly #storage: vscode.Uri;
  readonly #memory: vscode.Memento;
  readonly #servers = new Map<string, Server>();
  readonly #disposables = new Disposables();
  readonly #changed = this.#disposables.add(new vscode.EventEmitter<void>());
  readonly #settingChanged = this.#disposables.add(new vscode.EventEmitter<void>());
  #disposing = false;
  #nicknames: Promise<ReadonlyMap<string, string>> | undefined;

  /** The state of some server changed. */
  readonly onDidChange = this.#changed.event;
  /** Modules may belong to other servers from now on. */
  readonly onDidChangeSetting = this.#settingChanged.event;

  constructor(tools: Tools, log: Log, storage: vscode.Uri, memory: vscode.Memento) {
    this.#memory = memory;
    this.#tools = tools;
    this.#log = log;
    this.#storage = storage;
    this.#disposables.add(
      onSettingChanged(['server'], () => {
        this.#nicknames = undefined;
        this.#settingChanged.fire();
      }),
    );
  }

  get all(): readonly Server[] {
    return [...this.#servers.values()];
  }

  /** @throws UserError for a server name that nobody knows. */
  async of(module: ModuleTarget): Promise<Server> {
    const configured = setting('server');
    let target = resolveTarget(configured, module.server, new Map());
    // The command line is asked only for names that are not plain.
    if (!target.ok) target = resolveTarget(configured, module.server, await this.#knownNicknames());
    if (!target.ok) throw errors.unknownServer(target.message);
    return this.#at(target.value);
  }

  #at(target: ServerTarget): Server {
    const known = this.#servers.get(target.url);
    if (known) return known;
    const server = new Server({
      target,
      dataDir: vscode.Uri.joinPath(this.#storage, dataFolder(target)).fsPath,
      tool: () => this.#tools.current(),
      log: (text) => this.#log.write(text),
    });
    let before = server.state.state;
    server.onDidChange(({ state }) => {
      if (state === 'running') this.#remember(target.url, true);
      else if (before === 'running') this.#remember(target.url, false);
      before = state;
      this.#changed.fire();
    });
    this.#servers.set(target.url, server);
    return server;
  }

  #remember(url: string, started: boolean): void {
    if (!this.#disposing) void this.#memory.update(`started:${url}`, started || undefined);
  }

  /**
   * Looks whether a server answers. One that this window had started when it was closed or reloaded is
   * started again, so that everything is as it was.
   */
  async resume(server: Server): Promise<void> {
    if (this.#memory.get<boolean>(`started:${server.target.url}`)) await server.ensure();
    else await server.detect();
  }

  #knownNicknames(): Promise<ReadonlyMap<string, string>> {
    this.#nicknames ??= this.#tools
      .run(['server', 'list'], { cwd: homedir() })
      .then(({ stdout, exitCode }) => (exitCode === 0 ? parseServerList(stdout) : new Map()));
    return this.#nicknames;
  }

  /** Ends the servers that this window started. */
  async dispose(): Promise<void> {
    this.#disposing = true;
    await Promise.all(this.all.map((server) => server.dispose()));
    this.#disposables.dispose();
  }
}

/** The usual address has the plain name; another port is another server with data of its own. */
function dataFolder({ url }: ServerTarget): string {
  const { port } = new URL(url);
  return port === '3000' ? 'data' : `data-${port || 'default'}`;
}
