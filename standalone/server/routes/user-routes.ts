/** `/v1/database/:n/route...`: what the module answers itself. Nobody is asked who they are. Reference "module host" 6.8. */
import type { Context } from 'hono';
import { readBytes } from '../request-body.ts';
import { type Env, HttpProblem, openDatabase, type ServerContext } from '../server-context.ts';

const routePath = /^\/v1\/database\/[^/]+\/route(\/.*)?$/;

/** Bytes of a request's body. */
const largestBody = 64 * 1024 * 1024;

export const isUserRoute = (path: string): boolean => routePath.test(path);

/** A browser asks first whether it may; the server answers that for the module. */
export const isPreflight = (c: Context): boolean =>
  c.req.method === 'OPTIONS' && c.req.header('access-control-request-method') !== undefined;

export function userRoute(context: ServerContext): (c: Context<Env>) => Promise<Response> {
  return async (c) => {
    const { hosted } = openDatabase(context, c.req.param('n') ?? '');
    const url = new URL(c.req.raw.url);
    const reply = await hosted.request('route', {
      // Hono answers HEAD through GET; the module is told what was asked.
      method: c.req.raw.method,
      path: decodePath(routePath.exec(url.pathname)?.[1] ?? ''),
      uri: externalUri(c, url),
      headers: [...c.req.raw.headers],
      version: '1.1',
      body: await readBytes(c, largestBody),
    });
    if (!reply.ok) throw new HttpProblem(reply.status, reply.message);
    return makeResponse(reply);
  };
}

function decodePath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    // Not percent-encoded text: no route has such a path.
    return path;
  }
}

/** The address as the client wrote it, before proxies. */
function externalUri(c: Context, url: URL): string {
  const forwarded = (name: string): string | undefined => c.req.header(name)?.split(',')[0]?.trim() || undefined;
  const scheme = forwarded('x-forwarded-proto') ?? 'http';
  const host = forwarded('x-forwarded-host') ?? c.req.header('host') ?? url.host;
  return `${scheme}://${host}${url.pathname}${url.search}`;
}

const withoutBody = new Set([204, 205, 304]);

function makeResponse({ status, headers, body }: { status: number; headers: [string, string][]; body: Uint8Array }) {
  try {
    const list = new Headers();
    for (const [name, value] of headers) list.append(name, value);
    const content = withoutBody.has(status) ? null : new Uint8Array(body);
    return new Response(content, { status, headers: list });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new HttpProblem(500, `The module's response cannot be sent: ${why}`);
  }
}
