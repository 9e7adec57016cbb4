/** All WebSocket clients of the server: admission, life, and the way between a socket and its database. */
import type { IncomingMessage } from 'node:http';
import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Caller, OutgoingFrame } from '../database/messages.ts';
import { authenticate } from './authentication.ts';
import { ClientSocket } from './client-socket.ts';
import type { WebSocketConfig } from './config.ts';
import type { HostedDatabase } from './hosted-database.ts';
import { messageOf } from './node-error.ts';
import type { ServerLogger } from './server-log.ts';
import {
  chooseProtocol,
  protocolRefusal,
  protocolVersion,
  type RequestRefusal,
  readSocketRequest,
  type SocketRequest,
} from './socket-request.ts';
import type { Credentials, TokenAuthority } from './tokens.ts';

const MAX_MESSAGE_BYTES = 32 * 1024 * 1024;
/** A check that comes this late means that the process was stopped or the machine slept: nobody is blamed for it. */
const PAUSE_MS = 5000;

export interface FoundDatabase {
  identity: string;
  hosted: HostedDatabase;
}

export interface SocketGatewayOptions {
  timing: WebSocketConfig;
  tokens: TokenAuthority;
  logger: ServerLogger;
  /** The database of a name or identity, or why there is none. */
  find(nameOrIdentity: string): FoundDatabase | RequestRefusal;
}

interface Admission {
  request: SocketRequest;
  credentials: Credentials;
  found: FoundDatabase;
}

