/** What views do that needs a database of its own: time limits, private views, rows that are dropped. */
import { afterEach, describe, expect, it } from 'vitest';
import { bundleSource } from '../../host/testing/modules.ts';
import { WorkerClient } from '../testing/worker-client.ts';

const source = `
  import { schema, table, t } from 'spacetimedb/server';
  const item = table({ public: true }, { id: t.u32().primaryKey() });
  const other = table({ public: true }, { id: t.u32().primaryKey() });
  const db = schema({ item, other });
  export default db;
  export const items = db.anonymousView({ public: true }, t.array(item.rowType), (ctx) => {
    const rows = [...ctx.db.item.iter()];
    if (rows.some((row) => row.id === 66)) for (;;) {}
    return rows;
  });
  export const hidden = db.anonymousView({ public: false } as any, t.array(item.rowType), (ctx) => [...ctx.db.item.iter()]);
  export const runs = db.anonymousView({ public: true }, t.array(item.rowType), (ctx) => {
    console.log('runs');
    const row = ctx.db.item.id.find(5);
    return row ? [row] : [];
  });
  export const add = db.reducer({ id: t.u32() }, (ctx, { id }) => { ctx.db.item.insert({ id }); });
  export const addOther = db.reducer({ id: t.u32() }, (ctx, { id }) => { ctx.db.other.insert({ id }); });
`;

let database: WorkerClient;

afterEach(() => database.kill());

async function open(callLimit = 10_000): Promise<void> {
  database = new WorkerClient({ callLimit });
  await database.request('open', {});
  expect(await database.publish(await bundleSource(source))).toMatchObject({ ok: true });
}

const guest = '01'.repeat(32);

describe('views', () => {
  it('run again only when a transaction touches what they read', async () => {
    await open();
    const runs = (): number => database.logs.filter(({ message }) => message === 'runs').length;
    expect(await database.rows('SELECT * FROM runs')).toEqual([]);
    await database.call('add', [1]);
    await database.call('add_other', [5]);
    expect(await database.rows('SELECT * FROM runs')).toEqual([]);
    expect(runs()).toBe(1);
    await database.call('add', [5]);
    expect(await database.rows('SELECT * FROM runs')).toEqual([[5]]);
    expect(runs()).toBe(2);
  });

  it('that never end are stopped, the transaction is undone, and the database goes on', async () => {
    await open(300);
    expect(await database.rows('SELECT * FROM items')).toEqual([]);
    expect(await database.call('add', [66])).toMatchObject({ ok: false, status: 530 });
    await database.call('add', [1]);
    expect(await database.rows('SELECT * FROM items')).toEqual([[1]]);
    expect(await database.rows('SELECT * FROM item')).toEqual([[1]]);
  });

  it('that never end are stopped when somebody subscribes, too', async () => {
    await open(300);
    await database.call('add', [66]);
    const reply = await database.request('sql', {
      identity: guest,
      connectionId: '99'.repeat(16),
      query: 'SELECT * FROM items',
    });
    expect(reply).toMatchObject({ ok: false, message: expect.stringContaining('view items ran longer') });
    await database.call('add', [5]);
    expect(await database.rows('SELECT * FROM runs')).toEqual([[5]]);
  });

  it('that are private are there for the owner only', async () => {
    await open();
    await database.call('add', [1]);
    expect(await database.rows('SELECT * FROM hidden')).toEqual([[1]]);
    await expect(database.rows('SELECT * FROM hidden', guest)).rejects.toThrow('no such table: `hidden`');
  });
});
