/** A server on a temporary data directory, with the threads of `protocol-worker.ts` unless told otherwise. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RunningServer, type ServerOptions, startServer } from '../start.ts';

export interface TemporaryServer {
  readonly url: string;
  readonly dataDir: string;
  /** What the server said, one message per element. */
  readonly said: string[];
  fetch(path: string, init?: RequestInit & { token?: string }): Promise<Response>;
  account(): Promise<{ identity: string; token: string }>;
  publish(name: string, program: string, token: string, query?: string): Promise<Response>;
  stop(): Promise<void>;
  restart(options?: Partial<ServerOptions>): Promise<void>;
  dispose(): Promise<void>;
}

export const protocolWorker = new URL('./protocol-worker.ts', import.meta.url);

export async function startTemporaryServer(
  options: Partial<ServerOptions> = {},
  workerFile?: URL,
): Promise<TemporaryServer> {
  const dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), 'stdb server '));
  const said: string[] = [];
  const push = (message: string) => said.push(message);
  const logger = { info: push, warn: push, error: push };
  const start = (more: Partial<ServerOptions> = {}): Promise<RunningServer> =>
    startServer(
      { listenAddr: '127.0.0.1:0', dataDir, nonInteractive: true, logger, ...options, ...more },
      workerFile ?? protocolWorker,
    );
  let server = await start();

  const send: TemporaryServer['fetch'] = (path, { token, ...init } = {}) => {
    const headers = new Headers(init.headers);
    if (token !== undefined) headers.set('authorization', `Bearer ${token}`);
    return fetch(`${server.url}/v1${path}`, { ...init, headers });
  };
  return {
    get url() {
      return server.url;
    },
    dataDir,
    said,
    fetch: send,
    account: async () => (await (await send('/identity', { method: 'POST' })).json()) as never,
    publish: (name, program, token, query = '') =>
      send(`/database/${name}?host_type=Js${query}`, { method: 'PUT', body: program, token }),
    stop: () => server.close(),
    async restart(more) {
      await server.close();
      server = await start(more);
    },
    async dispose() {
      await server.close();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}
