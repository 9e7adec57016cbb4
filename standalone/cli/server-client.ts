/** Requests to a SpacetimeDB server over HTTP. Source: reference "protocol" 1, "cli and generate" 12. */
import { STATUS_CODES } from 'node:http';
import type { Server } from './config/cli-toml.ts';
import { CliError, messageOf } from './errors.ts';
import { userAgent } from './version.ts';

export interface ServerRequest {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Below the server's URL, beginning with a slash, already escaped. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | undefined>>;
  readonly body?: string | Uint8Array;
  readonly contentType?: string;
  readonly token?: string | undefined;
}

/** Sends a request; only a server that cannot be reached is an error. */
export async function send(server: Server, request: ServerRequest): Promise<Response> {
  const url = new URL(server.url + request.path);
  for (const [key, value] of Object.entries(request.query ?? {})) {
    if (value !== undefined) url.searchParams.set(key, value);
  }
  const headers: Record<string, string> = { 'user-agent': userAgent };
  if (request.token) headers.authorization = `Bearer ${request.token}`;
  if (request.contentType) headers['content-type'] = request.contentType;
  try {
    return await fetch(url, {
      method: request.method ?? 'GET',
      headers,
      body: request.body ?? null,
    });
  } catch (error) {
    const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
    throw new CliError(
      `The server at ${server.url} cannot be reached. Start one with \`spacetime start\`, or name another with --server.`,
      [messageOf(cause) || String((cause as NodeJS.ErrnoException).code ?? cause)],
    );
  }
}

/** Sends a request and turns every answer but success into an error. */
export async function sendOk(server: Server, request: ServerRequest): Promise<Response> {
  const response = await send(server, request);
  if (response.ok) return response;
  throw await responseError(response);
}

/** The answer's text as the error, its status as the cause. */
export async function responseError(response: Response): Promise<CliError> {
  const body = (await response.text()).trim();
  const kind = response.status >= 500 ? 'server' : 'client';
  const reason = STATUS_CODES[response.status] ?? response.statusText;
  const status = `HTTP status ${kind} error (${`${response.status} ${reason}`.trim()}) for url (${withoutToken(response.url)})`;
  if (response.status !== 401) return new CliError(body || status, body ? [status] : []);
  const advice =
    'The server does not accept the saved token; a token of one server is worthless on another. Run `spacetime logout`, then `spacetime login --server-issued-login <server>`.';
  return new CliError(advice, body ? [body, status] : [status]);
}

function withoutToken(text: string): string {
  const url = new URL(text);
  url.searchParams.delete('token');
  return url.href;
}

/** The JSON of a success; the content type must be exactly that of JSON, as for the real tool. */
export async function jsonText(response: Response): Promise<string> {
  if (response.headers.get('content-type') === 'application/json') return response.text();
  throw new CliError(
    `HTTP response from url (${withoutToken(response.url)}) was success but did not have content-type: application/json`,
  );
}

const identityPattern = /^(0x)?[0-9a-f]{64}$/i;
export const isIdentity = (text: string): boolean => identityPattern.test(text);

/** The identity (64 hex digits) of the database that `name` means. */
export async function resolveDatabase(server: Server, name: string): Promise<string> {
  if (isIdentity(name)) return name.replace(/^0x/i, '').toLowerCase();
  const response = await send(server, { path: `/v1/database/${encodeURIComponent(name)}/identity` });
  if (response.ok) return (await response.text()).trim();
  const error = await responseError(response);
  if (response.status !== 404) throw error;
  throw new CliError(
    `No database \`${name}\` exists on ${server.url}. Publish it, or name another server with --server.`,
    [error.message, ...error.causes],
  );
}
