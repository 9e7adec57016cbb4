/** Procedures: values, transactions, concurrency with reducers, outgoing HTTP, errors, schedules. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connectChat } from '../support/clients.ts';
import { type DatabaseHandle, databaseOf } from '../support/database.ts';
import { type Account, bundleSource, newAccount } from '../support/modules.ts';
import { type Standalone, startStandalone } from '../support/standalone.ts';
import { until } from '../support/wait.ts';
import { externalUri, freshName } from './server-under-test.ts';

const moduleText = `
import { schema, t, table, SenderError } from 'spacetimedb/server';
import { ScheduleAt, TimeDuration } from 'spacetimedb';
import * as sys from 'spacetime:sys@2.0';
const item = table({ public: true }, { id: t.u64().primaryKey().autoInc(), name: t.string().unique(), n: t.u32().index() });
const log = table({ public: true }, { id: t.u64().primaryKey().autoInc(), text: t.string() });
const job = table(
  { scheduled: (): any => runJob },
  { id: t.u64().primaryKey().autoInc(), at: t.scheduleAt(), name: t.string() },
);
const db = schema({ item, log, job });
export default db;
const Answer = t.object('Answer', { sum: t.u64(), who: t.identity(), texts: t.array(t.string()), maybe: t.option(t.u8()) });
const thrown = run => { try { run(); return 'nothing'; } catch (e) { return e.constructor.name + ': ' + e.message; } };
let calls = 0;

export const add = db.procedure({ a: t.u64(), b: t.u64() }, Answer, (ctx, { a, b }) =>
  ({ sum: a + b, who: ctx.sender, texts: [String(ctx.connectionId !== null), String(++calls)], maybe: undefined }));
export const nothing = db.procedure(t.unit(), ctx => ({}));
export const store = db.procedure({ name: t.string(), n: t.u32() }, t.u64(), (ctx, { name, n }) =>
  ctx.withTx(tx => tx.db.item.insert({ id: 0n, name, n }).id));
export const put = db.reducer({ name: t.string(), n: t.u32() }, (ctx, { name, n }) => { ctx.db.item.insert({ id: 0n, name, n }); });
export const every_call = db.procedure(t.array(t.string()), ctx => {
  const out = [];
  ctx.withTx(tx => {
    const a = tx.db.item.insert({ id: 0n, name: 'every a', n: 71 });
    const b = tx.db.item.insert({ id: 0n, name: 'every b', n: 71 });
    out.push([...tx.db.item.n.filter(71)].map(r => r.name).sort().join());
    out.push(tx.db.item.name.find('every b').id === b.id ? 'found' : 'lost');
    tx.db.item.id.update({ ...a, name: 'every c' });
    out.push(String(tx.db.item.name.find('every a')));
    out.push(thrown(() => tx.db.item.insert({ id: 0n, name: 'every b', n: 1 })));
    out.push(String(tx.db.item.delete(b)));
    out.push(String([...tx.db.item.iter()].filter(r => r.n === 71).length));
    out.push(String(tx.db.item.id.delete(a.id)));
    out.push(tx.timestamp.microsSinceUnixEpoch >= ctx.timestamp.microsSinceUnixEpoch ? 'later' : 'earlier');
    out.push(String(tx.senderAuth.hasJWT));
  });
  return out;
});
export const many = db.procedure({ count: t.u32() }, t.u32(), (ctx, { count }) => {
  ctx.withTx(tx => { tx.db.log.clear(); for (let i = 0; i < count; i++) tx.db.log.insert({ id: 0n, text: 'x'.repeat(i % 100) }); });
  const size = ctx.withTx(tx => [...tx.db.log.iter()].length);
  ctx.withTx(tx => { tx.db.log.clear(); });
  return size;
});
export const aborts = db.procedure(t.string(), ctx => {
  ctx.withTx(tx => { tx.db.log.insert({ id: 0n, text: 'kept' }); });
  return thrown(() => ctx.withTx(tx => { tx.db.log.insert({ id: 0n, text: 'undone' }); throw new Error('changed my mind'); }));
});
export const fails = db.procedure({ kind: t.string() }, t.unit(), (ctx, { kind }) => {
  ctx.withTx(tx => { tx.db.log.insert({ id: 0n, text: 'before ' + kind }); });
  if (kind === 'sender') throw new SenderError('sender error');
  throw new TypeError('type error');
});
export const rules = db.procedure(t.array(t.string()), ctx => {
  const out = [thrown(() => sys.table_id_from_name('item')), thrown(() => sys.procedure_commit_mut_tx()),
    thrown(() => sys.get_jwt_payload(1n))];
  ctx.withTx(tx => {
    out.push(thrown(() => ctx.http.fetch('http://example.invalid/')), thrown(() => sys.procedure_start_mut_tx()));
  });
  return out;
});
export const reducer_rules = db.reducer(() => {
  throw new SenderError([thrown(() => sys.procedure_start_mut_tx()), thrown(() => sys.procedure_commit_mut_tx()),
    thrown(() => sys.procedure_http_request(new Uint8Array(), ''))].join('\\n'));
});
export const dangling = db.procedure(t.unit(), ctx => {
  sys.procedure_start_mut_tx();
  ctx; sys.datastore_insert_bsatn(sys.table_id_from_name('log'), new Uint8Array(100).buffer, 20);
  return {};
});
export const fetch_it = db.procedure({ url: t.string(), method: t.string(), body: t.string() }, t.array(t.string()), (ctx, { url, method, body }) => {
  const response = ctx.http.fetch(url, { method, body: body || null, headers: { 'X-Asked': 'yes' }, timeout: TimeDuration.fromMillis(2000) });
  ctx.withTx(tx => { tx.db.log.insert({ id: 0n, text: 'fetched ' + response.status }); });
  return [String(response.status), response.text(), String(response.headers.get('x-answer'))];
});
export const try_fetch = db.procedure({ url: t.string() }, t.string(), (ctx, { url }) =>
  thrown(() => ctx.http.fetch(url, { timeout: TimeDuration.fromMillis(300) })));
export const race = db.procedure({ url: t.string() }, t.array(t.u64()), (ctx, { url }) => {
  const before = ctx.withTx(tx => tx.db.item.count());
  ctx.http.fetch(url);
  return [before, ctx.withTx(tx => tx.db.item.count())];
});
export const increment = db.procedure({ times: t.u32() }, t.unit(), (ctx, { times }) => {
  for (let i = 0; i < times; i++) ctx.withTx(tx => {
    const row = tx.db.item.name.find('counter');
    tx.db.item.id.update({ ...row, n: row.n + 1 });
  });
  return {};
});
export const increment_once = db.reducer(ctx => {
  const row = ctx.db.item.name.find('counter');
  ctx.db.item.id.update({ ...row, n: row.n + 1 });
});
export const runJob = db.procedure({ arg: job.rowType }, t.unit(), (ctx, { arg }) => {
  const left = ctx.withTx(tx => [...tx.db.job.iter()].filter(row => row.name === arg.name).length);
  const internal = ctx.sender.isEqual(ctx.databaseIdentity);
  ctx.withTx(tx => { tx.db.log.insert({ id: 0n, text: ['job', arg.name, left, internal, ctx.connectionId].join() }); });
  return {};
});
export const schedule = db.reducer({ name: t.string(), every: t.bool() }, (ctx, { name, every }) => {
  const at = every ? ScheduleAt.interval(100_000n) : ScheduleAt.time(ctx.timestamp.microsSinceUnixEpoch);
  ctx.db.job.insert({ id: 0n, at, name });
});
export const unschedule = db.reducer(ctx => { for (const row of ctx.db.job.iter()) ctx.db.job.delete(row); });
export const prints = db.procedure(t.unit(), () => { console.warn('from a procedure'); return {}; });
export const immediately = db.reducer({ name: t.string(), undo: t.bool() }, (ctx, { name, undo }) => {
  const args = new Uint8Array([...new Uint8Array(new Uint32Array([name.length]).buffer), ...new TextEncoder().encode(name), 5, 0, 0, 0]);
  sys.volatile_nonatomic_schedule_immediate('put', args);
  if (undo) throw new SenderError('undone');
});
export const immediate_from_procedure = db.procedure(t.unit(), () => {
  sys.volatile_nonatomic_schedule_immediate('put', new Uint8Array([4, 0, 0, 0, 112, 114, 111, 99, 9, 0, 0, 0]));
  return {};
});
export const immediate_procedure = db.reducer(() => {
  sys.volatile_nonatomic_schedule_immediate('prints', new Uint8Array());
  sys.volatile_nonatomic_schedule_immediate('no_such_function', new Uint8Array());
});
`;

let server: Standalone | undefined;
let web: Server;
let webUri: string;
let owner: Account;
let database: DatabaseHandle;
let uri: string;
let release: () => void = () => undefined;
const local = test.skipIf(externalUri !== undefined);

const bodyOf = async (request: IncomingMessage): Promise<string> => Buffer.concat(await request.toArray()).toString();

beforeAll(async () => {
  web = createServer(async (request, response) => {
    const body = await bodyOf(request);
    const { pathname } = new URL(request.url ?? '', 'http://x');
    if (pathname === '/never') return;
    if (pathname === '/gate') {
      await new Promise<void>((resolve) => {
        release = resolve;
      });
    }
    if (pathname === '/redirect') response.writeHead(302, { location: '/echo' }).end();
    else if (pathname === '/loop') response.writeHead(302, { location: '/loop' }).end();
    else if (pathname === '/inside') response.writeHead(302, { location: 'http://10.0.0.1/' }).end();
    else {
      const asked = request.headers['x-asked'];
      response.writeHead(pathname === '/missing' ? 404 : 200, { 'X-Answer': 'fine' });
      response.end(`${request.method} ${asked} ${body}`);
    }
  }).listen(0, '127.0.0.1');
  await once(web, 'listening');
  webUri = `http://127.0.0.1:${(web.address() as AddressInfo).port}`;
  if (!externalUri) server = await startStandalone([], undefined, '[module-http]\nallow-loopback = true\n');
  uri = externalUri ?? server?.uri ?? '';
  owner = await newAccount(uri);
  database = databaseOf(uri, freshName('procedures'), owner);
  await database.publish(await bundleSource(moduleText));
});
afterAll(async () => {
  await server?.dispose();
  web.closeAllConnections();
  web.close();
});

const call = async (name: string, ...args: unknown[]) => JSON.parse(await database.run(name, ...args));
const logged = async () => (await database.rows('SELECT * FROM log')).map((row) => row[1]);

describe('calls', () => {
  test('over HTTP give JSON', async () => {
    const answer = await database.call('add', [2, 40]);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'application/json']);
    const [sum, who, texts, maybe] = (await answer.json()) as [number, [string], string[], unknown];
    expect(sum).toBe(42);
    expect(BigInt(who[0] ?? 0)).toBe(BigInt(`0x${owner.identity}`));
    expect(texts[0]).toBe('true');
    expect(maybe).toEqual([1, []]);
    expect(await call('nothing')).toEqual([]);
  });

  test('over WebSocket give values', async () => {
    const { connection } = await connectChat(uri, database.name, { token: owner.token });
    const args = new Uint8Array(16);
    args[0] = 2;
    args[8] = 3;
    const result = await connection.callProcedure('add', args);
    expect([...result.subarray(0, 8)]).toEqual([5, 0, 0, 0, 0, 0, 0, 0]);
    await expect(connection.callProcedure('no_such', new Uint8Array())).rejects.toThrow('no such procedure');
    await expect(connection.callProcedure('add', new Uint8Array(3))).rejects.toThrow(
      /invalid arguments for procedure add/,
    );
    await expect(connection.callProcedure('fails', new Uint8Array([1, 0, 0, 0, 120]))).rejects.toThrow(
      /The module instance encountered a fatal error: .*type error/,
    );
    connection.disconnect();
  });

  test('with bad arguments or names are refused', async () => {
    const bad = await database.call('add', ['x']);
    expect([bad.status, await bad.text()]).toEqual([
      400,
      expect.stringMatching(/^invalid arguments for procedure add: /),
    ]);
    const none = await database.call('no_such_procedure');
    expect([none.status, await none.text()]).toEqual([404, 'No such procedure']);
  });
});

describe('transactions', () => {
  test('insert, and the change is there', async () => {
    const id = await call('store', 'first', 1);
    expect(await database.rows("SELECT * FROM item WHERE name = 'first'")).toEqual([[id, 'first', 1]]);
  });

  test('serve every call of the datastore', async () => {
    expect(await call('every_call')).toEqual([
      'every a,every b',
      'found',
      'null',
      'UniqueAlreadyExists: Value with given unique identifier already exists',
      'true',
      '1',
      'true',
      'later',
      'true',
    ]);
  });

  test('carry thousands of rows', async () => {
    expect(await call('many', 3000)).toBe(3000);
    expect(await logged()).toEqual([]);
  });

  test('are undone when the body throws', async () => {
    expect(await call('aborts')).toBe('Error: changed my mind');
    expect(await logged()).toContain('kept');
    expect(await logged()).not.toContain('undone');
  });

  test('that were committed stay when the procedure fails; every throw is an internal error', async () => {
    for (const kind of ['sender', 'type']) {
      const failed = await database.call('fails', [kind]);
      expect([failed.status, await failed.text()]).toEqual([
        500,
        expect.stringMatching(new RegExp(`^The module instance encountered a fatal error: .*${kind} error`)),
      ]);
      expect(await logged()).toContain(`before ${kind}`);
    }
    await until('the log tells', async () =>
      (await database.logs()).some(
        (line) => line.level === 'Panic' && line.message.startsWith('Uncaught TypeError: type error'),
      ),
    );
  });

  test('refuse what would block, and are refused where there is none', async () => {
    const wouldBlock = 'WouldBlockTransaction: Attempted async or blocking op while holding open a transaction';
    const outside = 'NotInTransaction: ABI call can only be made while in a transaction';
    expect(await call('rules')).toEqual([outside, outside, outside, wouldBlock, wouldBlock]);
    const inReducer = await database.call('reducer_rules');
    expect((await inReducer.text()).split('\n')).toEqual([
      wouldBlock,
      'TransactionNotAnonymous: Not in an anonymous transaction. Called by a reducer?',
      wouldBlock,
    ]);
  });

  test('that are left open are undone and do not block the database', async () => {
    await database.call('dangling');
    await database.run('put', 'after dangling', 1);
    await until('the log tells', async () =>
      (await database.logs()).some(({ message }) =>
        /aborting dangling anonymous transaction in procedure dangling/.test(message),
      ),
    );
  });

  test('of several procedures and reducers take turns', async () => {
    await database.run('put', 'counter', 0);
    const work = [call('increment', 30), call('increment', 30), call('increment', 30)];
    for (let i = 0; i < 30; i++) await database.run('increment_once');
    await Promise.all(work);
    expect((await database.rows("SELECT * FROM item WHERE name = 'counter'"))[0]?.[2]).toBe(120);
  });
});

describe('outgoing HTTP', () => {
  local('sends and receives', async () => {
    expect(await call('fetch_it', `${webUri}/echo`, 'POST', 'hello')).toEqual(['200', 'POST yes hello', 'fine']);
    expect(await call('fetch_it', `${webUri}/missing`, 'GET', '')).toEqual(['404', 'GET yes ', 'fine']);
    expect(await call('fetch_it', `${webUri}/redirect`, 'POST', 'x')).toEqual(['200', 'GET yes ', 'fine']);
    expect(await logged()).toContain('fetched 404');
  });

  local('runs beside reducers', async () => {
    const racing = call('race', `${webUri}/gate`);
    const [before] = [Number((await database.rows('SELECT * FROM item')).length)];
    await sleep(300);
    await database.run('put', 'in between', 1);
    release();
    expect(await racing).toEqual([before, before + 1]);
  });

  local('fails with an error that the module can catch', async () => {
    const refused = 'HttpError: refusing to connect to private or special-purpose addresses';
    for (const url of [
      'http://10.1.2.3/',
      'http://192.168.0.1/x',
      'http://[fe80::1]/',
      'http://[::ffff:10.0.0.1]/',
      'http://169.254.169.254/',
    ]) {
      expect(await call('try_fetch', url), url).toBe(refused);
    }
    expect(await call('try_fetch', `${webUri}/inside`)).toBe(refused);
    expect(await call('try_fetch', `${webUri}/never?key=secret`)).toMatch(/^HttpError: .*longer than 300 ms/);
    expect(await call('try_fetch', `${webUri}/loop`)).toMatch(/^HttpError: too many redirects/);
    const closed = await call('try_fetch', 'http://127.0.0.1:1/?key=secret');
    expect(closed).toMatch(/^HttpError: /);
    expect(closed).not.toContain('secret');
    expect(await call('try_fetch', 'ftp://127.0.0.1/')).toMatch(/^HttpError: /);
  });
});

describe('schedules', () => {
  test('a one-shot is gone before its procedure runs, an interval stays', async () => {
    await database.run('schedule', 'once', false);
    await until('it ran', async () => (await logged()).includes('job,once,0,true,'));
    await database.run('schedule', 'often', true);
    await until(
      'it ran thrice',
      async () => (await logged()).filter((text) => text === 'job,often,1,true,').length >= 3,
    );
    await database.run('unschedule');
  });

  test('calls that are queued at once are not undone', async () => {
    await database.run('immediately', 'now', false);
    expect((await database.call('immediately', ['kept', true])).status).toBe(530);
    await call('immediate_from_procedure');
    await until('all ran', async () => {
      const names = (await database.rows('SELECT * FROM item')).map((row) => row[1]);
      return ['now', 'kept', 'proc'].every((name) => names.includes(name));
    });
    await database.run('immediate_procedure');
    await until('it printed', async () => {
      const lines = await database.logs();
      const printed = lines.some((line) => line.message === 'from a procedure' && line.function === 'prints');
      return printed && lines.some(({ message }) => message.includes('no_such_function'));
    });
  });
});

describe('a republish', () => {
  test('runs the new code', async () => {
    await database.publish(await bundleSource(moduleText.replace("'from a procedure'", "'from the new procedure'")));
    await call('prints');
    await until('it printed', async () =>
      (await database.logs()).some((line) => line.message === 'from the new procedure' && line.level === 'Warn'),
    );
  });
});

describe('without leave', () => {
  local('no request is made to this machine, nor any at all', async () => {
    for (const [config, text] of [
      ['', 'refusing to connect to private or special-purpose addresses'],
      ['[module-http]\nenabled = false\n', 'module outbound HTTP requests are disabled'],
    ] as const) {
      const strict = await startStandalone([], undefined, config);
      try {
        const account = await newAccount(strict.uri);
        const other = databaseOf(strict.uri, 'strict', account);
        await other.publish(await bundleSource(moduleText));
        const { port } = new URL(webUri);
        for (const host of ['127.0.0.1', 'localhost', '[::1]']) {
          expect(JSON.parse(await other.run('try_fetch', `http://${host}:${port}/echo`))).toBe(`HttpError: ${text}`);
        }
      } finally {
        await strict.dispose();
      }
    }
  });
});
