/** The modules of the workspace: all folders, several modules per folder. */
import path from 'node:path';
import * as vscode from 'vscode';
import { Disposables } from '../disposables.ts';
import { errors, type UserError } from '../errors.ts';
import {
  dependsOnSpacetime,
  errorPosition,
  type ModuleTarget,
  mergeConfigs,
  moduleLabel,
  parseConfig,
  targetsOf,
} from './config.ts';

const notOurs = '**/{node_modules,dist,target,.git}/**';
const most = 100;

export class Modules {
  readonly #state: vscode.Memento;
  readonly #disposables = new Disposables();
  readonly #changed = this.#disposables.add(new vscode.EventEmitter<void>());
  #targets: readonly ModuleTarget[] = [];
  #discovery: Promise<void> | undefined;
  readonly #problems = this.#disposables.add(vscode.languages.createDiagnosticCollection('spacetime.json'));
  /** By path of spacetime.json. */
  readonly #unreadable = new Map<string, UserError>();

  readonly onDidChange = this.#changed.event;

  constructor(state: vscode.Memento) {
    this.#state = state;
    const watcher = this.#disposables.add(
      vscode.workspace.createFileSystemWatcher('**/{spacetime.json,spacetime.local.json,spacetimedb/package.json}'),
    );
    const again = (uri: vscode.Uri): void => {
      if (!uri.path.includes('/node_modules/')) void this.discover();
    };
    for (const event of [watcher.onDidChange, watcher.onDidCreate, watcher.onDidDelete])
      this.#disposables.add(event(again));
    this.#disposables.add(vscode.workspace.onDidChangeWorkspaceFolders(() => void this.discover()));
  }

  get all(): readonly ModuleTarget[] {
    return this.#targets;
  }

  /** Looks through the workspace; a second call while one runs looks again afterwards. */
  discover(): Promise<void> {
    const previous = this.#discovery ?? Promise.resolve();
    const next = previous.then(() => this.#discover());
    this.#discovery = next;
    return next;
  }

  /** Waits for the first look. */
  async known(): Promise<readonly ModuleTarget[]> {
    await (this.#discovery ?? this.discover());
    return this.#targets;
  }

  async #discover(): Promise<void> {
    this.#unreadable.clear();
    const [configs, packages] = await Promise.all([
      vscode.workspace.findFiles('**/spacetime.json', notOurs, most),
      vscode.workspace.findFiles('**/spacetimedb/package.json', notOurs, most),
    ]);
    const configured = (await Promise.all(configs.map((uri) => this.#fromConfig(uri)))).flat();
    const known = new Set(configured.map((target) => target.modulePath));
    const bare = await Promise.all(packages.map((uri) => this.#fromPackage(uri)));
    this.#targets = [...configured, ...bare.filter((t) => t !== undefined && !known.has(t.modulePath))]
      .filter((target) => target !== undefined)
      .map((target) => ({ ...target, database: target.database ?? this.#remembered(target) }))
      .sort((a, b) => (a.root < b.root ? -1 : a.root > b.root ? 1 : 0));
    this.#changed.fire();
  }

  /** While a layer cannot be read, there is a squiggle, and the module is what it was before. */
  async #fromConfig(uri: vscode.Uri): Promise<ModuleTarget[]> {
    const layers: Record<string, unknown>[] = [];
    let unreadable: UserError | undefined;
    for (const layer of [uri, vscode.Uri.joinPath(uri, '..', 'spacetime.local.json')]) {
      const text = await readText(layer);
      const parsed = text === undefined ? undefined : parseConfig(text);
      this.#problems.set(layer, parsed?.ok === false ? [problemAt(parsed.message)] : []);
      if (parsed?.ok) layers.push(parsed.value);
      else if (parsed) unreadable = errors.configUnreadable(vscode.workspace.asRelativePath(layer), parsed.message);
    }
    if (unreadable) {
      this.#unreadable.set(uri.fsPath, unreadable);
      return this.#targets.filter((target) => target.configFile === uri.fsPath);
    }
    const besides = await readText(vscode.Uri.joinPath(uri, '..', 'spacetimedb', 'package.json'));
    return targetsOf(mergeConfigs(layers), uri.fsPath, besides === undefined ? '.' : './spacetimedb');
  }

  /** A folder `spacetimedb/` without configuration. */
  async #fromPackage(uri: vscode.Uri): Promise<ModuleTarget | undefined> {
    const text = await readText(uri);
    if (text === undefined || !dependsOnSpacetime(text)) return undefined;
    const modulePath = path.dirname(uri.fsPath);
    return {
      root: path.dirname(modulePath),
      modulePath,
      configFile: undefined,
      database: undefined,
      server: undefined,
      hasGenerateEntries: false,
    };
  }

  #remembered = (target: ModuleTarget): string | undefined => this.#state.get<string>(`database:${target.modulePath}`);

  /** Keeps the name that was chosen for a module without one. */
  async rememberDatabase(target: ModuleTarget, database: string): Promise<ModuleTarget> {
    await this.#state.update(`database:${target.modulePath}`, database);
    await this.discover();
    return { ...target, database };
  }

  /**
   * The module that is meant: the only one, the one of the active editor, or the one that the person picks.
   * Undefined when the person picks none.
   * @throws UserError when there is no module.
   */
  async choose(): Promise<ModuleTarget | undefined> {
    const targets = await this.known();
    const [only] = targets;
    if (!only) throw [...this.#unreadable.values()][0] ?? errors.noModule();
    if (targets.length === 1) return only;
    const active = vscode.window.activeTextEditor?.document.uri.fsPath;
    const holding = targets.filter((target) => active !== undefined && contains(target.modulePath, active));
    if (holding.length === 1) return holding[0];
    const items = targets.map((target) => ({
      label: moduleLabel(target),
      description: vscode.workspace.asRelativePath(target.modulePath),
      target,
    }));
    return (await vscode.window.showQuickPick(items, { title: 'SpacetimeDB: choose a module' }))?.target;
  }

  /** @throws UserError while the module's configuration cannot be read: what it means now is not known. */
  assertReadable({ configFile }: ModuleTarget): void {
    const problem = configFile === undefined ? undefined : this.#unreadable.get(configFile);
    if (problem) throw problem;
  }

  /** Modules that a file belongs to. */
  holding(file: string): ModuleTarget[] {
    return this.#targets.filter((target) => contains(target.modulePath, file));
  }

  dispose(): void {
    this.#disposables.dispose();
  }
}

function problemAt(message: string): vscode.Diagnostic {
  const { line, column } = errorPosition(message);
  return new vscode.Diagnostic(new vscode.Range(line, column, line, column + 1), message);
}

async function readText(uri: vscode.Uri): Promise<string | undefined> {
  try {
    return new TextDecoder().decode(await vscode.workspace.fs.readFile(uri));
  } catch {
    // A layer that is not there.
    return undefined;
  }
}

function contains(folder: string, file: string): boolean {
  const relative = path.relative(folder, file);
  return relative !== '' && !relative.startsWith('..') && !path.isAbsolute(relative);
}