export class SocketGateway {
  readonly #options: SocketGatewayOptions;
  readonly #clients = new Map<number, ClientSocket>();
  readonly #server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: MAX_MESSAGE_BYTES,
    handleProtocols: (offered) => chooseProtocol(offered) ?? false,
  });
  readonly #timer: NodeJS.Timeout;
  #lastId = 0;
  #closing = false;

  constructor(options: SocketGatewayOptions) {
    this.#options = options;
    const { pingIntervalMs, idleTimeoutMs } = options.timing;
    let last = performance.now();
    this.#timer = setInterval(
      () => {
        const now = performance.now();
        const paused = now - last > PAUSE_MS;
        last = now;
        for (const client of this.#clients.values()) client.checkLife(now, paused);
      },
      Math.min(1000, pingIntervalMs, idleTimeoutMs / 2),
    );
    this.#timer.unref();
  }

  /** Answers an HTTP upgrade. Never rejects; a refusal is an HTTP response. */
  async handleUpgrade(incoming: IncomingMessage, raw: Duplex, head: Buffer): Promise<void> {
    const ignore = () => {
      // The peer may go away while it is being checked; the WebSocket has a handler of its own later.
    };
    raw.on('error', ignore);
    try {
      const admission = await this.#admit(incoming);
      if (raw.destroyed) return;
      if ('status' in admission) {
        refuse(raw, admission);
        return;
      }
      raw.off('error', ignore);
      const addHeaders = (headers: string[]) => {
        headers.push(`spacetime-identity: ${admission.credentials.identity}`);
        headers.push(`spacetime-identity-token: ${admission.credentials.token}`);
      };
      // Emitted inside handleUpgrade, which is synchronous.
      this.#server.once('headers', addHeaders);
      this.#server.handleUpgrade(incoming, raw, head, (ws) => this.#accept(ws, raw, admission));
      this.#server.off('headers', addHeaders);
    } catch (error) {
      this.#options.logger.error(`A WebSocket could not be opened: ${messageOf(error)}`);
      refuse(raw, { status: 500, message: 'The server failed to open the connection; its log says why.' });
    }
  }

  async #admit(incoming: IncomingMessage): Promise<Admission | RequestRefusal> {
    const request = readSocketRequest(incoming.url ?? '');
    if (!request) return { status: 404, message: 'No WebSocket is served at this address' };
    if ('status' in request) return request;
    if (this.#closing) return { status: 503, message: 'The server is stopping' };
    const who = await authenticate(this.#options.tokens, incoming.headers.authorization, request.token);
    if (who.kind === 'refused') return who;
    const credentials = who.kind === 'known' ? who.credentials : await this.#options.tokens.issueAnonymous();
    const found = this.#options.find(request.database);
    if ('status' in found) return found;
    const offered = (incoming.headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim());
    return chooseProtocol(offered) ? { request, credentials, found } : protocolRefusal(offered);
  }

  #accept(ws: WebSocket, raw: Duplex, { request, credentials, found }: Admission): void {
    const id = ++this.#lastId;
    const protocol = chooseProtocol([ws.protocol]);
    if (!protocol) {
      ws.terminate();
      return;
    }
    const client: ClientSocket = new ClientSocket({
      id,
      databaseIdentity: found.identity,
      ws,
      raw,
      timing: this.#options.timing,
      forward: (data) => found.hosted.sendClientFrame(id, data, client),
      onDropped: (reason) =>
        this.#options.logger.warn(
          `Client ${request.connectionId} of database ${found.identity} was dropped: ${reason}`,
        ),
    });
    this.#clients.set(id, client);
    const caller: Caller = { identity: credentials.identity, connectionId: request.connectionId };
    const connected = this.#connect(client, found, caller, credentials, {
      socket: id,
      protocol: protocolVersion(protocol),
      compression: request.compression,
      confirmed: request.confirmed,
      token: credentials.token,
    });
    ws.once('close', () => {
      this.#clients.delete(id);
      found.hosted.forgetClient(client);
      void connected.then((admitted) => {
        if (admitted && !client.orphaned) this.#disconnect(found, caller, id);
      });
    });
  }

  /** Runs the connect hook; resolves to whether the client is in. */
  async #connect(
    client: ClientSocket,
    found: FoundDatabase,
    caller: Caller,
    credentials: Credentials,
    socket: {
      socket: number;
      protocol: 'v2' | 'v3';
      compression: SocketRequest['compression'];
      confirmed: boolean;
      token: string;
    },
  ): Promise<boolean> {
    try {
      const reply = await found.hosted.request('connect', { ...caller, jwtPayload: credentials.payload, socket });
      if (reply.ok) {
        client.admit();
        return true;
      }
      // As the real server does: no close frame. The module's log has the reason.
      client.terminate();
    } catch (error) {
      client.close(1011, messageOf(error));
    }
    return false;
  }

  #disconnect(found: FoundDatabase, caller: Caller, socket: number): void {
    if (found.hosted.state === 'closed') return;
    found.hosted.request('disconnect', { ...caller, socket }).catch((error: unknown) => {
      // Opening the database again runs the disconnect hook of everybody who was connected.
      this.#options.logger.warn(`Client ${caller.connectionId} left while its database was down: ${messageOf(error)}`);
    });
  }

  /** Sends frames in order; those for one client leave together. */
  deliver(frames: readonly OutgoingFrame[]): void {
    const held: ClientSocket[] = [];
    for (const { socket, data } of frames) {
      const client = this.#clients.get(socket);
      if (client?.send(data)) held.push(client);
    }
    for (const client of held) client.flush();
  }

  closeSocket(socket: number, code: number, reason: string): void {
    this.#clients.get(socket)?.close(code, reason);
  }

  /** Ends all connections of a database that is gone or lost them. */
  closeDatabase(identity: string, code: number, reason: string): void {
    for (const client of this.#clients.values()) {
      if (client.databaseIdentity !== identity) continue;
      client.orphaned = true;
      client.close(code, reason);
    }
  }

  /** Open connections per database identity. */
  countClients(): Map<string, number> {
    const counts = new Map<string, number>();
    for (const { databaseIdentity } of this.#clients.values()) {
      counts.set(databaseIdentity, (counts.get(databaseIdentity) ?? 0) + 1);
    }
    return counts;
  }

  /** Says goodbye to everybody and resolves when all are gone, which the close timeout bounds. */
  async close(): Promise<void> {
    this.#closing = true;
    for (const client of this.#clients.values()) client.close(1001, 'server is stopping');
    const end = performance.now() + this.#options.timing.closeTimeoutMs * 2;
    while (this.#clients.size > 0 && performance.now() < end) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    clearInterval(this.#timer);
    this.#server.close();
  }
}

function refuse(raw: Duplex, { status, message }: RequestRefusal): void {
  const body = Buffer.from(message);
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Error'}`,
    'Content-Type: text/plain; charset=utf-8',
    `Content-Length: ${body.length}`,
    'Connection: close',
  ];
  raw.end(Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), body]));
}
