/** The tree "Databases": server → database → tables with live row counts, reducers with their arguments. */
import * as vscode from 'vscode';
import type { Database, Databases } from '../connection/databases.ts';
import { commandIds, type TreeContext, viewIds } from '../contributions.ts';
import { Disposables } from '../disposables.ts';
import { parseSamples } from '../metrics/prometheus.ts';
import { rowCountMetrics, rowCounts } from '../metrics/row-counts.ts';
import { callableReducers, signature } from '../panels/fields.ts';
import type { Server } from '../server/server.ts';
import { describeServer, isUp } from '../server/state.ts';
import { isLoopback } from '../server/target.ts';

/** Also what commands get when they are chosen from the tree. */
export type TreeNode =
  | { kind: 'server'; id: string; server: Server }
  | { kind: 'database'; id: string; database: string; entry: Database }
  | { kind: 'group'; id: string; group: 'Tables' | 'Reducers'; entry: Database }
  | { kind: 'table'; id: string; database: string; table: string; entry: Database }
  | { kind: 'reducer'; id: string; database: string; reducer: string; entry: Database };

export class DatabasesView implements vscode.TreeDataProvider<TreeNode> {
  readonly #databases: Databases;
  readonly #disposables = new Disposables();
  readonly #changed = this.#disposables.add(new vscode.EventEmitter<TreeNode | undefined>());
  readonly #view: vscode.TreeView<TreeNode>;
  /** The same object per id, because VS Code knows elements by identity. */
  readonly #nodes = new Map<string, TreeNode>();
  readonly #counts = new Map<Database, ReadonlyMap<string, number>>();
  readonly #identities = new Map<Database, Promise<string>>();
  readonly #listening = new Map<Server, () => void>();

  readonly onDidChangeTreeData = this.#changed.event;

