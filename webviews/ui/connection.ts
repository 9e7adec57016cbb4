import {
  AbstractMessageReader,
  AbstractMessageWriter,
  createMessageConnection,
  type DataCallback,
  type Disposable,
  type Message,
  type MessageConnection,
  type MessageReader,
  type MessageWriter,
} from 'vscode-jsonrpc/browser';

/** What VS Code puts into every webview; may be asked for once only. */
interface VsCodeApi {
  postMessage(message: unknown): void;
  getState(): unknown;
  setState(state: unknown): void;
}

declare function acquireVsCodeApi(): VsCodeApi;

class WindowReader extends AbstractMessageReader implements MessageReader {
  listen(callback: DataCallback): Disposable {
    const listener = (event: MessageEvent): void => {
      if (isRpcMessage(event.data)) callback(event.data);
    };
    window.addEventListener('message', listener);
    return { dispose: () => window.removeEventListener('message', listener) };
  }
}

class HostWriter extends AbstractMessageWriter implements MessageWriter {
  private readonly api: VsCodeApi;

  constructor(api: VsCodeApi) {
    super();
    this.api = api;
  }

  async write(message: Message): Promise<void> {
    this.api.postMessage(message);
  }

  end(): void {}
}

function isRpcMessage(data: unknown): data is Message {
  return isObject(data) && 'jsonrpc' in data && data.jsonrpc === '2.0';
}

/** The panel's end of the line to the extension host. */
export interface PanelHost<View> {
  readonly rpc: MessageConnection;
  /** What `save` kept for this panel while it was hidden or the window reloaded; undefined the first time. */
  readonly savedView: Partial<View> | undefined;
  /** Keeps `view` (JSON) for the next time this page is created. */
  save(view: View): void;
}

/**
 * Opens the line to the extension host. Register the handlers on `rpc`, then call `rpc.listen()`.
 * Call once per page: VS Code hands its interface out only once.
 */
export function connectPanel<View extends object>(): PanelHost<View> {
  const api = acquireVsCodeApi();
  // What the extension opened the panel with. It must be kept, or the panel cannot come back after a reload.
  const opened: unknown = JSON.parse(document.body.dataset.state ?? '{}');
  const keep = (view: unknown): void => api.setState({ ...(opened as object), view });
  const saved = api.getState();
  const view = isObject(saved) && 'view' in saved && isObject(saved.view) ? (saved.view as Partial<View>) : undefined;
  keep(view);
  return {
    rpc: createMessageConnection(new WindowReader(), new HostWriter(api)),
    savedView: view,
    save: keep,
  };
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
