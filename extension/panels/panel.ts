/** What all panels share: the page, the typed messages, the database behind it, and its end. */
import type * as vscode from 'vscode';
import {
  AbstractMessageReader,
  AbstractMessageWriter,
  createMessageConnection,
  type DataCallback,
  type Message,
  type MessageConnection,
  type Disposable as RpcDisposable,
} from 'vscode-jsonrpc/node';
import type { ConnectionState, PanelTarget } from '../../webviews/protocol.ts';
import { connectionChanged, ready, runCommand } from '../../webviews/protocol.ts';
import type { Database, Databases } from '../connection/databases.ts';
import type { PanelName } from '../contributions.ts';
import { Disposables } from '../disposables.ts';
import { panelHtml } from './html.ts';

export interface PanelContext {
  extensionUri: vscode.Uri;
  databases: Databases;
  /** Runs the command behind a panel's button, for the panel's database. */
  run(command: 'startServer' | 'reconnect' | 'publish' | 'showLogs' | 'callReducer', database: string): void;
}

/** What a kind of panel does with a database; everything it starts is added to `scope`. */
export interface PanelBody {
  /** The page has loaded, or came back: send what it shows. */
  start(): void;
  /** The module's tables or reducers changed. */
  moduleChanged(): void;
  /** The person asked for the open panel again, maybe with another state. */
  shownAgain?(): void;
}

export interface Channel {
  connection: MessageConnection;
  panel: vscode.WebviewPanel;
  database: Database;
  target(): PanelTarget;
  /** The panel's title follows its state. */
  retitle(): void;
  scope: Disposables;
}

class WebviewReader extends AbstractMessageReader {
  readonly #webview: vscode.Webview;
  constructor(webview: vscode.Webview) {
    super();
    this.#webview = webview;
  }
  listen(callback: DataCallback): RpcDisposable {
    return this.#webview.onDidReceiveMessage((message: Message) => callback(message));
  }
}

class WebviewWriter extends AbstractMessageWriter {
  readonly #webview: vscode.Webview;
  constructor(webview: vscode.Webview) {
    super();
    this.#webview = webview;
  }
  async write(message: Message): Promise<void> {
    // A hidden panel has no page: what it misses is sent again when the page says that it is ready.
    await this.#webview.postMessage(message);
  }
  end(): void {}
}

/**
 * Fills a panel, new or restored. `state` is kept by the page, so that the panel comes back after a reload.
 * The database may be found only later, when the modules of a restored window are known.
 */
export function fillPanel(
  context: PanelContext,
  panel: vscode.WebviewPanel,
  kind: PanelName,
  state: { database: string },
  retitle: () => void,
  body: (channel: Channel) => PanelBody,
): { shownAgain(): void } {
  const scope = new Disposables();
  const connection = createMessageConnection(new WebviewReader(panel.webview), new WebviewWriter(panel.webview));
  scope.add(connection);
  panel.onDidDispose(() => scope.dispose());

  let attached: { database: Database; body: PanelBody; scope: Disposables } | undefined;
  let isReady = false;
  let searched = false;

  const tell = (state: ConnectionState): void => void connection.sendNotification(connectionChanged, state);
  const start = (): void => {
    if (!isReady) return;
    if (attached) {
      tell(attached.database.session.state);
      attached.body.start();
    } else if (searched) {
      tell({ state: 'disconnected', reason: `No module of this workspace belongs to “${state.database}”.` });
    }
  };
  const attach = (): void => {
    const database = context.databases.find(state.database);
    if (!database || database === attached?.database) return;
    attached?.scope.dispose();
    const inner = scope.add(new Disposables());
    const { session } = database;
    const target = (): PanelTarget => ({ database: database.name, server: session.url ?? database.server.url });
    attached = { database, scope: inner, body: body({ connection, panel, database, target, retitle, scope: inner }) };
    const { body: current } = attached;
    retitle();
    inner.add(session.onDidChangeState(tell));
    inner.add(session.onDidChangeModule(() => isReady && current.moduleChanged()));
    start();
  };

  connection.onNotification(ready, () => {
    isReady = true;
    start();
  });
  connection.onNotification(runCommand, ({ command }) => context.run(command, state.database));
  connection.listen();
  scope.add(context.databases.onDidChange(attach));
  attach();
  panel.webview.options = { enableScripts: true, localResourceRoots: [distUri(context)] };
  panel.webview.html = panelHtml(panel.webview, context.extensionUri, kind, state);
  void context.databases.wake().then(() => {
    searched = true;
    if (!attached) start();
  });
  return { shownAgain: () => attached?.body.shownAgain?.() };
}

const distUri = (context: PanelContext): vscode.Uri =>
  context.extensionUri.with({ path: `${context.extensionUri.path}/dist/webviews` });

/** Calls `action` soon, and at most once per `ms`; calls in between are gathered. */
export function throttle(action: () => void, ms: number): { (): void; dispose(): void } {
  let timer: NodeJS.Timeout | undefined;
  let last = 0;
  const run = (): void => {
    timer = undefined;
    last = Date.now();
    action();
  };
  const request = (): void => {
    timer ??= setTimeout(run, Math.max(0, last + ms - Date.now()));
  };
  request.dispose = (): void => clearTimeout(timer);
  return request;
}
