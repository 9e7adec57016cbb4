/** What outlives a thread, what a republish keeps, and how a call that never ends is stopped. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { bundleSource, fixtureBundle } from '../host/testing/modules.ts';
import { WorkerClient } from './testing/worker-client.ts';

const folders: string[] = [];
const running: WorkerClient[] = [];

afterEach(async () => {
  for (const database of running.splice(0)) await database.kill();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

const newFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'database-'));
  folders.push(folder);
  return folder;
};

async function open(directory?: string, callLimit?: number): Promise<WorkerClient> {
  const database = new WorkerClient({ directory, ...(callLimit === undefined ? {} : { callLimit }) });
  running.push(database);
  expect(await database.request('open', {})).toMatchObject({ ok: true });
  return database;
}

describe('a database with a log', () => {
  it('has after a crash what it confirmed, and its sequences go on', async () => {
    const directory = newFolder();
    const first = await open(directory);
    await first.publish(await fixtureBundle('chat'));
    const connection = await first.connect(1);
    await first.call('send_message', ['kept']);
    const rows = await first.rows('SELECT * FROM message');
    await first.kill();
    const second = await open(directory);
    expect(await second.rows('SELECT * FROM message')).toEqual(rows);
    const identity = `0x${BigInt(`0x${connection.identity}`).toString(16)}`;
    expect(await second.rows('SELECT * FROM user')).toEqual([[[identity], [1, []], false]]);
    expect(await second.rows('SELECT * FROM st_client')).toEqual([]);
    await second.call('send_message', ['later']);
    const ids = ((await second.rows('SELECT * FROM message')) as [number][]).map(([id]) => id);
    expect(ids).toEqual([1, 4097]);
  });
});

const version = (columns: string, more = ''): Promise<string> =>
  bundleSource(`
    import { schema, t, table, SenderError } from 'spacetimedb/server';
    const item = table({ public: true }, { id: t.u32().primaryKey().autoInc(), ${columns} });
    ${more.includes('other') ? 'const other = table({ public: true }, { x: t.u32() });' : ''}
    const db = schema({ item${more.includes('other') ? ', other' : ''} });
    export default db;
    export const add = db.reducer({ name: t.string() }, (ctx, { name }) => {
      ctx.db.item.insert({ id: 0, name, ...(${JSON.stringify(columns.includes('size'))} ? { size: 5 } : {}) } as any);
    });
    ${more.includes('init') ? `export const init = db.init(ctx => { ctx.db.item.insert({ id: 0, name: 'new' } as any); throw new SenderError('not today'); });` : ''}
    ${more.includes('log') ? `export const say = db.reducer(() => console.log('hello'));` : ''}
  `);

describe('a republish', () => {
  it('adds tables, columns with defaults and constraints, and keeps rows over a restart', async () => {
    const directory = newFolder();
    const database = await open(directory);
    await database.publish(await version('name: t.string()'));
    await database.call('add', ['a']);
    const program = await version('name: t.string().unique(), size: t.u16().default(3)', 'other');
    const bytes = new TextEncoder().encode(program);
    const refused = await database.publish(program);
    expect(refused).toMatchObject({
      ok: false,
      status: 400,
      message: expect.stringContaining('client-breaking change'),
    });
    const plan = await database.request('prePublish', { program: bytes });
    if (!plan.ok || plan.kind !== 'AutoMigrate') throw new Error('not automatic');
    expect(plan).toMatchObject({ breaksClients: true, token: expect.stringMatching(/^0x[0-9a-f]+$/) });
    const connection = await database.connect(1);
    expect(await database.publish(program, { policy: 'BreakClients', migrationToken: '0x1' })).toMatchObject({
      status: 400,
    });
    expect(await database.publish(program, { policy: 'BreakClients', migrationToken: plan.token })).toEqual({
      ok: true,
      op: 'updated',
    });
    expect(database.closed).toEqual([expect.objectContaining({ socket: connection.socket, code: 1001 })]);
    await database.call('add', ['b']);
    expect(await database.call('add', ['b'])).toMatchObject({ ok: false });
    const rows = [
      [1, 'a', 3],
      [2, 'b', 5],
    ];
    expect(await database.rows('SELECT * FROM item')).toEqual(rows);
    await database.kill();
    const again = await open(directory);
    expect(await again.rows('SELECT * FROM item')).toEqual(rows);
    expect(await again.rows('SELECT * FROM other')).toEqual([]);
  });

  it('refuses what it cannot do, and the old module goes on', async () => {
    const database = await open();
    await database.publish(await version('name: t.string()'));
    await database.call('add', ['twice']);
    await database.call('add', ['twice']);
    const refused = async (columns: string): Promise<string> => {
      const reply = await database.publish(await version(columns));
      if (reply.ok) throw new Error('it was published');
      expect(reply.status).toBe(400);
      return reply.message;
    };
    expect(await refused('name: t.string().unique()')).toContain('Cannot add unique constraint item_name_key');
    expect(await refused('name: t.u32()')).toContain('Database update rejected');
    expect(await refused('name: t.string(), size: t.u16()')).toContain('requires a default value');
    expect(await database.call('add', ['still'])).toMatchObject({ ok: true });
    expect((await database.rows('SELECT * FROM item')).length).toBe(3);
  });

  it('keeps subscriptions when clients still fit, and removes an empty table only', async () => {
    const database = await open();
    await database.publish(await version('name: t.string()', 'other'));
    const connection = await database.connect(1);
    connection.subscribe(1, 'SELECT * FROM item');
    connection.subscribe(2, 'SELECT * FROM item WHERE id > 0');
    for (let i = 0; i < 3; i++) await connection.next();
    expect(await database.publish(await version('name: t.string()', 'other log'))).toEqual({ ok: true, op: 'updated' });
    await database.call('add', ['seen']);
    const update = await connection.next();
    expect((update.value.query_sets as unknown[]).length).toBe(2);
    expect(database.closed).toEqual([]);
    expect(await database.publish(await version('name: t.string()', 'other log'))).toEqual({ ok: true, op: 'updated' });
    expect(await database.call('say')).toMatchObject({ ok: true });
  });

  it('leaves nothing behind when init fails, and clears when asked', async () => {
    const database = await open(newFolder());
    const failing = await version('name: t.string()', 'init');
    expect(await database.publish(failing)).toMatchObject({ ok: false, message: expect.stringContaining('not today') });
    expect(await database.request('schema', {})).toMatchObject({ ok: false, status: 404 });
    await database.publish(await version('name: t.string()'));
    await database.call('add', ['a']);
    expect(await database.publish(failing, { clear: true })).toMatchObject({ ok: false });
    expect((await database.rows('SELECT * FROM item')).length).toBe(1);
    expect(await database.publish(await version('name: t.string()', 'log'), { clear: true })).toEqual({
      ok: true,
      op: 'created',
    });
    expect(await database.rows('SELECT * FROM item')).toEqual([]);
  });

  it('refuses a program that breaks a rule or is none', async () => {
    const database = await open();
    expect(await database.publish('export default 1')).toMatchObject({ ok: false, status: 500 });
    const twoKeys = await version('name: t.string().primaryKey()');
    expect(await database.publish(twoKeys)).toMatchObject({
      ok: false,
      message: expect.stringContaining('Errors occurred:'),
    });
  });
});

describe('a call that never ends', () => {
  const looping = `
    import { schema, t, table } from 'spacetimedb/server';
    const item = table({ public: true }, { id: t.u32().primaryKey(), n: t.u32().index() });
    const db = schema({ item });
    export default db;
    let globalCount = 0;
    export const add = db.reducer({ id: t.u32() }, (ctx, { id }) => { ctx.db.item.insert({ id, n: id }); });
    export const count = db.reducer(() => { if (globalCount++ > 0) throw new Error('not fresh'); });
    export const spin = db.reducer(ctx => { ctx.db.item.insert({ id: 77, n: 1 }); try { while (true) {} } finally { while (true) {} } });
    export const later = db.reducer(async ctx => { await null; while (true) {} });
    export const flood = db.reducer(ctx => {
      for (let i = 0; ; i = (i + 1) % 5000) {
        ctx.db.item.id.delete(i);
        ctx.db.item.insert({ id: i, n: i % 7 });
        [...ctx.db.item.n.filter(i % 7)];
      }
    });
  `;

  it('is stopped and undone, tells its caller, and the others go on', async () => {
    const database = await open(undefined, 300);
    await database.publish(await bundleSource(looping));
    const connection = await database.connect(1);
    await connection.next();
    for (let id = 0; id < 20; id++) await database.call('add', [id]);
    await database.call('count');
    const before = await database.rows('SELECT * FROM item');
    for (const name of ['spin', 'flood', 'flood', 'spin']) {
      connection.call(name);
      const result = (await connection.next()).value.result;
      expect(result).toEqual({
        tag: 'InternalError',
        value: expect.stringContaining(`The reducer ${name} ran longer than 0.3 s`),
      });
      expect(new Set(await database.rows('SELECT * FROM item'))).toEqual(new Set(before));
      // The module is in a new realm: its variables are as after loading.
      expect(await database.call('count')).toMatchObject({ ok: true });
    }
    expect(await database.call('spin')).toMatchObject({ ok: false, status: 530 });
    expect(await database.call('add', [500])).toMatchObject({ ok: true });
    await expect
      .poll(() => database.logs)
      .toContainEqual(expect.objectContaining({ level: 'Panic', function: 'spin' }));
    expect(await database.call('later')).toMatchObject({ ok: true });
    expect(await database.call('count')).toMatchObject({ ok: true });
    await expect
      .poll(() => database.logs)
      .toContainEqual(expect.objectContaining({ message: expect.stringContaining('went on after its function') }));
  });
});
