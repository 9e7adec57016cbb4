/** `/v1/database`: publishing and describing databases. Calls, SQL and logs are in `database-use.ts`. */
import { type Context, Hono } from 'hono';
import { parseIdentity, u256Text } from '../identity.ts';
import { ChangeQueue, checkProgramKind, deleteDatabase, publish } from '../publish.ts';
import { readBytes, readProgram } from '../request-body.ts';
import {
  type Env,
  findDatabase,
  HttpProblem,
  json,
  openDatabase,
  plainText,
  queryFlag,
  queryWord,
  requireOwner,
  type ServerContext,
} from '../server-context.ts';

const HOST_TYPES = ['Wasm', 'Js'] as const;
const POLICIES = ['Compatible', 'BreakClients'] as const;

export function databaseRoutes(context: ServerContext): Hono<Env> {
  const { control, programs } = context;
  const changes = new ChangeQueue();
  /** Creation has no identity yet, so changes are ordered by what the path names, and updates by the database. */
  const inOrder = <T>(target: string | undefined, change: () => Promise<T>): Promise<T> => {
    if (target === undefined) return change();
    const known = parseIdentity(target) ?? control.byName(target)?.identity;
    return changes.run(target, () => (known === undefined ? change() : changes.run(`identity ${known}`, change)));
  };

  const publishTo = async (c: Context<Env>, target: string | undefined) => {
    const request = {
      target,
      hostType: queryWord(c, 'host_type', HOST_TYPES, 'Wasm'),
      clear: queryFlag(c, 'clear', false),
      policy: queryWord(c, 'policy', POLICIES, 'Compatible'),
      migrationToken: c.req.query('token'),
      program: await readProgram(c),
    };
    return json(await inOrder(target, () => publish(context, c.get('caller'), request)));
  };

  return new Hono<Env>()
    .post('/', (c) => publishTo(c, undefined))
    .put('/:n', (c) => publishTo(c, c.req.param('n')))
    .get('/:n', (c) => {
      const record = findDatabase(control, c.req.param('n'));
      return json({
        database_identity: { __identity__: u256Text(record.identity, 'big') },
        owner_identity: { __identity__: u256Text(record.owner, 'big') },
        host_type: { Js: [] },
        initial_program: u256Text(record.programHash, 'little'),
      });
    })
    .delete('/:n', async (c) => {
      const target = c.req.param('n');
      await inOrder(target, async () => {
        // An identity that does not exist counts as deleted; a name that does not exist is a mistake.
        if (parseIdentity(target) && !control.byIdentity(parseIdentity(target) ?? '')) return;
        await deleteDatabase(context, c.get('caller'), findDatabase(control, target));
      });
      return c.body(null, 200, { 'content-length': '0' });
    })
    .put('/:n/reset', async (c) => {
      const target = c.req.param('n');
      const sent = await readBytes(c);
      return json(
        await inOrder(target, async () => {
          const record = findDatabase(control, target);
          const program = sent.length > 0 ? sent : await programs.get(record.programHash);
          if (!program) throw new HttpProblem(500, 'The stored program of this database is missing. Publish it again.');
          const hostType = sent.length > 0 ? queryWord(c, 'host_type', HOST_TYPES, 'Wasm') : 'Js';
          const request = { target, program, hostType, clear: true, policy: POLICIES[0], migrationToken: undefined };
          const { Success } = await publish(context, c.get('caller'), request);
          return { Success: { ...Success, op: 'updated' } };
        }),
      );
    })
    .post('/:n/pre_publish', async (c) => {
      const record = findDatabase(control, c.req.param('n'));
      requireOwner(record, c.get('caller'), 'pre-publish database');
      queryWord(c, 'style', ['NoColor', 'AnsiColor'], 'AnsiColor');
      const program = await readProgram(c);
      checkProgramKind(program, queryWord(c, 'host_type', HOST_TYPES, 'Wasm'));
      const outcome = await context.databases.get(record).hosted.request('prePublish', { program });
      if (!outcome.ok) throw new HttpProblem(outcome.status, outcome.message);
      if (outcome.kind === 'ManualMigrate') {
        return json({ ManualMigrate: { reason: outcome.reason, major_version_upgrade: false } });
      }
      const { plan, breaksClients, token } = outcome;
      return json({
        AutoMigrate: { migrate_plan: plan, break_clients: breaksClients, token, major_version_upgrade: false },
      });
    })
    .get('/:n/identity', (c) => {
      const target = c.req.param('n');
      return plainText(c, parseIdentity(target) ?? findDatabase(control, target).identity, 200);
    })
    .get('/:n/schema', async (c) => {
      const version = c.req.query('version');
      const { hosted } = openDatabase(context, c.req.param('n'));
      if (version === '9') {
        throw new HttpProblem(
          400,
          'Schema version 9 is not served by the embedded server. Ask for version 10, or update the tool that asks.',
        );
      }
      if (version !== '10') throw new HttpProblem(400, 'Failed to deserialize query string: `version` must be 9 or 10');
      const reply = await hosted.request('schema', {});
      if (!reply.ok) throw new HttpProblem(reply.status, reply.message);
      return new Response(reply.json, { headers: { 'content-type': 'application/json' } });
    })
    .post('/:n/lock', (c) => setLock(context, c, true))
    .post('/:n/unlock', (c) => setLock(context, c, false));
}

async function setLock({ control }: ServerContext, c: Context<Env>, locked: boolean): Promise<Response> {
  const record = findDatabase(control, c.req.param('n') ?? '');
  requireOwner(record, c.get('caller'), locked ? 'lock database' : 'unlock database');
  await control.update(record.identity, { locked });
  return c.body(null, 200, { 'content-length': '0' });
}
