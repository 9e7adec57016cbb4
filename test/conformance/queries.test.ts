/** Subscriptions of every kind and row-level security, seen by clients with identities of their own. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { BsatnReader } from '../../schema/bsatn.ts';
import { type DatabaseHandle, databaseOf } from '../support/database.ts';
import { type Account, bundleSource, newAccount, publish, publishOk } from '../support/modules.ts';
import { connectRaw, type RawClient } from '../support/raw-client.ts';
import { until } from '../support/wait.ts';
import { freshName, useServer } from './server-under-test.ts';

const tables = `
import { schema, table, t } from 'spacetimedb/server';
const room = table({ public: true }, { id: t.u32().primaryKey(), title: t.string() });
const member = table({ public: true, indexes: [{ accessor: 'byRoom', algorithm: 'btree', columns: ['roomId'] }, { accessor: 'byWho', algorithm: 'btree', columns: ['who'] }] },
  { id: t.u32().primaryKey(), roomId: t.u32(), who: t.identity() });
const post = table({ public: true, indexes: [{ accessor: 'byRoom', algorithm: 'btree', columns: ['roomId'] }] },
  { id: t.u32().primaryKey(), roomId: t.u32(), text: t.string() });
const shout = table({ public: true, event: true }, { roomId: t.u32(), text: t.string() });
const vault = table({}, { id: t.u32().primaryKey() });
const spacetimedb = schema({ room, member, post, shout, vault });
export default spacetimedb;
export const open = spacetimedb.reducer({ id: t.u32() }, (ctx, { id }) => { ctx.db.room.insert({ id, title: 'room ' + id }); });
export const join = spacetimedb.reducer({ id: t.u32(), roomId: t.u32() }, (ctx, { id, roomId }) => { ctx.db.member.insert({ id, roomId, who: ctx.sender }); });
export const leave = spacetimedb.reducer({ id: t.u32() }, (ctx, { id }) => { ctx.db.member.id.delete(id); });
export const say = spacetimedb.reducer({ id: t.u32(), roomId: t.u32(), text: t.string() }, (ctx, row) => { ctx.db.post.insert(row); });
export const edit = spacetimedb.reducer({ id: t.u32(), roomId: t.u32(), text: t.string() }, (ctx, row) => { ctx.db.post.id.update(row); });
export const call = spacetimedb.reducer({ roomId: t.u32(), text: t.string() }, (ctx, row) => { ctx.db.shout.insert(row); });
`;

/** Members see themselves; posts are for the members of their room. */
const rules = `
export const own = spacetimedb.clientVisibilityFilter.sql('SELECT * FROM member WHERE who = :sender');
export const rooms = spacetimedb.clientVisibilityFilter.sql('SELECT post.* FROM post JOIN member ON post.room_id = member.room_id');
`;

const server = useServer();
let owner: Account;
let guests: Account[];
const clients: RawClient[] = [];

async function connect(database: string, account: Account): Promise<RawClient> {
  const client = await connectRaw(server.uri, database, account.token);
  clients.push(client);
  return client;
}

beforeAll(async () => {
  [owner, ...guests] = (await Promise.all([1, 2, 3].map(() => newAccount(server.uri)))) as [Account, ...Account[]];
});
afterAll(() => {
  for (const client of clients) client.close();
});

const firstNumber = (reader: BsatnReader): number => reader.u32();
const readPost = (reader: BsatnReader): string => `${reader.u32()} in ${reader.u32()}: ${reader.string()}`;

