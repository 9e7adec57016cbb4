/** Scheduled reducers: interval and one-shot, failure, update and removal, republish and restart. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type DatabaseHandle, databaseOf } from '../support/database.ts';
import { bundleSource, newAccount } from '../support/modules.ts';
import { type Standalone, startStandalone } from '../support/standalone.ts';
import { until } from '../support/wait.ts';
import { externalUri, freshName } from './server-under-test.ts';

const moduleText = (version: string): string => `
import { schema, t, table, SenderError, errors } from 'spacetimedb/server';
import { ScheduleAt } from 'spacetimedb';
const fired = table({ public: true }, { name: t.string(), sender: t.string(), connection: t.string(), late: t.i64(), n: t.u64().autoInc() });
const tick = table(
  { scheduled: (): any => onTick },
  { id: t.u64().primaryKey().autoInc(), at: t.scheduleAt(), name: t.string(), action: t.string() },
);
const db = schema({ fired, tick });
export default db;
const note = (ctx, name, due = ctx.timestamp.microsSinceUnixEpoch) => ctx.db.fired.insert({
  name, sender: ctx.sender.toHexString(), connection: String(ctx.connectionId),
  late: ctx.timestamp.microsSinceUnixEpoch - due, n: 0n,
});
export const onTick = db.reducer({ arg: tick.rowType }, (ctx, { arg }) => {
  const due = arg.at.tag === 'Time' ? arg.at.value.__timestamp_micros_since_unix_epoch__ : undefined;
  note(ctx, arg.name + '${version}', due);
  if (arg.action === 'refuse') throw new SenderError('not this time');
  if (arg.action === 'fail') throw new Error('broken');
  if (arg.action === 'stop') ctx.db.tick.id.delete(arg.id);
  if (arg.action === 'later') ctx.db.tick.id.update({
    ...arg, action: '', at: ScheduleAt.time(ctx.timestamp.microsSinceUnixEpoch + 300_000n) });
});
export const init = db.init(ctx => {
  ctx.db.tick.insert({ id: 0n, at: ScheduleAt.interval(200_000n), name: 'from init', action: '' });
});
export const once = db.reducer({ name: t.string(), delay: t.i64(), action: t.string() }, (ctx, { name, delay, action }) => {
  ctx.db.tick.insert({ id: 0n, at: ScheduleAt.time(ctx.timestamp.microsSinceUnixEpoch + delay), name, action });
});
export const every = db.reducer({ name: t.string(), micros: t.i64(), action: t.string() }, (ctx, { name, micros, action }) => {
  ctx.db.tick.insert({ id: 0n, at: ScheduleAt.interval(micros), name, action });
});
export const undone = db.reducer(ctx => {
  ctx.db.tick.insert({ id: 0n, at: ScheduleAt.time(ctx.timestamp.microsSinceUnixEpoch), name: 'undone', action: '' });
  throw new SenderError('undone');
});
export const move = db.reducer({ name: t.string(), delay: t.i64() }, (ctx, { name, delay }) => {
  for (const row of ctx.db.tick.iter()) if (row.name === name)
    ctx.db.tick.id.update({ ...row, at: ScheduleAt.time(ctx.timestamp.microsSinceUnixEpoch + delay) });
});
export const remove = db.reducer({ name: t.string() }, (ctx, { name }) => {
  for (const row of ctx.db.tick.iter()) if (row.name === name) ctx.db.tick.id.delete(row.id);
});
export const too_long = db.reducer({ micros: t.i64() }, (ctx, { micros }) => {
  const before = ctx.db.tick.count();
  try {
    ctx.db.tick.insert({ id: 0n, at: ScheduleAt.interval(micros), name: 'too long', action: '' });
  } catch (e) {
    throw new SenderError([e.constructor.name, e.message, ctx.db.tick.count() === before].join(': '));
  }
});
`;

let server: Standalone | undefined;
let uri: string;
let database: DatabaseHandle;
let identity: string;
const second = 1_000_000;
const local = test.skipIf(externalUri !== undefined);

beforeAll(async () => {
  if (!externalUri) server = await startStandalone();
  uri = externalUri ?? server?.uri ?? '';
  const owner = await newAccount(uri);
  database = databaseOf(uri, freshName('schedules'), owner);
  await database.publish(await bundleSource(moduleText('')));
  identity = await (await fetch(`${uri}/v1/database/${database.name}/identity`)).text();
});
afterAll(() => server?.dispose());

const firings = async (name: string) =>
  (await database.rows('SELECT * FROM fired')).filter(([fired]) => fired === name);
const waiting = async (name: string) => (await database.rows('SELECT * FROM tick')).filter((row) => row[2] === name);
const times = (name: string, least: number) =>
  until(`${name}, ${least} times`, async () => (await firings(name)).length >= least);

test('a one-shot fires once at its time, from the database itself, and its row goes', async () => {
  await database.run('once', 'single', 0.3 * second, '');
  expect(await firings('single')).toEqual([]);
  await times('single', 1);
  await sleep(200);
  const [row, ...rest] = await firings('single');
  expect(rest).toEqual([]);
  expect(row?.slice(0, 3)).toEqual(['single', identity, 'null']);
  expect(Number(row?.[3])).toBeGreaterThanOrEqual(0);
  expect(await waiting('single')).toEqual([]);
});

test('a time in the past fires at once', async () => {
  await database.run('once', 'past', -3600 * second, '');
  await times('past', 1);
});

test('an interval fires again and again and keeps its row; its sign is lost', async () => {
  await database.run('every', 'minus', -0.05 * second, '');
  await times('minus', 5);
  expect(await waiting('minus')).toHaveLength(1);
  await database.run('remove', 'minus');
  await sleep(150);
});

test('rows that init inserts are armed', async () => {
  await times('from init', 1);
  expect(await waiting('from init')).toHaveLength(1);
});

test('a row that the reducer deletes or moves obeys', async () => {
  await database.run('every', 'stops', 0.05 * second, 'stop');
  await database.run('once', 'moves', 0, 'later');
  await times('stops', 1);
  await until('the moved row fired', async () => (await waiting('moves')).length === 0);
  await sleep(200);
  expect(await waiting('stops')).toEqual([]);
});

test('deleting and updating before the time', async () => {
  await database.run('once', 'removed', 0.4 * second, '');
  await database.run('remove', 'removed');
  await database.run('once', 'earlier', 3600 * second, '');
  await database.run('move', 'earlier', 0);
  await database.run('once', 'postponed', 0.4 * second, '');
  await database.run('move', 'postponed', 3600 * second);
  await times('earlier', 1);
  await sleep(600);
  expect(await firings('removed')).toEqual([]);
  expect(await firings('postponed')).toEqual([]);
  expect(await waiting('postponed')).toHaveLength(1);
});

test('a rollback takes the timer with it', async () => {
  expect((await database.call('undone')).status).toBe(530);
  await sleep(200);
  expect(await firings('undone')).toEqual([]);
});

test('failures are logged, not retried; one-shot rows go, intervals go on', async () => {
  await database.run('once', 'refused', 0, 'refuse');
  await database.run('once', 'failed', 0, 'fail');
  await database.run('every', 'failing', 0.05 * second, 'fail');
  await until('rows are gone', async () =>
    (await database.rows('SELECT * FROM tick')).every((row) => row[2] !== 'failed'),
  );
  await until('refused is gone', async () => (await waiting('refused')).length === 0);
  await until('logs tell', async () => {
    const lines = await database.logs();
    const panics = lines.filter(({ message }) => message.startsWith('Uncaught Error: broken'));
    return panics.length >= 3 && lines.some(({ message }) => message.includes('not this time'));
  });
  await database.run('remove', 'failing');
  expect(await firings('refused')).toEqual([]);
});

test('a delay of two years and two months is too long', async () => {
  const limit = 64n ** 6n * 1000n - 1000n;
  const answer = await database.call('too_long', [Number(limit)]);
  expect([answer.status, await answer.text()]).toEqual([
    530,
    'ScheduleAtDelayTooLong: Specified delay in scheduling row was too long: true',
  ]);
  expect((await database.call('too_long', [Number(limit - 1n)])).status).toBe(200);
});

test('the target is private, but the owner may call it', async () => {
  const stranger = await newAccount(uri);
  const row = [0, { Interval: { __time_duration_micros__: 5 } }, 'by hand', ''];
  expect((await database.call('on_tick', [row], stranger.token)).status).toBe(404);
  expect((await database.call('on_tick', [row])).status).toBe(200);
  expect(await firings('by hand')).toHaveLength(1);
});

test('a republish keeps the rows and runs the new code', async () => {
  await database.publish(await bundleSource(moduleText(' v2')));
  await times('from init v2', 2);
  expect(await waiting('from init')).toHaveLength(1);
});

local('after a restart one-shots that were missed fire at once, and intervals go on', async () => {
  await database.run('once', 'overdue', 1 * second, '');
  await server?.stop('SIGKILL');
  await sleep(1200);
  const before = Date.now();
  await server?.restart();
  await times('overdue v2', 1);
  const count = (await firings('from init v2')).length;
  expect(Date.now() - before).toBeLessThan(20_000);
  await times('from init v2', count + 1);
  expect(await waiting('overdue')).toEqual([]);
  const [row] = await firings('overdue v2');
  expect(Number(row?.[3])).toBeGreaterThan(0);
});