  constructor(databases: Databases) {
    this.#databases = databases;
    this.#view = this.#disposables.add(
      vscode.window.createTreeView(viewIds.databases, { treeDataProvider: this, showCollapseAll: true }),
    );
    this.#disposables.add(
      databases.onDidChange(() => {
        // A database that was deleted and published again has another identity.
        for (const database of databases.all) {
          if (database.session.state.state !== 'connected') this.#identities.delete(database);
        }
        this.#changed.fire(undefined);
        this.#listenToCounts();
      }),
    );
    this.#disposables.add(this.#view.onDidChangeVisibility(({ visible }) => this.#visibilityChanged(visible)));
    this.#visibilityChanged(this.#view.visible);
  }

  #visibilityChanged(visible: boolean): void {
    if (visible) void this.#databases.wake();
    this.#listenToCounts();
  }

  /** Row counts are read only while the tree can be seen. */
  #listenToCounts(): void {
    const servers = new Set(this.#view.visible ? this.#databases.all.map((database) => database.server) : []);
    for (const [server, stop] of this.#listening) {
      if (servers.has(server)) continue;
      stop();
      this.#listening.delete(server);
    }
    for (const server of servers) {
      if (this.#listening.has(server)) continue;
      const stop = this.#databases.listenToMetrics(server, (reading) => {
        // Without metrics the tree shows no counts; everything else works.
        if ('text' in reading) void this.#takeCounts(server, reading.text);
      });
      this.#listening.set(server, stop);
    }
  }

  async #takeCounts(server: Server, text: string): Promise<void> {
    const samples = parseSamples(text, rowCountMetrics);
    for (const database of this.#databases.all) {
      if (database.server !== server) continue;
      void database.session.lookForMissing();
      if (database.session.state.state !== 'connected') continue;
      const identity = await this.#identityOf(database);
      if (identity !== undefined) this.#applyCounts(database, rowCounts(samples, identity));
    }
  }

  #identityOf(database: Database): Promise<string | undefined> {
    let identity = this.#identities.get(database);
    if (!identity) {
      identity = database.session.identity();
      this.#identities.set(database, identity);
    }
    return identity.catch(() => {
      // The connection is just breaking; the next reading asks again.
      this.#identities.delete(database);
      return undefined;
    });
  }

  #applyCounts(database: Database, counts: ReadonlyMap<string, number>): void {
    const before = this.#counts.get(database);
    this.#counts.set(database, counts);
    for (const table of database.session.module?.tables ?? []) {
      const node = this.#nodes.get(tableId(database, table.name));
      if (node && before?.get(table.name) !== counts.get(table.name)) this.#changed.fire(node);
    }
  }

  getChildren(node?: TreeNode): TreeNode[] {
    if (!node) return this.#roots();
    switch (node.kind) {
      case 'server':
        return this.#databases.all
          .filter((entry) => entry.server === node.server)
          .map((entry) => this.#node({ kind: 'database', id: databaseId(entry), database: entry.name, entry }));
      case 'database':
        if (!hasContents(node.entry)) return [];
        return (['Tables', 'Reducers'] as const).map((group) =>
          this.#node({ kind: 'group', id: `${node.id}/${group}`, group, entry: node.entry }),
        );
      case 'group':
        return node.group === 'Tables' ? this.#tables(node.entry) : this.#reducers(node.entry);
      case 'table':
      case 'reducer':
        return [];
    }
  }

  /** Nothing while no server is up and no database was ever seen: then the welcome text says what to do. */
  #roots(): TreeNode[] {
    const worthShowing = (server: Server): boolean =>
      isUp(server.state) ||
      server.state.state === 'starting' ||
      server.state.state === 'failed' ||
      server.state.state === 'unreachable' ||
      this.#databases.all.some((entry) => entry.server === server && entry.session.module !== undefined);
    const servers = new Set(this.#databases.all.map((entry) => entry.server));
    return [...servers]
      .filter(worthShowing)
      .map((server) => this.#node({ kind: 'server', id: server.target.url, server }));
  }

  #tables(entry: Database): TreeNode[] {
    return (entry.session.module?.tables ?? []).map((table) =>
      this.#node({ kind: 'table', id: tableId(entry, table.name), database: entry.name, table: table.name, entry }),
    );
  }

  #reducers(entry: Database): TreeNode[] {
    const { module } = entry.session;
    return (module ? callableReducers(module) : []).map((reducer) =>
      this.#node({
        kind: 'reducer',
        id: `${databaseId(entry)}/reducer/${reducer.name}`,
        database: entry.name,
        reducer: reducer.name,
        entry,
      }),
    );
  }

  #node<Node extends TreeNode>(node: Node): TreeNode {
    const known = this.#nodes.get(node.id);
    const same = known && (known.kind === 'server' || (node.kind !== 'server' && known.entry === node.entry));
    if (same) return known;
    this.#nodes.set(node.id, node);
    return node;
  }

  getParent(): undefined {
    return undefined;
  }

  getTreeItem(node: TreeNode): vscode.TreeItem {
    const item = this.#item(node);
    // VS Code remembers by id whether an item is open, also from when it had no children yet.
    const childless = item.collapsibleState === vscode.TreeItemCollapsibleState.None;
    item.id = childless ? `${node.id}?` : node.id;
    return item;
  }

  #item(node: TreeNode): vscode.TreeItem {
    switch (node.kind) {
      case 'server':
        return serverItem(node.server);
      case 'database':
        return databaseItem(node.entry);
      case 'group': {
        const item = new vscode.TreeItem(node.group, vscode.TreeItemCollapsibleState.Expanded);
        item.iconPath = new vscode.ThemeIcon(node.group === 'Tables' ? 'table' : 'symbol-event');
        return item;
      }
      case 'table':
        return tableItem(node.entry, node.table, this.#counts.get(node.entry)?.get(node.table), node);
      case 'reducer':
        return reducerItem(node.entry, node.reducer, node);
    }
  }

  dispose(): void {
    for (const stop of this.#listening.values()) stop();
    this.#disposables.dispose();
  }
}

const databaseId = ({ server, name }: Database): string => `${server.target.url}/${name}`;
const tableId = (database: Database, table: string): string => `${databaseId(database)}/table/${table}`;