describe('subscriptions', () => {
  const name = freshName('queries');
  let database: DatabaseHandle;
  beforeAll(async () => {
    await publishOk(server.uri, name, await bundleSource(tables), owner.token);
    database = databaseOf(server.uri, name, owner);
    for (const id of [1, 2, 3]) await database.run('open', id);
  });

  test('semijoins follow both tables, a row as often as it has partners', async () => {
    const client = await connect(name, guests[0] as Account);
    await database.run('say', 1, 1, 'first');
    await client.subscribe(1, 'SELECT post.* FROM post JOIN member ON post.room_id = member.room_id');
    expect(client.held(1, 'post', readPost)).toEqual([]);
    await database.run('join', 1, 1);
    await until('the post has a partner', () => client.held(1, 'post', firstNumber).length === 1);
    await database.run('join', 2, 1);
    await until('the post has two partners', () => client.held(1, 'post', firstNumber).length === 2);
    await database.run('edit', 1, 1, 'changed');
    await until(
      'both are changed',
      () => client.held(1, 'post', readPost).join() === '1 in 1: changed,1 in 1: changed',
    );
    await database.run('leave', 1);
    await until('one partner has gone', () => client.held(1, 'post', firstNumber).length === 1);
    await database.run('edit', 1, 3, 'moved');
    await until('the post has left the room', () => client.held(1, 'post', firstNumber).length === 0);
    expect(
      await client.query('SELECT member.* FROM member JOIN post ON post.room_id = member.room_id', firstNumber),
    ).toEqual([]);
  });

  test('filters, :sender, and several queries in overlapping sets that end by themselves', async () => {
    const [one, two] = guests as [Account, Account];
    const client = await connect(name, one);
    const other = await connect(name, two);
    await client.subscribe(1, 'SELECT * FROM member WHERE who = :sender', 'SELECT * FROM room WHERE id = 2');
    await client.subscribe(2, 'SELECT * FROM room WHERE id >= 2');
    await other.subscribe(1, 'SELECT * FROM member WHERE who = :sender');
    expect(client.held(1, 'room', firstNumber)).toEqual([2]);
    expect(client.held(2, 'room', firstNumber).sort()).toEqual([2, 3]);
    await databaseOf(server.uri, name, one).run('join', 10, 2);
    await databaseOf(server.uri, name, two).run('join', 11, 2);
    await until('both see themselves', () => other.held(1, 'member', firstNumber).length === 1);
    expect(client.held(1, 'member', firstNumber)).toEqual([10]);
    expect(other.held(1, 'member', firstNumber)).toEqual([11]);
    await client.unsubscribe(1);
    await databaseOf(server.uri, name, one).run('leave', 10);
    await database.run('open', 4);
    await until('the other set goes on', () => client.held(2, 'room', firstNumber).length === 3);
    expect(client.held(1, 'member', firstNumber)).toEqual([]);
  });

  test('everything that is public, and no events', async () => {
    const client = await connect(name, guests[0] as Account);
    await client.subscribe(1, 'SELECT * FROM *');
    await client.subscribe(2, "SELECT * FROM shout WHERE text = 'hear'");
    expect(client.held(1, 'room', firstNumber).length).toBeGreaterThanOrEqual(3);
    await database.run('call', 1, 'hear');
    await database.run('call', 1, 'not this');
    await database.run('call', 1, 'hear');
    await until('the events came', () => client.events(2) === 2);
    expect(client.events(1)).toBe(0);
  });

  test('what is written over SQL reaches them', async () => {
    const client = await connect(name, guests[0] as Account);
    await client.subscribe(1, 'SELECT * FROM room WHERE id >= 100');
    await database.rows("INSERT INTO room (id, title) VALUES (100, 'a'), (101, 'b')");
    await until('the rows came', () => client.held(1, 'room', firstNumber).length === 2);
    await database.rows('UPDATE room SET id = 99 WHERE id = 100');
    await database.rows('DELETE FROM room WHERE id = 99');
    await until('one has gone', () => client.held(1, 'room', firstNumber).join() === '101');
  });

  test('a query that does not compile refuses the whole set and nothing else', async () => {
    const client = await connect(name, guests[0] as Account);
    const refused = client.subscribe(1, 'SELECT * FROM room', 'SELECT * FROM vault');
    await expect(refused).rejects.toThrow(
      'no such table: `vault`. If the table exists, it may be marked private., executing: `SELECT * FROM vault`',
    );
    await expect(client.subscribe(2, 'SELECT post.* FROM post JOIN room ON post.text = room.title')).rejects.toThrow(
      'Subscriptions require indexes on join columns',
    );
    await expect(client.query('SELECT id FROM room', firstNumber)).rejects.toThrow('Column projections');
    await client.subscribe(1, 'SELECT * FROM room WHERE id = 1');
    expect(client.held(1, 'room', firstNumber)).toEqual([1]);
  });
});

