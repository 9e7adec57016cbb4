/** Views: of a caller and of everybody, kept up to date, failing, made of queries, across a republish. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { BsatnReader } from '../../schema/bsatn.ts';
import { connectChat } from '../support/clients.ts';
import { type DatabaseHandle, databaseOf } from '../support/database.ts';
import { type Account, bundleSource, newAccount, publishOk } from '../support/modules.ts';
import { connectRaw, type RawClient } from '../support/raw-client.ts';
import { until } from '../support/wait.ts';
import { freshName, useServer } from './server-under-test.ts';

const moduleText = (limit: number): string => `
import { schema, table, t, SenderError } from 'spacetimedb/server';
const player = table({ public: true }, { id: t.u32().primaryKey(), who: t.identity().unique(), name: t.string(), highScore: t.u32().index('btree') });
const secret = table({}, { id: t.u32().primaryKey(), owner: t.identity().index('btree'), text: t.string() });
const noise = table({}, { id: t.u32().primaryKey(), text: t.string() });
const db = schema({ player, secret, noise });
export default db;
const BestRow = t.row('BestRow', { id: t.u32().primaryKey(), label: t.string() });

// Seeks by a key of the caller.
export const me = db.view({ public: true }, t.option(player.rowType), (ctx) => ctx.db.player.who.find(ctx.sender) ?? undefined);
export const mySecrets = db.view({ name: 'my_secrets', public: true }, t.array(secret.rowType), (ctx) => [...ctx.db.secret.owner.filter(ctx.sender)]);
// Scans, and returns rows of its own type.
export const best = db.anonymousView({ public: true }, t.array(BestRow), (ctx) => {
  const rows = [...ctx.db.player.iter()].filter((row) => row.highScore >= ${limit});
  if (rows.some((row) => row.name === 'poison')) throw new Error('the view is poisoned');
  return rows.map((row) => ({ id: row.id, label: row.name + '!' }));
});
// A query.
export const strong = db.anonymousView({ public: true }, t.array(player.rowType), (ctx) => ctx.from.player.where((row) => row.highScore.gt(50)));
export const writing = db.anonymousView({ public: true }, t.array(player.rowType), (ctx) => {
  (ctx.db as any).noise.insert({ id: 1, text: 'from a view' });
  return [];
});
export const twice = db.anonymousView({ public: true }, t.array(BestRow), (ctx) => [{ id: 1, label: 'a' }, { id: 1, label: 'b' }]);

export const join = db.reducer({ id: t.u32(), name: t.string(), highScore: t.u32() }, (ctx, { id, name, highScore }) => {
  ctx.db.player.insert({ id, who: ctx.sender, name, highScore });
});
export const score = db.reducer({ id: t.u32(), highScore: t.u32() }, (ctx, { id, highScore }) => {
  ctx.db.player.id.update({ ...ctx.db.player.id.find(id), highScore });
});
export const rename = db.reducer({ id: t.u32(), name: t.string() }, (ctx, { id, name }) => {
  ctx.db.player.id.update({ ...ctx.db.player.id.find(id), name });
});
export const leave = db.reducer({ id: t.u32() }, (ctx, { id }) => { ctx.db.player.id.delete(id); });
export const keep = db.reducer({ id: t.u32(), text: t.string() }, (ctx, { id, text }) => { ctx.db.secret.insert({ id, owner: ctx.sender, text }); });
export const undo = db.reducer({ id: t.u32(), text: t.string() }, (ctx, { id, text }) => {
  ctx.db.secret.insert({ id, owner: ctx.sender, text });
  throw new SenderError('undone');
});
export const store = db.procedure({ id: t.u32(), text: t.string() }, t.unit(), (ctx, { id, text }) => {
  ctx.withTx((tx) => { tx.db.secret.insert({ id, owner: ctx.sender, text }); });
  return {};
});
`;

const server = useServer();
let owner: Account;
let ann: Account;
let bob: Account;
const clients: RawClient[] = [];

async function connect(database: string, account: Account): Promise<RawClient> {
  const client = await connectRaw(server.uri, database, account.token);
  clients.push(client);
  return client;
}

async function demand(response: Promise<Response>): Promise<void> {
  const { ok, status } = await response;
  expect({ ok, status }).toEqual({ ok: true, status });
}

const readBest = (reader: BsatnReader): string => `${reader.u32()} ${reader.string()}`;
const readSecret = (reader: BsatnReader): string => {
  const id = reader.u32();
  reader.u256();
  return `${id} ${reader.string()}`;
};
const readPlayer = (reader: BsatnReader): string => {
  const id = reader.u32();
  reader.u256();
  return `${id} ${reader.string()} ${reader.u32()}`;
};

beforeAll(async () => {
  [owner, ann, bob] = (await Promise.all([1, 2, 3].map(() => newAccount(server.uri)))) as [Account, Account, Account];
});
afterAll(() => {
  for (const client of clients) client.close();
});

async function freshDatabase(): Promise<DatabaseHandle> {
  const name = freshName('views');
  await publishOk(server.uri, name, await bundleSource(moduleText(0)), owner.token);
  return databaseOf(server.uri, name, owner);
}

describe('views', () => {
  let database: DatabaseHandle;
  beforeAll(async () => {
    database = await freshDatabase();
  });

  test('of a caller show each client what is theirs, and follow transactions', async () => {
    const [annClient, bobClient] = await Promise.all([connect(database.name, ann), connect(database.name, bob)]);
    await demand(database.call('keep', [1, 'of ann'], ann.token));
    await annClient.subscribe(1, 'SELECT * FROM my_secrets');
    await bobClient.subscribe(1, 'SELECT * FROM my_secrets');
    expect(annClient.held(1, 'my_secrets', readSecret)).toEqual(['1 of ann']);
    expect(bobClient.held(1, 'my_secrets', readSecret)).toEqual([]);
    await demand(database.call('keep', [2, 'of bob'], bob.token));
    await until('bob sees his row', () => bobClient.held(1, 'my_secrets', readSecret).join() === '2 of bob');
    expect(annClient.held(1, 'my_secrets', readSecret)).toEqual(['1 of ann']);
    expect((await database.call('undo', [3, 'never'], bob.token)).status).toBe(530);
    await demand(database.call('store', [4, 'by a procedure'], bob.token));
    await until('the second row came', () => bobClient.held(1, 'my_secrets', readSecret).length === 2);
    expect(bobClient.held(1, 'my_secrets', readSecret).sort()).toEqual(['2 of bob', '4 by a procedure']);
    await expect(bobClient.subscribe(2, 'SELECT * FROM secret')).rejects.toThrow('no such table: `secret`');
  });

  test('give an optional row, found by a key that was not there at first', async () => {
    const client = await connect(database.name, ann);
    await client.subscribe(1, 'SELECT * FROM me');
    expect(client.held(1, 'me', readPlayer)).toEqual([]);
    await demand(database.call('join', [1, 'Ann', 10], ann.token));
    await until('the row came', () => client.held(1, 'me', readPlayer).join() === '1 Ann 10');
    await demand(database.call('join', [2, 'Bob', 70], bob.token));
    await demand(database.call('score', [1, 20]));
    await until('the row changed', () => client.held(1, 'me', readPlayer).join() === '1 Ann 20');
    expect(await client.query("SELECT * FROM me WHERE name = 'Ann'", readPlayer)).toEqual(['1 Ann 20']);
    expect(await client.query("SELECT * FROM me WHERE name = 'Bob'", readPlayer)).toEqual([]);
  });

  test('of everybody have rows of a type of their own, with filters and joins on top', async () => {
    const client = await connect(database.name, bob);
    await client.subscribe(1, 'SELECT * FROM best');
    await client.subscribe(2, "SELECT * FROM best WHERE label = 'Bob!'");
    await client.subscribe(3, 'SELECT player.* FROM player JOIN best ON player.id = best.id');
    const labels = (set: number): string[] => client.held(set, 'best', readBest).sort();
    expect(labels(1)).toEqual(['1 Ann!', '2 Bob!']);
    expect(labels(2)).toEqual(['2 Bob!']);
    await demand(database.call('rename', [2, 'Bert']));
    await until('the new label came', () => labels(1).includes('2 Bert!'));
    expect(labels(1)).toEqual(['1 Ann!', '2 Bert!']);
    await until('the filter let go', () => labels(2).length === 0);
    await until('the join followed', () => client.held(3, 'player', readPlayer).some((row) => row.includes('Bert')));
    expect(client.held(3, 'player', readPlayer).length).toBe(2);
  });

  test('may be queries', async () => {
    const client = await connect(database.name, ann);
    await client.subscribe(1, 'SELECT * FROM strong');
    const ids = (): number[] => client.held(1, 'strong', (reader) => reader.u32()).sort();
    expect(ids()).toEqual([2]);
    await demand(database.call('score', [1, 51]));
    await until('one more is strong', () => ids().join() === '1,2');
    await demand(database.call('score', [1, 50]));
    await until('it is not any more', () => ids().join() === '2');
  });

  test('can be read by SQL, by either name, with the rows of who asks, and not written', async () => {
    expect((await database.rows('SELECT * FROM best')).length).toBe(2);
    expect(await database.rows('SELECT label FROM best WHERE id = 1')).toEqual([['Ann!']]);
    expect(await database.rows('SELECT * FROM mySecrets')).toEqual([]);
    await expect(database.rows('DELETE FROM best')).rejects.toThrow('view');
  });

  test('that fail say so to who subscribes, and fail the reducer that breaks them', async () => {
    const client = await connect(database.name, ann);
    await client.subscribe(1, 'SELECT * FROM best');
    const broken = await database.call('rename', [1, 'poison']);
    expect(broken.status).toBe(530);
    expect(await broken.text()).toContain('The instance encountered a fatal error.');
    expect(client.held(1, 'best', readBest).sort()).toEqual(['1 Ann!', '2 Bert!']);
    expect(await database.rows('SELECT name FROM player WHERE id = 1')).toEqual([['Ann']]);
    await expect.poll(async () => (await database.logs()).map((line) => line.message).join()).toContain('poisoned');
    await expect(client.subscribe(2, 'SELECT * FROM writing')).rejects.toThrow('writing');
    await expect(client.subscribe(3, 'SELECT * FROM twice')).rejects.toThrow('primary key');
    // The database goes on.
    await demand(database.call('rename', [1, 'Anne']));
    await until('the label came', () => client.held(1, 'best', readBest).includes('1 Anne!'));
    expect(await database.rows('SELECT * FROM noise')).toEqual([]);
  });

  test('that a republish changes are computed anew, and clients hear the difference', async () => {
    const client = await connect(database.name, ann);
    await client.subscribe(1, 'SELECT * FROM best');
    expect(client.held(1, 'best', readBest).length).toBe(2);
    await database.publish(await bundleSource(moduleText(60)));
    await until('one row went', () => client.held(1, 'best', readBest).join() === '2 Bert!');
    await demand(database.call('score', [1, 60]));
    await until('it came back', () => client.held(1, 'best', readBest).length === 2);
    await client.unsubscribe(1);
    await demand(database.call('leave', [1]));
    expect(await client.query('SELECT * FROM best', readBest)).toEqual(['2 Bert!']);
  });
});

test('the SDK gets the rows of a view', async () => {
  const name = freshName('sdk-views');
  // The bindings of the chat know a table `user`; here it is a view over a private table.
  const source = `
    import { schema, table, t } from 'spacetimedb/server';
    const person = table({}, { identity: t.identity().primaryKey(), name: t.option(t.string()), online: t.bool() });
    const db = schema({ person });
    export default db;
    export const user = db.anonymousView({ public: true }, t.array(person.rowType), (ctx) => [...ctx.db.person.iter()]);
    export const onConnect = db.clientConnected((ctx) => { ctx.db.person.insert({ identity: ctx.sender, name: undefined, online: true }); });
  `;
  await publishOk(server.uri, name, await bundleSource(source), owner.token);
  const { connection, identity } = await connectChat(server.uri, name);
  await new Promise<void>((resolve, reject) => {
    connection
      .subscriptionBuilder()
      .onApplied(() => resolve())
      .onError((context) => reject(context.event ?? new Error('the subscription failed')))
      .subscribe(['SELECT * FROM user']);
  });
  expect([...connection.db.user.iter()].map((row) => row.identity.isEqual(identity))).toEqual([true]);
  const other = await connectChat(server.uri, name);
  await until('the second person came', () => connection.db.user.count() === 2n);
  connection.disconnect();
  other.connection.disconnect();
});