function serverItem({ state, target, url }: Server): vscode.TreeItem {
  const item = new vscode.TreeItem(new URL(url).host, vscode.TreeItemCollapsibleState.Expanded);
  item.description = describeServer(state);
  item.tooltip = 'reason' in state ? `${url}\n${state.reason}` : url;
  item.accessibilityInformation = { label: `server ${new URL(url).host}, ${describeServer(state)}` };
  const [icon, colour] = isUp(state)
    ? ['vm-running', 'testing.iconPassed']
    : state.state === 'starting' || state.state === 'unknown'
      ? ['loading~spin', undefined]
      : state.state === 'stopped'
        ? ['vm', undefined]
        : ['vm-outline', 'list.errorForeground'];
  item.iconPath = new vscode.ThemeIcon(icon ?? 'vm', colour ? new vscode.ThemeColor(colour) : undefined);
  const context: TreeContext = `server.${isLoopback(target.url) ? 'local' : 'remote'}.${isUp(state) ? 'up' : 'down'}`;
  item.contextValue = context;
  return item;
}

/** A database that was deleted has nothing any more, one that is only out of reach keeps what was seen. */
const hasContents = ({ session }: Database): boolean => session.module !== undefined && !session.missing;

function databaseItem(entry: Database): vscode.TreeItem {
  const { name, session } = entry;
  const item = new vscode.TreeItem(
    name,
    hasContents(entry) ? vscode.TreeItemCollapsibleState.Expanded : vscode.TreeItemCollapsibleState.None,
  );
  const { state } = session;
  const known = session.missing ? 'not published' : state.state;
  item.description = state.state === 'connected' ? '' : known;
  item.tooltip = 'reason' in state ? `${name}\n${state.reason}` : name;
  item.accessibilityInformation = { label: `database ${name}, ${known}` };
  item.iconPath = new vscode.ThemeIcon('database');
  const context: TreeContext = session.missing
    ? 'database.missing'
    : state.state === 'connected'
      ? 'database.connected'
      : 'database.disconnected';
  item.contextValue = context;
  return item;
}

function tableItem(entry: Database, name: string, rows: number | undefined, node: TreeNode): vscode.TreeItem {
  const table = entry.session.module?.tables.find((candidate) => candidate.name === name);
  const item = new vscode.TreeItem(name);
  const stale = entry.session.state.state === 'connected' ? '' : ' (stale)';
  const count = rows === undefined ? '' : `${rows.toLocaleString('en')} ${rows === 1 ? 'row' : 'rows'}${stale}`;
  item.description = table?.isEvent ? 'events' : count;
  item.iconPath = new vscode.ThemeIcon(table?.isPublic === false ? 'lock' : 'table');
  const shownCount = count && !table?.isEvent ? `, ${count}` : '';
  item.tooltip = `${name}: ${table?.isPublic === false ? 'private' : 'public'} ${table?.isEvent ? 'event table' : 'table'}${shownCount}`;
  const kind = `${table?.isPublic === false ? 'private ' : ''}${table?.isEvent ? 'event table' : 'table'}`;
  item.accessibilityInformation = { label: [name, kind, table?.isEvent ? '' : count].filter(Boolean).join(', ') };
  const context: TreeContext = 'table';
  item.contextValue = context;
  item.command = { title: 'Open Table', command: commandIds.openTable, arguments: [node] };
  return item;
}

function reducerItem(entry: Database, name: string, node: TreeNode): vscode.TreeItem {
  const { module } = entry.session;
  const reducer = module?.reducers.find((candidate) => candidate.name === name);
  const item = new vscode.TreeItem(name);
  const args = module && reducer ? signature(reducer, module) : '';
  item.description = `(${args})`;
  item.tooltip = `${name}(${args})`;
  item.accessibilityInformation = { label: `${name}, reducer (${args})` };
  item.iconPath = new vscode.ThemeIcon('symbol-method');
  const context: TreeContext = 'reducer';
  item.contextValue = context;
  item.command = { title: 'Call Reducer', command: commandIds.callReducer, arguments: [node] };
  return item;
}