describe('row-level security', () => {
  const name = freshName('rls');
  let database: DatabaseHandle;
  beforeAll(async () => {
    await publishOk(server.uri, name, await bundleSource(tables + rules), owner.token);
    database = databaseOf(server.uri, name, owner);
    for (const id of [1, 2]) await database.run('open', id);
    await database.run('say', 1, 1, 'in one');
    await database.run('say', 2, 2, 'in two');
  });

  test('subscriptions, one-off queries and SQL show what the rules admit, the owner sees all', async () => {
    const [one, two] = guests as [Account, Account];
    const client = await connect(name, one);
    await client.subscribe(1, 'SELECT * FROM post', 'SELECT * FROM member');
    await client.subscribe(2, 'SELECT * FROM *');
    expect(client.held(1, 'post', readPost)).toEqual([]);
    await databaseOf(server.uri, name, one).run('join', 1, 1);
    await databaseOf(server.uri, name, two).run('join', 2, 2);
    await until('the member sees the posts of the room', () => client.held(1, 'post', readPost).length === 1);
    expect(client.held(1, 'post', readPost)).toEqual(['1 in 1: in one']);
    expect(client.held(1, 'member', firstNumber)).toEqual([1]);
    expect(client.held(2, 'post', readPost)).toEqual(['1 in 1: in one']);
    await database.run('say', 3, 2, 'not for one');
    await database.run('say', 4, 1, 'for one');
    await until('the new post came', () => client.held(1, 'post', readPost).length === 2);
    expect(client.held(1, 'post', firstNumber).sort()).toEqual([1, 4]);

    expect((await client.query('SELECT * FROM post', firstNumber)).sort()).toEqual([1, 4]);
    expect(await client.query('SELECT * FROM post WHERE id = 2', firstNumber)).toEqual([]);
    const asTwo = databaseOf(server.uri, name, two);
    expect((await asTwo.rows('SELECT id FROM post')).flat().sort()).toEqual([2, 3]);
    expect(await asTwo.rows('SELECT COUNT(*) AS n FROM member')).toEqual([[1]]);
    expect(await asTwo.rows('SELECT p.id FROM post p JOIN room r ON p.room_id = r.id WHERE r.id = 1')).toEqual([]);
    expect(await database.rows('SELECT COUNT(*) AS n FROM post')).toEqual([[4]]);
    const owners = await connect(name, owner);
    await owners.subscribe(1, 'SELECT * FROM post');
    expect(owners.held(1, 'post', firstNumber).sort()).toEqual([1, 2, 3, 4]);

    await databaseOf(server.uri, name, one).run('leave', 1);
    await until('a member who leaves sees nothing more', () => client.held(1, 'post', readPost).length === 0);
  });

  test('rules are checked when the module is published', async () => {
    const attempt = async (rule: string): Promise<string> => {
      const bundle = await bundleSource(
        `${tables}\nexport const rule = spacetimedb.clientVisibilityFilter.sql(${JSON.stringify(rule)});`,
      );
      const response = await publish(server.uri, freshName('rls-bad'), bundle, owner.token);
      expect(response.ok, rule).toBe(false);
      return response.text();
    };
    expect(await attempt('SELECT * FROM vault')).toContain(
      'Cannot define RLS rule on private table: vault. Please make table public if you wish to restrict access using RLS.',
    );
    expect(await attempt('SELECT * FROM nowhere')).toContain('no such table: `nowhere`');
    expect(await attempt('SELECT id FROM room')).toContain('Subscriptions must return a table type');
    expect(await attempt("SELECT * FROM room WHERE id = 'x'")).toContain('cannot be parsed as type `U32`');
    expect(await attempt('DELETE FROM room')).toContain('Non-SELECT');
  });

  test('a change of rules sends clients away', async () => {
    const changed = await bundleSource(
      `${tables}\nexport const rule = spacetimedb.clientVisibilityFilter.sql('SELECT * FROM post WHERE room_id = 1');`,
    );
    const response = await publish(server.uri, name, changed, owner.token);
    expect(response.status).toBe(400);
    expect(await response.text()).toContain('client-breaking change');
  });
});
