/**
 * The socket under the official SDK: the npm package `ws`, with the token in the Authorization header, so that it
 * appears in no URL, and without compression, which the SDK would let overtake (reference "protocol" 3.3).
 */
import type { DbConnectionImpl } from 'spacetimedb';
import WebSocket from 'ws';

type Factory = ConstructorParameters<typeof DbConnectionImpl>[0]['createWSFn'];
type Adapter = Awaited<ReturnType<Factory>>;
type OnClose = Adapter['onclose'];
type OnError = Adapter['onerror'];

const handshakeTimeoutMs = 10_000;

export const openWebSocket: Factory = async ({ url, nameOrAddress, wsProtocol, authToken, confirmedReads }) => {
  const address = new URL(`v1/database/${encodeURIComponent(nameOrAddress)}/subscribe`, url);
  address.searchParams.set('compression', 'None');
  if (confirmedReads !== undefined) address.searchParams.set('confirmed', String(confirmedReads));
  const socket = new WebSocket(address, wsProtocol, {
    headers: authToken ? { authorization: `Bearer ${authToken}` } : {},
    perMessageDeflate: false,
    handshakeTimeout: handshakeTimeoutMs,
  });
  socket.binaryType = 'nodebuffer';
  return new SocketAdapter(socket);
};

class SocketAdapter implements Adapter {
  readonly #socket: WebSocket;

  constructor(socket: WebSocket) {
    this.#socket = socket;
  }
  get protocol(): string {
    return this.#socket.protocol;
  }
  get readyState(): number {
    return this.#socket.readyState;
  }
  set onopen(handler: () => void) {
    this.#socket.on('open', handler);
  }
  set onclose(handler: OnClose) {
    this.#socket.on('close', (code, reason) => {
      handler({ code, reason: reason.toString() } as Parameters<OnClose>[0]);
    });
  }
  set onerror(handler: OnError) {
    this.#socket.on('error', (error) => handler(error as unknown as Parameters<OnError>[0]));
  }
  /** Payload without the byte in front that names the compression, which is none. */
  set onmessage(handler: (message: { data: Uint8Array }) => void) {
    this.#socket.on('message', (data: Buffer) => {
      try {
        handler({ data: data.subarray(1) });
      } catch (error) {
        // The SDK throws here on what its module does not know, and would go on with half a message applied.
        // A new connection reads the schema again.
        this.#socket.emit('error', error);
        this.#socket.terminate();
      }
    });
  }
  send(message: Uint8Array<ArrayBuffer>): void {
    this.#socket.send(message);
  }
  close(): void {
    this.#socket.close();
  }
}
