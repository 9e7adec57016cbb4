/** Data rules of the datastore, seen from a module on the unmodified package. Source: reference "module host" 9. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ProductValue, SumValue } from '../../schema/value.ts';
import { bundleSource } from '../host/testing/modules.ts';
import { WorkerClient } from './testing/worker-client.ts';

const source = `
import { schema, t, table, SenderError, Range, errors } from 'spacetimedb/server';
const plain = table({ public: true }, { a: t.u32(), b: t.string() });
const keyed = table({ public: true }, { id: t.u64().primaryKey().autoInc(), name: t.string().unique(), n: t.i32().index() });
const small = table({}, { id: t.u8().primaryKey().autoInc(), tag: t.u16().autoInc() });
const wide = table(
  { indexes: [
    { accessor: 'byAbc', algorithm: 'btree', columns: ['a', 'b', 'c'] },
    { accessor: 'byHash', algorithm: 'hash', columns: ['c'] },
    { accessor: 'byDirect', algorithm: 'btree', columns: ['d'] },
  ] },
  { a: t.i32(), b: t.string(), c: t.f64(), d: t.u8() },
);
const happened = table({ public: true, event: true }, { what: t.string() });
const secret = table({}, { pk: t.u32().primaryKey() });
const db = schema({ plain, keyed, small, wide, happened, secret });
export default db;
const same = (got, wanted, what) => {
  const text = value => JSON.stringify(value, (_k, v) => typeof v === 'bigint' ? String(v) : v);
  if (text(got) !== text(wanted)) throw new SenderError(what + ': ' + text(got) + ' is not ' + text(wanted));
};
const thrown = run => { try { run(); return 'nothing'; } catch (e) { return e.constructor.name + ': ' + e.message; } };

export const set_semantics = db.reducer(ctx => {
  ctx.db.plain.insert({ a: 1, b: 'x' });
  ctx.db.plain.insert({ a: 1, b: 'x' });
  same(ctx.db.plain.count(), 1n, 'count');
  same(ctx.db.plain.delete({ a: 1, b: 'x' }), true, 'delete');
  same(ctx.db.plain.delete({ a: 1, b: 'x' }), false, 'second delete');
  ctx.db.plain.insert({ a: 1, b: 'x' });
});
export const delete_and_reinsert = db.reducer(ctx => {
  ctx.db.plain.delete({ a: 1, b: 'x' });
  ctx.db.plain.insert({ a: 1, b: 'x' });
});
export const caught_violation = db.reducer(ctx => {
  const one = ctx.db.keyed.insert({ id: 0n, name: 'one', n: 1 });
  same(one.id > 0n, true, 'generated');
  same(thrown(() => ctx.db.keyed.insert({ id: 0n, name: 'one', n: 2 })),
    'UniqueAlreadyExists: Value with given unique identifier already exists', 'unique');
  same(thrown(() => ctx.db.keyed.id.update({ id: 99999n, name: 'z', n: 2 })),
    'NoSuchRow: The row was not found, e.g., in an update call', 'update');
  const two = ctx.db.keyed.insert({ id: 0n, name: 'two', n: 1 });
  same(thrown(() => ctx.db.keyed.id.update({ ...two, name: 'one' })).split(':')[0], 'UniqueAlreadyExists', 'update unique');
  same(ctx.db.keyed.insert(two).id, two.id, 'the same row again');
  ctx.db.keyed.id.update({ ...two, name: 'deux' });
  same([...ctx.db.keyed.n.filter(1)].map(r => r.name).sort(), ['deux', 'one'], 'filter');
  same(ctx.db.keyed.name.find('two'), null, 'old name');
  same(ctx.db.keyed.name.find('deux')?.id, two.id, 'new name');
});
export const caught_violation_again = db.reducer(ctx => {
  for (const row of ctx.db.keyed.iter()) {
    same(ctx.db.keyed.id.find(row.id)?.name, row.name, 'by id');
    same(ctx.db.keyed.name.find(row.name)?.id, row.id, 'by name');
    same([...ctx.db.keyed.n.filter(row.n)].some(r => r.id === row.id), true, 'by n');
  }
});
export const taken_and_failed = db.reducer(ctx => {
  ctx.db.keyed.insert({ id: 0n, name: 'lost', n: 0 });
  throw new SenderError('undo');
});
export const wrap = db.reducer(ctx => {
  const ids = new Set();
  for (let i = 0; i < 255; i++) ids.add(ctx.db.small.insert({ id: 0, tag: 0 }).id);
  same(ids.size, 255, 'ids');
  // The 256th value is truncated to 0, the next one starts over and collides.
  same(ctx.db.small.insert({ id: 0, tag: 0 }), { id: 0, tag: 256 }, 'truncated');
  same(thrown(() => ctx.db.small.insert({ id: 0, tag: 0 })).split(':')[0], 'UniqueAlreadyExists', 'collision');
});
export const ranges = db.reducer(ctx => {
  const texts = ['', 'a', 'a\\0', 'b', '\\uffff', '\\u{10000}'];
  for (const a of [-2, -1, 3]) for (const [i, b] of texts.entries()) ctx.db.wide.insert({ a, b, c: i / 2 - 1, d: i });
  const names = rows => [...rows].map(r => r.a + r.b);
  same(names(ctx.db.wide.byAbc.filter(-1)), texts.map(b => '-1' + b), 'prefix');
  same(names(ctx.db.wide.byAbc.filter([3, new Range({ tag: 'excluded', value: 'a' }, { tag: 'included', value: '\\uffff' })])), ['3a\\0', '3b', '3\\uffff'], 'bounds');
  same(names(ctx.db.wide.byAbc.filter([3, new Range({ tag: 'unbounded' }, { tag: 'excluded', value: 'a\\0' })])), ['3', '3a'], 'open');
  same(names(ctx.db.wide.byAbc.filter([3, 'b', 0.5])), ['3b'], 'all columns');
  same(names(ctx.db.wide.byAbc.filter([3, 'b', new Range({ tag: 'included', value: 0.6 }, { tag: 'unbounded' })])), [], 'last column');
  same(names(ctx.db.wide.byAbc.filter(new Range({ tag: 'included', value: -2 }, { tag: 'excluded', value: 3 }))).length, 12, 'first column');
  same([...ctx.db.wide.byHash.filter(-0.5)].length, 3, 'hash');
  same([...ctx.db.wide.byDirect.filter(new Range({ tag: 'included', value: 4 }, { tag: 'unbounded' }))].length, 6, 'numbers');
  same(ctx.db.wide.byAbc.delete(-1), 6, 'delete by prefix');
  same(ctx.db.wide.byHash.delete(-0.5), 2, 'delete by hash');
  same(ctx.db.wide.count(), 10n, 'left');
  for (const row of ctx.db.wide.iter()) ctx.db.wide.delete(row);
  same(ctx.db.wide.count(), 0n, 'deleted while iterating');
});
export const large_rows = db.reducer(ctx => {
  const big = 'x'.repeat(200000);
  for (let a = 0; a < 3; a++) ctx.db.wide.insert({ a, b: big + a, c: a, d: a });
  for (let a = 3; a < 2000; a++) ctx.db.wide.insert({ a, b: 'y', c: a, d: a % 256 });
  same([...ctx.db.wide.iter()].length, 2000, 'all');
  same([...ctx.db.wide.byAbc.filter(1)][0].b.length, 200001, 'one large row');
  for (const row of ctx.db.wide.iter()) { if (row.a === 1) break; }
  same(ctx.db.wide.clear(), 2000n, 'clear');
});
export const events = db.reducer(ctx => {
  ctx.db.happened.insert({ what: 'bang' });
  same([...ctx.db.happened.iter()].length, 1, 'visible inside');
});
export const events_undone = db.reducer(ctx => { ctx.db.happened.insert({ what: 'no' }); throw new SenderError('undo'); });
export const no_events = db.reducer(ctx => same(ctx.db.happened.count(), 0n, 'gone after'));
export const claims = db.reducer(ctx => same(ctx.senderAuth.jwt?.fullPayload.name, 'Ann', 'claim'));
export const identity = db.reducer(ctx => same(ctx.databaseIdentity.toHexString(), 'c2'.repeat(32), 'identity'));
export const crash = db.reducer(ctx => {
  ctx.db.plain.insert({ a: 9, b: 'gone' });
  const broken = (): never => { throw new RangeError('inside'); };
  broken();
});
export const deep = db.reducer(ctx => {
  let n = 100000;
  // Exhausts the stack within whatever the host is doing, catches it and goes on.
  const dive = () => { try { ctx.db.keyed.insert({ id: BigInt(n++), name: 'deep' + n, n: 1 }); dive(); } catch { /* go on */ } };
  dive();
});
export const late = db.reducer(async ctx => { await null; ctx.db.plain.insert({ a: 7, b: 'late' }); });
export const keep_secret = db.reducer(ctx => { ctx.db.secret.insert({ pk: 1 }); });
`;

let database: WorkerClient;

beforeAll(async () => {
  database = new WorkerClient();
  await database.request('open', {});
  expect(await database.publish(await bundleSource(source))).toEqual({ ok: true, op: 'created' });
});
afterAll(() => database.kill());

const passes = async (name: string): Promise<void> => {
  expect(await database.call(name)).toEqual({ ok: true, json: undefined, durationMicros: expect.any(Number) });
};

describe('the datastore, from a module', () => {
  it('keeps sets of rows', () => passes('set_semantics'));
  it('lets a module catch a violation and go on', () => passes('caught_violation'));
  it('finds rows by prefix, range, hash and number', () => passes('ranges'));
  it('hands out rows larger than any buffer, and drops abandoned iterators', () => passes('large_rows'));
  it('wraps and truncates auto-increment values', () => passes('wrap'));
  it('knows the identity of the database', () => passes('identity'));

  it('never gives a value of a sequence twice, even after a rollback', async () => {
    const ids = async (): Promise<number[]> =>
      ((await database.rows('SELECT * FROM keyed')) as [number][]).map(([id]) => id);
    const before = Math.max(...(await ids()));
    expect(await database.call('taken_and_failed')).toEqual({ ok: false, status: 530, message: 'undo' });
    expect(Math.max(...(await ids()))).toBe(before);
  });

  it('announces nothing for a row that was deleted and inserted again', async () => {
    const connection = await database.connect(1);
    connection.subscribe(1, 'SELECT * FROM plain');
    await connection.next();
    await connection.next();
    connection.call('delete_and_reinsert');
    const { value } = (await connection.next()).value.result as SumValue;
    expect((value as ProductValue).transaction_update).toEqual({ query_sets: [] });
    await database.disconnect(connection);
  });

  it('sends event rows once and forgets them', async () => {
    const connection = await database.connect(2);
    connection.subscribe(1, 'SELECT * FROM happened');
    await connection.next();
    expect((await connection.next()).value.rows).toEqual({ tables: [] });
    await passes('events');
    const update = await connection.next();
    expect(JSON.stringify(update.value)).toContain('EventTable');
    expect((await database.call('events_undone')).ok).toBe(false);
    await passes('no_events');
    expect(connection.unread).toBe(0);
    await database.disconnect(connection);
  });

  it('subscribes to every table that the caller may read', async () => {
    await passes('keep_secret');
    const connection = await database.connect(3);
    connection.subscribe(1, 'SELECT * FROM *');
    await connection.next();
    const applied = (await connection.next()).value.rows as { tables: { table: string }[] };
    expect(applied.tables.map(({ table }) => table).sort()).toEqual(['keyed', 'plain']);
    await database.disconnect(connection);
  });

  it('gives reducers the claims of the connection', async () => {
    const connection = await database.connect(4, { jwtPayload: '{"name":"Ann"}' });
    await connection.next();
    connection.call('claims');
    expect((await connection.next()).value.result).toMatchObject({ tag: 'Ok' });
    await database.disconnect(connection);
  });

  it('keeps errors that are no SenderError from the caller, and logs them with their stack', async () => {
    const reply = await database.call('crash');
    expect(reply).toEqual({ ok: false, status: 530, message: 'The instance encountered a fatal error.' });
    expect(await database.rows("SELECT * FROM plain WHERE b = 'gone'")).toEqual([]);
    const panic = database.logs.find((record) => record.level === 'Panic');
    expect(panic?.message).toMatch(
      /^Uncaught RangeError: inside\n\tat broken \(src\/index\.ts:\d+:\d+\)\n\tat .*src\/index/,
    );
    expect(panic?.message).not.toContain('spacetimedb_end_short_backtrace');
    expect(panic?.function).toBe('crash');
  });

  it('has whole rows only, even when a module exhausts the stack within the host', async () => {
    const before = await database.rows('SELECT * FROM keyed');
    const reply = await database.call('deep');
    const rows = (await database.rows('SELECT * FROM keyed')) as [number, string, number][];
    if (!reply.ok) expect(rows).toEqual(before);
    for (const [id, name] of rows)
      expect(await database.rows(`SELECT * FROM keyed WHERE name = '${name}' AND id = ${id}`)).toHaveLength(1);
    await passes('caught_violation_again');
  });

  it('says what became of work after an await', async () => {
    await passes('late');
    await expect
      .poll(() => database.logs.map((record) => record.message))
      .toContainEqual(expect.stringContaining('An asynchronous function of the module failed'));
    expect(await database.rows("SELECT * FROM plain WHERE b = 'late'")).toEqual([]);
  });
});
