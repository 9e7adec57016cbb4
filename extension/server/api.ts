/** The HTTP routes of a SpacetimeDB server that the extension uses. Source: reference "protocol" 1. */
import { messageOf } from '../errors.ts';

const defaultTimeoutMs = 10_000;

export class HttpError extends Error {
  readonly status: number;
  constructor(status: number, body: string) {
    super(body.trim() || `HTTP status ${status}`);
    this.name = 'HttpError';
    this.status = status;
  }
}

export interface Request {
  token?: string | undefined;
  signal?: AbortSignal;
  timeoutMs?: number;
}

/**
 * GET of a path below `/v1`.
 * @throws HttpError for a status that is no success; Error with a readable reason when nothing answers.
 */
async function get(server: string, path: string, request: Request = {}): Promise<Response> {
  const timeout = AbortSignal.timeout(request.timeoutMs ?? defaultTimeoutMs);
  const signal = request.signal ? AbortSignal.any([request.signal, timeout]) : timeout;
  const headers: Record<string, string> = request.token ? { authorization: `Bearer ${request.token}` } : {};
  const response = await fetch(`${server}/v1${path}`, { headers, signal, redirect: 'error' }).catch(
    (error: unknown) => {
      throw new Error(networkReason(error));
    },
  );
  if (!response.ok) throw new HttpError(response.status, await response.text());
  return response;
}

const networkReasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'the connection was refused',
  ENOTFOUND: 'the host name is unknown',
  ECONNRESET: 'the connection was reset',
  ETIMEDOUT: 'it does not answer',
  UND_ERR_CONNECT_TIMEOUT: 'it does not answer',
  UND_ERR_SOCKET: 'the connection broke',
  ENETUNREACH: 'there is no network to it',
  EHOSTUNREACH: 'there is no network to it',
  EAI_AGAIN: 'the host name cannot be looked up now',
};

/** `fetch` hides what happened in the cause. */
function networkReason(error: unknown): string {
  if (error instanceof Error && error.name === 'TimeoutError') return 'it does not answer';
  const cause = error instanceof Error ? (error.cause as { code?: string } | undefined) : undefined;
  return networkReasons[cause?.code ?? ''] ?? messageOf(cause ?? error);
}

const database = (name: string): string => `/database/${encodeURIComponent(name)}`;

export type Probe = 'spacetimedb' | 'other' | { unreachable: string };

/**
 * Whether a SpacetimeDB answers at a URL. Web servers answer 200 to every path, so that an empty ping is not enough:
 * the server must also have a public key.
 */
export async function probe(server: string): Promise<Probe> {
  try {
    const ping = await get(server, '/ping', { timeoutMs: 3000 });
    if ((await ping.text()) !== '') return 'other';
    const key = await get(server, '/identity/public-key', { timeoutMs: 3000 });
    return (await key.text()).startsWith('-----BEGIN') ? 'spacetimedb' : 'other';
  } catch (error) {
    return error instanceof HttpError ? 'other' : { unreachable: messageOf(error) };
  }
}

/** Module definition as version 10 JSON text. A database that does not exist is HttpError 404. */
export const fetchSchema = async (server: string, name: string, request: Request): Promise<string> =>
  (await get(server, `${database(name)}/schema?version=10`, request)).text();

/** 64 hex digits. */
export const fetchIdentity = async (server: string, name: string, request: Request): Promise<string> =>
  (await (await get(server, `${database(name)}/identity`, request)).text()).trim();

/** Prometheus text of the whole server. */
export const fetchMetrics = async (server: string, request: Request): Promise<string> =>
  (await get(server, '/metrics', request)).text();

/** Lines of the module's log as they come: the last `numLines`, then live until the signal aborts. */
export async function* followLogs(
  server: string,
  name: string,
  numLines: number,
  request: { token: string | undefined; signal: AbortSignal },
): AsyncGenerator<string> {
  const headers: Record<string, string> = request.token ? { authorization: `Bearer ${request.token}` } : {};
  const url = `${server}/v1${database(name)}/logs?num_lines=${numLines}&follow=true`;
  const response = await fetch(url, { headers, signal: request.signal }).catch((error: unknown) => {
    throw new Error(networkReason(error));
  });
  if (!response.ok || !response.body) throw new HttpError(response.status, await response.text());
  let rest = '';
  for await (const piece of response.body.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + piece).split('\n');
    rest = lines.pop() ?? '';
    yield* lines.filter((line) => line !== '');
  }
}
