/** Binding the address, and what to do when somebody else has it. */
import { once } from 'node:events';
import type { Server } from 'node:http';
import { createInterface } from 'node:readline/promises';
import { hasCode } from './node-error.ts';

export interface ListenAddress {
  host: string;
  port: number;
}

/** Reads `host:port`; IPv6 hosts are in brackets. Throws on anything else. */
export function parseListenAddress(text: string): ListenAddress {
  const [, bracketed, plain, digits = ''] = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  const port = Number(digits);
  if (host === undefined || port > 65_535) {
    throw new Error(`\`${text}\` is not an address to listen on. Use host:port, as 127.0.0.1:3000 or [::1]:3000.`);
  }
  return { host, port };
}

export const formatAddress = ({ host, port }: ListenAddress): string =>
  host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;

/** Where a client on this machine reaches the server. */
export function localUrl({ host, port }: ListenAddress): string {
  const reachable = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  return `http://${formatAddress({ host: reachable, port })}`;
}

/** Asks whether the next free port will do. */
export type AskForPort = (taken: number, free: number) => Promise<boolean>;

/**
 * Listens, and gives the real address (port 0 lets the system choose). When the port is taken, `ask` may agree to the
 * next free one; without it, or when it says no, this throws.
 */
export async function listen(
  server: Server,
  wanted: ListenAddress,
  ask: AskForPort | undefined,
): Promise<ListenAddress> {
  if (await tryListen(server, wanted)) return boundAddress(server, wanted);
  if (ask) {
    const free = await bindNextFree(server, wanted);
    if (free !== undefined) {
      if (await ask(wanted.port, free)) return { ...wanted, port: free };
      server.close();
    }
  }
  throw new Error(
    `Port ${wanted.port} is already in use. If a SpacetimeDB server runs there, use that one. ` +
      `Otherwise stop the program that has the port, or choose another one: --listen-addr ${formatAddress({ ...wanted, port: wanted.port + 1 })}`,
  );
}

async function tryListen(server: Server, { host, port }: ListenAddress): Promise<boolean> {
  server.listen({ host, port });
  try {
    await once(server, 'listening');
    return true;
  } catch (error) {
    if (hasCode(error, 'EADDRINUSE')) return false;
    throw explain(error, { host, port });
  }
}

function explain(error: unknown, address: ListenAddress): Error {
  if (hasCode(error, 'EACCES')) {
    return new Error(`The system does not allow listening on ${formatAddress(address)}. Choose a port above 1023.`);
  }
  if (hasCode(error, 'EADDRNOTAVAIL', 'ENOTFOUND')) {
    return new Error(`${address.host} is not an address of this machine. Use 127.0.0.1, or 0.0.0.0 for all networks.`);
  }
  return error instanceof Error ? error : new Error(String(error));
}

/** Holds the port before asking, so that it is still free after the answer. */
async function bindNextFree(server: Server, wanted: ListenAddress): Promise<number | undefined> {
  for (let port = wanted.port + 1; port <= Math.min(65_535, wanted.port + 100); port++) {
    if (await tryListen(server, { ...wanted, port })) return port;
  }
  return undefined;
}

function boundAddress(server: Server, wanted: ListenAddress): ListenAddress {
  const bound = server.address();
  return { ...wanted, port: bound !== null && typeof bound === 'object' ? bound.port : wanted.port };
}

/** Asks on the terminal; only "y" and "yes" agree. Ctrl-C and the end of input mean no. */
export const askOnTerminal: AskForPort = async (taken, free) => {
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const given = new AbortController();
  const giveUp = () => given.abort();
  terminal.on('SIGINT', giveUp).on('close', giveUp);
  try {
    const question = `Port ${taken} is already in use. Use port ${free} instead? [y/N] `;
    return /^\s*y(es)?\s*$/i.test(await terminal.question(question, { signal: given.signal }));
  } catch (error) {
    if (given.signal.aborted) return false;
    throw error;
  } finally {
    terminal.off('close', giveUp).close();
  }
};
