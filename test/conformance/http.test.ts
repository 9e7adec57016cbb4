/** The HTTP routes that the command line and the extension use. */
import { beforeAll, expect, test } from 'vitest';
import { type Account, bundleFixture, bundleSource, newAccount, publishOk } from '../support/modules.ts';
import { spacetime } from '../support/standalone.ts';
import { until } from '../support/wait.ts';
import { freshName, useServer } from './server-under-test.ts';

const server = useServer();
const database = freshName('chat');
let owner: Account;
let databaseIdentity: string;

beforeAll(async () => {
  owner = await newAccount(server.uri);
  databaseIdentity = await publishOk(server.uri, database, await bundleFixture('chat'), owner.token);
});

const get = (route: string, token?: string) =>
  fetch(`${server.uri}/v1${route}`, { headers: token ? { authorization: `Bearer ${token}` } : {} });

const call = (reducer: string, args: string, token?: string, contentType = 'application/json') =>
  fetch(`${server.uri}/v1/database/${database}/call/${reducer}`, {
    method: 'POST',
    headers: { 'content-type': contentType, ...(token ? { authorization: `Bearer ${token}` } : {}) },
    body: args,
  });

test('ping, identities and their verification', async () => {
  expect((await get('/ping')).status).toBe(200);
  expect(owner.identity).toMatch(/^c200[0-9a-f]{60}$/);
  expect((await get(`/identity/${owner.identity}/verify`, owner.token)).status).toBe(204);
  const stranger = await newAccount(server.uri);
  expect((await get(`/identity/${owner.identity}/verify`, stranger.token)).status).toBe(400);
  expect((await get('/ping', 'not-a-token')).status).toBeGreaterThanOrEqual(400);
});

test('a database can be found by name and identity', async () => {
  expect(await (await get(`/database/${database}/identity`)).text()).toBe(databaseIdentity);
  expect((await get('/database/no-such-database/identity')).status).toBe(404);
  expect(await (await get(`/database/${databaseIdentity}/names`)).json()).toEqual({ names: [database] });
  const described = (await (await get(`/database/${database}`)).json()) as { host_type: unknown };
  expect(described.host_type).toEqual({ Js: [] });
  expect(await (await get(`/identity/${owner.identity}/databases`)).json()).toEqual({ identities: [databaseIdentity] });
});

test('every database route says who the caller is', async () => {
  const response = await get(`/database/${database}/schema?version=10`);
  expect(response.headers.get('spacetime-identity')).toMatch(/^[0-9a-f]{64}$/);
  expect(response.headers.get('spacetime-identity-token')).toMatch(/^ey/);
  expect(response.headers.get('content-type')).toBe('application/json');
  const own = await get(`/database/${database}/schema?version=10`, owner.token);
  expect(own.headers.get('spacetime-identity')).toBe(owner.identity);
});

test('the schema, version 10', async () => {
  const schema = (await (await get(`/database/${database}/schema?version=10`)).json()) as {
    sections: Record<string, unknown>[];
  };
  const sections = Object.assign({}, ...schema.sections) as Record<string, { source_name: string }[]>;
  expect(sections.Tables?.map((table) => table.source_name)).toEqual(['user', 'message']);
  expect(sections.Reducers?.map((reducer) => reducer.source_name)).toEqual(
    expect.arrayContaining(['init', 'onConnect', 'onDisconnect', 'send_message', 'set_name']),
  );
  expect((await get(`/database/${database}/schema`)).status).toBe(400);
});

test('calling reducers', async () => {
  const committed = await call('send_message', '["over HTTP"]', owner.token);
  expect([committed.status, await committed.text()]).toEqual([200, '']);
  expect((await call('send_message', '{"text":"by name"}', owner.token)).status).toBe(200);

  const failed = await call('send_message', '[""]');
  expect([failed.status, await failed.text()]).toEqual([530, 'Messages must not be empty']);
  const bad = await call('send_message', '[1, 2]');
  expect(bad.status).toBe(400);
  expect(await bad.text()).toMatch(/^invalid arguments for reducer send_message/);
  expect((await call('no_such_thing', '[]')).status).toBe(404);
  const lifecycle = await call('init', '[]', owner.token);
  expect([lifecycle.status, await lifecycle.text()]).toEqual([
    400,
    "can't directly call special Init lifecycle reducer",
  ]);
  expect((await call('send_message', '["x"]', undefined, 'text/plain')).status).toBe(415);
});

