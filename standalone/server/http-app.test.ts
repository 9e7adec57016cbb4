import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTemporaryServer, type TemporaryServer } from './testing/temporary-server.ts';

let server: TemporaryServer;
let owner: { identity: string; token: string };
beforeAll(async () => {
  server = await startTemporaryServer();
  owner = await server.account();
});
afterAll(() => server.dispose());

const told = async (response: Response): Promise<[number, string]> => [response.status, await response.text()];

async function newDatabase(name: string): Promise<string> {
  const response = await server.publish(name, 'program', owner.token);
  expect(response.status).toBe(200);
  return ((await response.json()) as { Success: { database_identity: string } }).Success.database_identity;
}

describe('identity', () => {
  test('ping accepts nobody and somebody, not a bad token', async () => {
    expect(await told(await server.fetch('/ping'))).toEqual([200, '']);
    expect((await server.fetch('/ping', { token: owner.token })).status).toBe(200);
    expect((await server.fetch('/ping', { token: 'x' })).status).toBe(401);
    expect(await told(await server.fetch('/ping', { headers: { authorization: 'Basic x' } }))).toEqual([
      400,
      'Authorization is invalid: malformed token',
    ]);
  });

  test('verify, websocket-token, public key', async () => {
    expect((await server.fetch(`/identity/${owner.identity}/verify`, { token: owner.token })).status).toBe(204);
    expect((await server.fetch(`/identity/c2${'0'.repeat(62)}/verify`, { token: owner.token })).status).toBe(400);
    expect(await told(await server.fetch(`/identity/${owner.identity}/verify`))).toEqual([
      401,
      'Authorization required',
    ]);
    const short = await server.fetch('/identity/websocket-token', { method: 'POST', token: owner.token });
    const { token } = (await short.json()) as { token: string };
    expect((await server.fetch(`/identity/${owner.identity}/verify?token=${token}`)).status).toBe(204);
    const key = await server.fetch('/identity/public-key');
    expect(key.headers.get('content-type')).toBe('application/pem-certificate-chain');
    expect(await key.text()).toMatch(/^-----BEGIN PUBLIC KEY-----/);
  });
});

describe('publishing', () => {
  test('created, updated, described, found by name and identity, listed', async () => {
    const created = await server.publish('shop', 'one', owner.token);
    expect(created.headers.get('content-type')).toBe('application/json');
    const { Success: first } = (await created.json()) as { Success: Record<string, string> };
    expect(first).toEqual({
      domain: 'shop',
      database_identity: expect.stringMatching(/^c200[0-9a-f]{60}$/),
      op: 'created',
    });
    const identity = first.database_identity ?? '';
    const updated = await server.publish(identity, 'two', owner.token);
    expect(await updated.json()).toEqual({ Success: { domain: null, database_identity: identity, op: 'updated' } });
    const described = (await (await server.fetch('/database/shop')).json()) as Record<string, unknown>;
    expect(described).toMatchObject({
      database_identity: { __identity__: `0x${identity}` },
      owner_identity: { __identity__: `0x${owner.identity}` },
      host_type: { Js: [] },
    });
    expect(await (await server.fetch('/database/shop/identity')).text()).toBe(identity);
    expect(await (await server.fetch(`/identity/${owner.identity}/databases`)).json()).toEqual({
      identities: expect.arrayContaining([identity]),
    });
    expect(await told(await server.fetch(`/database/c2${'0'.repeat(62)}`))).toEqual([404, 'No such database.']);
    expect(await told(await server.fetch('/database/nothing'))).toEqual([404, '`nothing` not found']);
  });

  test('without a name', async () => {
    const response = await server.fetch('/database?host_type=Js', { method: 'POST', body: 'p', token: owner.token });
    expect(await response.json()).toMatchObject({ Success: { domain: null, op: 'created' } });
  });

  test('a refused first publish leaves no name, no folder, and the next one works', async () => {
    const before = readdirSync(join(server.dataDir, 'replicas'));
    expect(await told(await server.publish('later', 'refuse', owner.token))).toEqual([
      400,
      'Database update rejected: refused',
    ]);
    expect((await server.fetch('/database/later')).status).toBe(404);
    expect(readdirSync(join(server.dataDir, 'replicas'))).toEqual(before);
    await newDatabase('later');
  });

  test('two programs for one new name at the same time make one database', async () => {
    const answers = await Promise.all([1, 2, 3].map((n) => server.publish('race', `p${n}`, owner.token)));
    const results = (await Promise.all(answers.map((a) => a.json()))) as { Success: Record<string, string> }[];
    expect(new Set(results.map((r) => r.Success.database_identity)).size).toBe(1);
    expect(results.map((r) => r.Success.op).sort()).toEqual(['created', 'updated', 'updated']);
  });

  test('what only the owner may do', async () => {
    const identity = await newDatabase('mine');
    const stranger = await server.account();
    const refused = (action: string) =>
      `${stranger.identity} is not authorized to perform action on database ${identity}: ${action}`;
    expect(await told(await server.publish('mine', 'x', stranger.token))).toEqual([403, refused('update database')]);
    const logs = await server.fetch('/database/mine/logs', { token: stranger.token });
    expect(await told(logs)).toEqual([403, refused('view module logs')]);
    for (const [method, path] of [
      ['DELETE', ''],
      ['POST', '/lock'],
      ['PUT', '/reset'],
      ['POST', '/pre_publish?host_type=Js'],
    ]) {
      expect((await server.fetch(`/database/mine${path}`, { method, token: stranger.token })).status, path).toBe(403);
    }
  });

  test('names, programs and query values that cannot be', async () => {
    for (const name of ['Upper', 'a_b', '..%2f..']) {
      expect((await server.publish(name, 'x', owner.token)).status, name).toBe(400);
    }
    const wasm = new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);
    const rust = await server.fetch('/database/rusty', { method: 'PUT', body: wasm, token: owner.token });
    expect(await told(rust)).toEqual([400, expect.stringMatching(/TypeScript modules only.*install SpacetimeDB/)]);
    const js = await server.fetch('/database/plain', { method: 'PUT', body: 'x', token: owner.token });
    expect(await told(js)).toEqual([400, expect.stringContaining('host_type=Js')]);
    expect(await told(await server.publish('shop', 'x', owner.token, '&policy=BreakClients'))).toEqual([
      400,
      'Migration policy is set to `BreakClients`, but no migration token was provided.',
    ]);
    expect((await server.publish('shop', 'x', owner.token, '&clear=yes')).status).toBe(400);
    expect((await server.publish('shop', 'x', owner.token, '&policy=Hope')).status).toBe(400);
  });

  test('lock protects from deletion and reset; deleting removes data and frees the name', async () => {
    await newDatabase('precious');
    const at = (path: string, method: string) =>
      server.fetch(`/database/precious${path}`, { method, token: owner.token });
    expect((await at('/lock', 'POST')).status).toBe(200);
    expect(await told(await at('', 'DELETE'))).toEqual([403, expect.stringContaining('spacetime unlock')]);
    expect((await server.publish('precious', 'x', owner.token, '&clear=true')).status).toBe(403);
    expect((await at('/unlock', 'POST')).status).toBe(200);
    expect(await (await at('/reset', 'PUT')).json()).toMatchObject({ Success: { op: 'updated' } });
    const before = readdirSync(join(server.dataDir, 'replicas')).length;
    expect(await told(await at('', 'DELETE'))).toEqual([200, '']);
    expect(readdirSync(join(server.dataDir, 'replicas')).length).toBe(before - 1);
    expect((await at('', 'DELETE')).status).toBe(404);
    const gone = await server.fetch(`/database/c2${'0'.repeat(62)}`, { method: 'DELETE', token: owner.token });
    expect(gone.status).toBe(200);
    const stranger = await server.account();
    expect((await server.publish('precious', 'x', stranger.token)).status).toBe(200);
  });
});

