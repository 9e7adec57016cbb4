/** `/v1/database/:n/...`: what clients do with a database over HTTP. */
import { type Context, Hono } from 'hono';
import type { Caller } from '../../database/messages.ts';
import type { HostedDatabase } from '../hosted-database.ts';
import { randomConnectionId } from '../identity.ts';
import { followLog, LOG_CONTENT_TYPE } from '../log-stream.ts';
import { readText } from '../request-body.ts';
import {
  badQuery,
  type Env,
  findDatabase,
  HttpProblem,
  json,
  openDatabase,
  queryFlag,
  requireOwner,
  type ServerContext,
} from '../server-context.ts';
import type { Credentials } from '../tokens.ts';

export function databaseUseRoutes(context: ServerContext): Hono<Env> {
  return new Hono<Env>()
    .post('/:n/call/:function', async (c) => {
      const { hosted } = openDatabase(context, c.req.param('n'));
      if (c.req.header('content-type') !== 'application/json') {
        throw new HttpProblem(415, 'Expected request with `Content-Type: application/json`');
      }
      const argsJson = await readText(c);
      const reply = await asConnected(hosted, c.get('caller'), (caller) =>
        hosted.request('call', { ...caller, name: c.req.param('function'), argsJson }),
      );
      if (!reply.ok) throw new HttpProblem(reply.status, reply.message);
      c.header('spacetime-energy-used', '0');
      c.header('spacetime-execution-duration-micros', String(Math.round(reply.durationMicros)));
      if (reply.json === undefined) return c.body(null, 200, { 'content-length': '0' });
      return c.body(reply.json, 200, { 'content-type': 'application/json' });
    })
    .post('/:n/sql', async (c) => {
      const { hosted } = openDatabase(context, c.req.param('n'));
      const confirmed = queryFlag(c, 'confirmed', true);
      const query = await readText(c);
      const reply = await asConnected(hosted, c.get('caller'), (caller) =>
        hosted.request('sql', { ...caller, query, confirmed }),
      );
      if (!reply.ok) throw new HttpProblem(reply.status, reply.message);
      c.header('spacetime-execution-duration-micros', String(Math.round(reply.durationMicros)));
      return c.body(reply.json, 200, { 'content-type': 'application/json' });
    })
    .get('/:n/logs', (c) => readLogs(context, c))
    .get('/:n/unstable/timestamp', (c) => {
      findDatabase(context.control, c.req.param('n'));
      return json({ __timestamp_micros_since_unix_epoch__: Date.now() * 1000 });
    })
    .get('/:n/subscribe', (c) => {
      findDatabase(context.control, c.req.param('n'));
      throw new HttpProblem(
        400,
        "Connection header did not include 'upgrade': only WebSocket is served at this address",
      );
    });
}

/** Runs the connect hook, the work, and the disconnect hook, as for any other client. */
async function asConnected<T>(
  hosted: HostedDatabase,
  { identity, payload }: Credentials,
  work: (caller: Caller) => Promise<T>,
): Promise<T> {
  const caller: Caller = { identity, connectionId: randomConnectionId() };
  const connected = await hosted.request('connect', { ...caller, jwtPayload: payload, socket: undefined });
  if (!connected.ok) throw new HttpProblem(connected.status, connected.message);
  try {
    return await work(caller);
  } finally {
    // Does not change what the work came to. A database that died meanwhile runs the hook when it opens again.
    await hosted.request('disconnect', { ...caller, socket: undefined }).catch(() => {});
  }
}

function readLogs(context: ServerContext, c: Context<Env>): Response {
  const record = findDatabase(context.control, c.req.param('n') ?? '');
  requireOwner(record, c.get('caller'), 'view module logs');
  const follow = queryFlag(c, 'follow', false);
  const wanted = c.req.query('num_lines');
  if (wanted !== undefined && !/^\d{1,9}$/.test(wanted)) throw badQuery('num_lines: invalid digit found in string');
  const lines = wanted === undefined ? undefined : Number(wanted);
  const { log } = context.databases.get(record);
  return new Response(followLog(log, lines, follow), {
    headers: { 'content-type': LOG_CONTENT_TYPE, 'cache-control': 'no-cache' },
  });
}
