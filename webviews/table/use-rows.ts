import { useEffect, useRef } from 'preact/hooks';
import { CancellationTokenSource, type MessageConnection } from 'vscode-jsonrpc/browser';
import { type TableWindow, tableWindow, type WindowRequest } from '../protocol.ts';

/** Rows per request; the protocol allows 500. */
export const windowLimit = 200;

/**
 * Asks for `request` whenever it or `occasion` changes (the extension may have forgotten what was asked before), one request at a time: while one is under way only the newest waits, so fast
 * scrolling does not queue up windows that nobody sees any more. A request made for another filter or order is cancelled.
 */
export function useRows(
  rpc: MessageConnection,
  request: WindowRequest | undefined,
  occasion: unknown,
  receive: (window: TableWindow) => void,
  fail: (message: string) => void,
): void {
  const line = useRef<{
    running: WindowRequest | undefined;
    waiting: WindowRequest | undefined;
    cancel: CancellationTokenSource;
  }>({
    running: undefined,
    waiting: undefined,
    cancel: new CancellationTokenSource(),
  });
  const text = request && JSON.stringify(request);
  // A request is new when its content is.
  useEffect(() => {
    if (request === undefined) return;
    const current = line.current;
    current.waiting = request;
    if (current.running === undefined) void drain();
    else if (!sameQuestion(current.running, request)) current.cancel.cancel();

    async function drain(): Promise<void> {
      for (let next = current.waiting; next !== undefined; next = current.waiting) {
        current.running = next;
        current.waiting = undefined;
        current.cancel = new CancellationTokenSource();
        const { token } = current.cancel;
        try {
          const window = await rpc.sendRequest(tableWindow, next, token);
          if (!token.isCancellationRequested) receive(window);
        } catch (error) {
          if (!token.isCancellationRequested) fail(error instanceof Error ? error.message : String(error));
        }
      }
      current.running = undefined;
    }
  }, [text, occasion]);
}

function sameQuestion(a: WindowRequest, b: WindowRequest): boolean {
  return a.filter === b.filter && a.sort?.column === b.sort?.column && a.sort?.descending === b.sort?.descending;
}
