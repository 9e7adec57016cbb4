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
  return typeof data === 'object' && data !== null && 'jsonrpc' in data && data.jsonrpc === '2.0';
}

/** The panel's end of the line to the extension host. */
export interface PanelHost<State> {
  readonly rpc: MessageConnection;
  /** State that VS Code kept for this panel while it was hidden or the window reloaded; undefined the first time. */
  readonly savedState: State | undefined;
  /** Keeps `state` (JSON) for the next time this panel is created. */
  save(state: State): void;
}

/**
 * Opens the line to the extension host. Register the handlers on `rpc`, then call `rpc.listen()`.
 * Call once per page: VS Code hands its interface out only once.
 */
export function connectPanel<State extends object>(): PanelHost<State> {
  const api = acquireVsCodeApi();
  // What the extension host needs to bring this panel back after a reload of the window; it writes it into the page.
  const panel: unknown = JSON.parse(document.body.dataset.state ?? 'null');
  const saved = (api.getState() ?? {}) as { own?: State };
  api.setState({ panel, own: saved.own });
  return {
    rpc: createMessageConnection(new WindowReader(), new HostWriter(api)),
    savedState: typeof saved.own === 'object' && saved.own !== null ? saved.own : undefined,
    save: (own) => api.setState({ panel, own }),
  };
}