test('metrics count the calls of every client per reducer', async () => {
  await call('send_message', '["counted"]');
  await call('send_message', '[""]');
  const text = await (await get('/metrics')).text();
  const value = (committed: boolean): number => {
    const line = text
      .split('\n')
      .find(
        (l) =>
          l.startsWith('spacetime_num_txns_total{') &&
          l.includes('reducer="send_message"') &&
          l.includes(`db="${databaseIdentity}"`) &&
          l.includes(`committed="${committed}"`),
      );
    return Number(line?.split(' ').at(-1));
  };
  expect(value(true)).toBeGreaterThanOrEqual(1);
  expect(value(false)).toBeGreaterThanOrEqual(1);
  const buckets = text
    .split('\n')
    .filter(
      (l) =>
        l.startsWith('spacetime_txn_elapsed_time_sec_bucket{') &&
        l.includes('reducer="send_message"') &&
        l.includes(`db="${databaseIdentity}"`),
    );
  expect(buckets.length).toBeGreaterThan(5);
  expect(buckets.at(-1)).toContain('le="+Inf"');
  expect(text).toMatch(/spacetime_num_table_rows\{[^}]*table_name="message"[^}]*\} [1-9]/);
});

test('logs belong to the owner', async () => {
  const lines = await until('the init line is in the log', async () => {
    const text = await (await get(`/database/${database}/logs?num_lines=100`, owner.token)).text();
    return text.includes('The chat is open.') && text.trim().split('\n');
  });
  const record = lines.map((line) => JSON.parse(line)).find((entry) => entry.message === 'The chat is open.');
  expect(record).toMatchObject({ level: 'Info', function: 'init' });
  expect(record.ts).toBeGreaterThan(1e15);
  expect((await get(`/database/${database}/logs`)).status).toBe(403);
});

test('logs can be followed', async () => {
  const stop = new AbortController();
  const response = await fetch(`${server.uri}/v1/database/${database}/logs?follow=true`, {
    headers: { authorization: `Bearer ${owner.token}` },
    signal: stop.signal,
  });
  expect(response.headers.get('content-type')).toBe('application/x-ndjson');
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  await call('no_such_thing_for_the_log', '[]');
  const { value } = (await reader?.read()) ?? {};
  expect(value).toContain('no_such_thing_for_the_log');
  stop.abort();
});

test('a whole table over SQL', async () => {
  await call('send_message', '["for SQL"]');
  const response = await fetch(`${server.uri}/v1/database/${database}/sql`, {
    method: 'POST',
    body: 'SELECT * FROM message',
  });
  expect(response.status).toBe(200);
  const [result] = (await response.json()) as [
    { schema: { elements: { name: { some: string } }[] }; rows: unknown[][] },
  ];
  expect(result.schema.elements.map((element) => element.name.some)).toEqual(['id', 'sender', 'sent', 'text']);
  expect(result.rows.some((row) => row[3] === 'for SQL')).toBe(true);
});

test('the types of an SQL answer are complete, because whoever asks has no module definition', async () => {
  const name = freshName('shapes');
  const source = `
    import { schema, t, table } from 'spacetimedb/server';
    const Suit = t.enum('Suit', ['hearts', 'spades']);
    const Money = t.object('Money', { amount: t.i64(), in: Suit });
    const box = table({ public: true }, { id: t.u8(), suit: Suit, price: t.array(Money).optional() });
    const db = schema({ box });
    export default db;
    export const init = db.init(ctx => {
      ctx.db.box.insert({ id: 1, suit: { tag: 'spades' }, price: [{ amount: 5n, in: { tag: 'hearts' } }] });
    });
  `;
  await publishOk(server.uri, name, await bundleSource(source), owner.token);
  const response = await fetch(`${server.uri}/v1/database/${name}/sql`, { method: 'POST', body: 'SELECT * FROM box' });
  const text = await response.text();
  expect(text).not.toContain('"Ref"');
  const url = ['--server', server.uri, '--anonymous', '--no-config'];
  const { code, stdout } = await spacetime(['sql', name, 'SELECT * FROM box', ...url]);
  expect(code).toBe(0);
  expect(stdout.split('\n')[2]).toBe(' 1  | (spades = ()) | (some = [(amount = 5, in = (hearts = ()))])');
});
