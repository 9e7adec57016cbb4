/** HTTP handlers and routers of the module, under `/v1/database/:n/route`. */
import { request } from 'node:http';
import { beforeAll, describe, expect, test } from 'vitest';
import { type DatabaseHandle, databaseOf } from '../support/database.ts';
import { bundleSource, newAccount } from '../support/modules.ts';
import { until } from '../support/wait.ts';
import { freshName, useServer } from './server-under-test.ts';

const moduleText = `
import { schema, t, table, Router, SyncResponse } from 'spacetimedb/server';
const entry = table({ public: true }, { id: t.u64().primaryKey().autoInc(), text: t.string() });
const db = schema({ entry });
export default db;
export const hello = db.httpHandler(() => new SyncResponse('hello'));
export const echo = db.httpHandler((ctx, req) => new SyncResponse(JSON.stringify({
  method: req.method, url: req.url, body: req.text(), asked: req.headers.get('x-asked'),
  authorization: req.headers.get('authorization'), version: req.version.tag,
})));
export const bytes = db.httpHandler((ctx, req) => new SyncResponse(req.bytes().reverse()));
export const post = db.httpHandler((ctx, req) => {
  const { id, sender, connection } = ctx.withTx(tx => ({
    id: tx.db.entry.insert({ id: 0n, text: req.text() }).id,
    sender: tx.sender.toHexString(), connection: String(tx.connectionId),
  }));
  return new SyncResponse(sender + ' ' + connection, { status: 201, headers: [
    ['Location', '/entries/' + id], ['Set-Cookie', 'a=1'], ['Set-Cookie', 'b=2']] });
});
export const list = db.httpHandler(ctx =>
  new SyncResponse(ctx.withTx(tx => JSON.stringify([...tx.db.entry.iter()].map(row => row.text)))));
export const broken = db.httpHandler(() => { throw new Error('handler trouble'); });
export const empty = db.httpHandler(() => new SyncResponse(null, { status: 204 }));
export const teapot = db.httpHandler(() => new SyncResponse('short and stout', { status: 418 }));
export const routes = db.httpRouter(new Router()
  .get('', hello)
  .get('/', teapot)
  .get('/hello', hello)
  .any('/echo', echo)
  .post('/bytes', bytes)
  .get('/entries', list).post('/entries', post)
  .options('/options', hello)
  .head('/head', hello)
  .get('/broken', broken)
  .delete('/empty', empty)
  .nest('/api', new Router().get('/v1', hello)));
`;

const server = useServer();
let base: string;
let database: DatabaseHandle;

beforeAll(async () => {
  database = databaseOf(server.uri, freshName('handlers'), await newAccount(server.uri));
  await database.publish(await bundleSource(moduleText));
  base = `${server.uri}/v1/database/${database.name}/route`;
});

const text = async (path: string, init?: RequestInit): Promise<[number, string]> => {
  const answer = await fetch(base + path, init);
  return [answer.status, await answer.text()];
};
const noRoute = [404, 'Database has not registered a handler for this route'];

describe('routes', () => {
  test('are found by method and exact path', async () => {
    expect(await text('/hello')).toEqual([200, 'hello']);
    expect(await text('/hello?with=query')).toEqual([200, 'hello']);
    expect(await text('')).toEqual([200, 'hello']);
    expect(await text('/')).toEqual([418, 'short and stout']);
    expect(await text('/api/v1')).toEqual([200, 'hello']);
    for (const path of ['/hello/', '/Hello', '/nowhere', '/api', '/head'])
      expect(await text(path), path).toEqual(noRoute);
    expect(await text('/hello', { method: 'POST' })).toEqual(noRoute);
    expect((await fetch(`${base}/hello`, { method: 'HEAD' })).status).toBe(404);
    expect((await fetch(`${base}/head`, { method: 'HEAD' })).status).toBe(200);
  });

  test('are found by the identity of the database, and only there', async () => {
    const identity = await (await fetch(`${server.uri}/v1/database/${database.name}/identity`)).text();
    expect(await (await fetch(`${server.uri}/v1/database/${identity}/route/hello`)).text()).toBe('hello');
    expect((await fetch(`${server.uri}/v1/database/no-such-database/route/hello`)).status).toBe(404);
  });

  test('take OPTIONS, while the server answers what browsers ask first', async () => {
    expect(await text('/options', { method: 'OPTIONS' })).toEqual([200, 'hello']);
    // fetch may not send these headers.
    const status = await new Promise((resolve, reject) => {
      const headers = { origin: 'http://app.example', 'access-control-request-method': 'POST' };
      request(`${base}/echo`, { method: 'OPTIONS', headers }, (response) => {
        response.resume();
        resolve([response.statusCode, response.headers['access-control-allow-origin']]);
      })
        .on('error', reject)
        .end();
    });
    expect(status).toEqual([204, '*']);
  });
});

describe('requests and responses', () => {
  test('pass method, address, headers and body', async () => {
    const [status, body] = await text('/echo?q=1%202', {
      method: 'PATCH',
      headers: { 'X-Asked': 'yes', authorization: 'Bearer not-a-token' },
      body: 'grüße',
    });
    expect(status).toBe(200);
    expect(JSON.parse(body)).toEqual({
      method: 'PATCH',
      url: `${base}/echo?q=1%202`,
      body: 'grüße',
      asked: 'yes',
      authorization: 'Bearer not-a-token',
      version: 'Http11',
    });
    const forwarded = { 'x-forwarded-proto': 'https', 'x-forwarded-host': 'app.example, proxy' };
    const [, behind] = await text('/echo', { headers: forwarded });
    expect(JSON.parse(behind).url).toBe(`https://app.example/v1/database/${database.name}/route/echo`);
  });

  test('carry bytes', async () => {
    const body = Uint8Array.from({ length: 100_000 }, (_, i) => (i * 7) % 256);
    const answer = await fetch(`${base}/bytes`, { method: 'POST', body });
    expect(Buffer.from(await answer.arrayBuffer()).equals(Buffer.from(body).reverse())).toBe(true);
  });

  test('have the status and headers that the module gives', async () => {
    const answer = await fetch(`${base}/entries`, { method: 'POST', body: 'first' });
    expect(answer.status).toBe(201);
    expect(answer.headers.get('location')).toMatch(/^\/entries\/\d+$/);
    expect(answer.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
    // Nobody is asked who they are.
    expect(await answer.text()).toBe(`${'0'.repeat(64)} null`);
    expect(answer.headers.get('spacetime-identity')).toBeNull();
    expect(await text('/entries')).toEqual([200, '["first"]']);
    expect(await database.rows('SELECT * FROM entry')).toHaveLength(1);
    expect(await text('/empty', { method: 'DELETE' })).toEqual([204, '']);
  });

  test('a handler that throws gives 500, and the log tells', async () => {
    const [status, body] = await text('/broken');
    expect([status, body]).toEqual([500, expect.stringContaining('handler trouble')]);
    await until('the log tells', async () =>
      (await database.logs()).some(
        (line) => line.level === 'Panic' && line.message.startsWith('Uncaught Error: handler trouble'),
      ),
    );
    expect(await text('/hello')).toEqual([200, 'hello']);
  });

  test('many at once', async () => {
    const before = (await database.rows('SELECT * FROM entry')).length;
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, i) => text('/entries', { method: 'POST', body: `entry ${i}` })),
    );
    expect(answers.every(([status]) => status === 201)).toBe(true);
    expect(await database.rows('SELECT * FROM entry')).toHaveLength(before + 40);
  });
});