test('names are read, added, replaced and refused when taken', async () => {
  await newDatabase('first');
  await newDatabase('second');
  const names = (method: string, body: string, token = owner.token) =>
    server.fetch('/database/first/names', { method, body, token });
  expect(await (await names('POST', 'alias')).json()).toMatchObject({ Success: { domain: 'alias' } });
  expect((await names('POST', 'second')).status).toBe(500);
  expect(await (await names('PUT', '["renamed", "alias"]')).json()).toBe('Success');
  expect(await (await server.fetch('/database/renamed/names')).json()).toEqual({ names: ['renamed', 'alias'] });
  expect((await server.fetch('/database/first')).status).toBe(404);
  const stranger = await server.account();
  const at = (method: string, path: string, body: string, token = owner.token) =>
    server.fetch(`/database/${path}/names`, { method, body, token });
  expect(await told(await at('PUT', 'renamed', '["second"]'))).toEqual([
    400,
    '{"OtherError":"Cannot rename to second because it already is in use."}',
  ]);
  expect((await at('PUT', 'renamed', '["Bad Name"]')).status).toBe(400);
  expect((await at('PUT', 'renamed', 'nonsense')).status).toBe(400);
  expect((await at('PUT', 'renamed', '["x"]', stranger.token)).status).toBe(401);
  expect(await told(await at('PUT', 'nobody', '["x"]'))).toEqual([404, '"DatabaseNotFound"']);
  expect((await at('POST', 'renamed', 'theirs', stranger.token)).status).toBe(401);
});

