/** What a client asks for when it opens a WebSocket. Source: reference "protocol" 2.1. */
import type { SocketOptions } from '../database/messages.ts';
import { isZeroConnectionId, parseConnectionId, randomConnectionId } from './identity.ts';

export interface SocketRequest {
  /** Name or identity, as in the path. */
  database: string;
  compression: SocketOptions['compression'];
  confirmed: boolean;
  connectionId: string;
  token: string | undefined;
}

export interface RequestRefusal {
  status: number;
  message: string;
}

/** Subprotocols in the order of the server's preference. */
const PROTOCOLS = { 'v3.bsatn.spacetimedb': 'v3', 'v2.bsatn.spacetimedb': 'v2' } as const;
export type Subprotocol = keyof typeof PROTOCOLS;

export const protocolVersion = (name: Subprotocol): 'v2' | 'v3' => PROTOCOLS[name];

/** The best subprotocol that both sides know, or undefined. */
export function chooseProtocol(offered: Iterable<string>): Subprotocol | undefined {
  const names = new Set(offered);
  return (Object.keys(PROTOCOLS) as Subprotocol[]).find((name) => names.has(name));
}

export function protocolRefusal(offered: readonly string[]): RequestRefusal {
  const old = offered.some((name) => /^v1\.(bsatn|json)\.spacetimedb$/.test(name));
  const advice =
    'the embedded server speaks v3.bsatn.spacetimedb and v2.bsatn.spacetimedb, not v1. Update the client to SDK 2.x';
  return { status: 400, message: old ? `no valid protocol selected: ${advice}.` : 'no valid protocol selected' };
}

/** Reads path and query; undefined when the path is not that of a subscription. */
export function readSocketRequest(requestUrl: string): SocketRequest | RequestRefusal | undefined {
  const url = new URL(requestUrl, 'http://server');
  const encoded = /^\/v1\/database\/([^/]+)\/subscribe\/?$/.exec(url.pathname)?.[1];
  if (encoded === undefined) return undefined;
  const database = decode(encoded);
  if (database === undefined) return { status: 400, message: 'The database name in the address is not readable' };
  const compression = url.searchParams.get('compression') ?? 'Brotli';
  if (compression !== 'None' && compression !== 'Brotli' && compression !== 'Gzip') {
    return badQuery(`compression: unknown variant \`${compression}\`, expected one of \`None\`, \`Brotli\`, \`Gzip\``);
  }
  const confirmed = url.searchParams.get('confirmed') ?? 'true';
  if (confirmed !== 'true' && confirmed !== 'false')
    return badQuery('confirmed: provided string was not `true` or `false`');
  const stated = url.searchParams.get('connection_id');
  const connectionId = stated === null ? randomConnectionId() : parseConnectionId(stated);
  if (connectionId === undefined) return badQuery('connection_id: must be 32 hex digits');
  if (isZeroConnectionId(connectionId)) {
    return { status: 400, message: 'Invalid connection ID: the all-zeros ConnectionId is reserved.' };
  }
  const token = url.searchParams.get('token') ?? undefined;
  return { database, compression, confirmed: confirmed === 'true', connectionId, token };
}

const badQuery = (what: string): RequestRefusal => ({
  status: 400,
  message: `Failed to deserialize query string: ${what}`,
});

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    // Malformed percent encoding, from whoever sent the request.
    return undefined;
  }
}