describe('calls', () => {
  test('reducers, procedures, refusals, headers', async () => {
    await newDatabase('calls');
    const call = (name: string, body: string, type = 'application/json') =>
      server.fetch(`/database/calls/call/${name}`, { method: 'POST', body, headers: { 'content-type': type } });
    const ok = await call('anything', '[]');
    expect(ok.headers.get('spacetime-execution-duration-micros')).toBe('12');
    expect(ok.headers.get('spacetime-energy-used')).toBe('0');
    expect(ok.headers.get('spacetime-identity')).toMatch(/^c200/);
    expect(await told(ok)).toEqual([200, '']);
    const value = await call('value', '[18446744073709551615]');
    expect(value.headers.get('content-type')).toBe('application/json');
    expect(await value.text()).toBe('[18446744073709551615]');
    const failed = await call('fail', '[]');
    expect(failed.headers.get('spacetime-identity-token')).toMatch(/^ey/);
    expect(await told(failed)).toEqual([530, 'the reducer said no']);
    expect((await call('anything', '[]', 'application/json; charset=utf-8')).status).toBe(415);
    expect(await told(await call('anything', `"${'x'.repeat(2 * 1024 * 1024)}"`))).toEqual([
      413,
      'length limit exceeded',
    ]);
  });

  test('schema versions', async () => {
    await newDatabase('schemas');
    const schema = (query: string) => server.fetch(`/database/schemas/schema${query}`);
    expect(await (await schema('?version=10')).json()).toEqual({ sections: [] });
    expect(await told(await schema('?version=9'))).toEqual([400, expect.stringContaining('version 10')]);
    expect((await schema('')).status).toBe(400);
  });
});

test('browsers may call from anywhere', async () => {
  const asked = await server.fetch('/database/x/call/y', {
    method: 'OPTIONS',
    headers: { origin: 'https://example.com', 'access-control-request-method': 'POST' },
  });
  expect(asked.headers.get('access-control-allow-origin')).toBe('*');
  expect(asked.headers.get('access-control-allow-headers')).toBe('authorization,accept,content-type');
});

test('logs: history, last lines, and following', async () => {
  await newDatabase('logging');
  const call = () =>
    server.fetch('/database/logging/call/x', {
      method: 'POST',
      body: '[]',
      headers: { 'content-type': 'application/json' },
    });
  await call();
  const logs = (query: string) => server.fetch(`/database/logging/logs${query}`, { token: owner.token });
  const text = await (await logs('')).text();
  expect(
    text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).message),
  ).toEqual(['connect http undefined', 'disconnect http']);
  expect(JSON.parse(await (await logs('?num_lines=1')).text()).message).toBe('disconnect http');
  const stop = new AbortController();
  const following = await server.fetch('/database/logging/logs?follow=true&num_lines=1', {
    token: owner.token,
    signal: stop.signal,
  });
  expect(following.headers.get('content-type')).toBe('application/x-ndjson');
  expect(following.headers.get('cache-control')).toBe('no-cache');
  const reader = following.body?.pipeThrough(new TextDecoderStream()).getReader();
  expect((await reader?.read())?.value).toContain('disconnect http');
  await call();
  expect((await reader?.read())?.value).toContain('connect http');
  stop.abort();
  const last = await logs('?follow=true');
  await server.fetch('/database/logging', { method: 'DELETE', token: owner.token });
  expect(await last.text()).toBe('');
});

test('metrics of databases, connections and the process', async () => {
  const identity = await newDatabase('measured');
  const response = await server.fetch('/metrics');
  expect(response.headers.get('content-type')).toContain('text/plain');
  const text = await response.text();
  expect(text).toContain(`calls{db="${identity}"} 1\n`);
  expect(text).toContain(`spacetime_worker_connected_clients{database_identity="${identity}"} 0\n`);
  expect(text).toMatch(/\nprocess_resident_memory_bytes \d+\n/);
});

test('a damaged database says so, and starts empty only when its owner asks; its files are kept aside', async () => {
  await newDatabase('damaged');
  const before = readdirSync(join(server.dataDir, 'replicas'))
    .map(Number)
    .sort((a, b) => a - b);
  const replica = join(server.dataDir, 'replicas', String(before.at(-1)));
  await server.stop();
  writeFileSync(join(replica, 'clog', 'damaged'), '');
  await server.restart();
  const publishAgain = (query = '') => server.publish('damaged', 'program', owner.token, query);
  expect(await told(await publishAgain())).toEqual([
    503,
    expect.stringMatching(/the commit log is damaged.*--delete-data/),
  ]);
  expect(readdirSync(replica)).toEqual(['clog']);
  const cleared = await publishAgain('&clear=true');
  expect([cleared.status, await cleared.json()]).toEqual([
    200,
    expect.objectContaining({ Success: expect.anything() }),
  ]);
  expect(readdirSync(replica).sort()).toEqual(['clog', expect.stringMatching(/^clog\.damaged-\d+$/)]);
  expect((await publishAgain()).status).toBe(200);
});

test('databases, names, owners, tokens and logs survive a restart', async () => {
  const identity = await newDatabase('lasting');
  const call = () =>
    server.fetch('/database/lasting/call/value', {
      method: 'POST',
      body: '[1]',
      headers: { 'content-type': 'application/json' },
    });
  await call();
  await server.restart();
  expect(await (await server.fetch('/database/lasting/identity')).text()).toBe(identity);
  expect(await (await call()).text()).toBe('[1]');
  expect((await server.publish('lasting', 'again', owner.token)).status).toBe(200);
  const text = await (await server.fetch('/database/lasting/logs', { token: owner.token })).text();
  expect(text.trim().split('\n')).toHaveLength(4);
});
