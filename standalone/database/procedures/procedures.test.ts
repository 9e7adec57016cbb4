/** What only shows on the wire and under short limits. The rest is in the conformance suite. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { bundleSource } from '../../host/testing/modules.ts';
import { WorkerClient } from '../testing/worker-client.ts';

const source = `
import { schema, t, table } from 'spacetimedb/server';
const item = table({ public: true }, { id: t.u32().primaryKey() });
const db = schema({ item });
export default db;
export const add = db.procedure(t.u8(), ctx => { ctx.withTx(tx => { tx.db.item.insert({ id: 1 }); }); return 7; });
export const put = db.reducer({ id: t.u32() }, (ctx, { id }) => { ctx.db.item.insert({ id }); });
export const spin = db.procedure(t.unit(), () => { for (;;) {} });
export const spin_in_tx = db.procedure(t.unit(), ctx => {
  ctx.withTx(tx => { tx.db.item.insert({ id: 99 }); for (;;) { tx.db.item.count(); } });
});
export const hog = db.procedure(t.unit(), () => { const kept = []; for (;;) kept.push(new Array(1e6).fill(1.5)); });
export const step_by_step = db.procedure({ from: t.u32() }, t.u32(), (ctx, { from }) => {
  for (let i = 0; i < 200; i++) ctx.withTx(tx => { tx.db.item.insert({ id: from + i }); });
  return 200;
});
export const later = db.procedure(t.unit(), () => { (async () => { await null; for (;;) {} })(); return {}; });
`;

let worker: WorkerClient;

beforeAll(async () => {
  worker = new WorkerClient({ callLimit: 700 });
  await worker.request('open', {});
  expect(await worker.publish(await bundleSource(source))).toMatchObject({ ok: true });
});
afterAll(() => worker.close());

it('sends the changes of its transactions to the caller too, before the result', async () => {
  const client = await worker.connect(1);
  expect((await client.next()).tag).toBe('InitialConnection');
  client.subscribe(1, 'SELECT * FROM item');
  expect((await client.next()).tag).toBe('SubscribeApplied');
  client.callProcedure('add');
  expect((await client.next()).tag).toBe('TransactionUpdate');
  const result = await client.next();
  expect(result).toMatchObject({ tag: 'ProcedureResult', value: { status: { tag: 'Returned' } } });
  await worker.disconnect(client);
});

it('stops a procedure that loops; reducers run meanwhile', async () => {
  const spinning = worker.call('spin');
  expect(await worker.call('put', [2])).toMatchObject({ ok: true });
  expect(await spinning).toMatchObject({
    ok: false,
    status: 500,
    message: expect.stringContaining('ran longer than 0.7 s'),
  });
});

it('stops one that loops in its transaction, undoes that, and the database goes on', async () => {
  const spinning = worker.call('spin_in_tx');
  await new Promise((resolve) => setTimeout(resolve, 200));
  const waiting = worker.call('put', [3]);
  expect(await spinning).toMatchObject({ ok: false, message: expect.stringContaining('held a transaction open') });
  expect(await waiting).toMatchObject({ ok: true });
  const ids = (await worker.rows('SELECT * FROM item')).flat();
  expect(ids).toContain(3);
  expect(ids).not.toContain(99);
});

it('stops what loops behind an await', async () => {
  expect(await worker.call('later')).toMatchObject({ ok: false, message: expect.stringContaining('ran longer') });
  expect(await worker.call('put', [4])).toMatchObject({ ok: true });
});

it('runs more calls than there are threads', async () => {
  const replies = await Promise.all(Array.from({ length: 30 }, () => worker.call('add')));
  expect(replies.every((reply) => reply.ok && reply.json === '7')).toBe(true);
});

it('lets one that runs while the module is replaced go on', async () => {
  const changed = source.replace('const db = schema({ item })', 'const db = schema({ item, other })');
  const next = await bundleSource(changed.replace('const item', 'const other = table({}, { a: t.u8() });\nconst item'));
  const running = worker.call('step_by_step', [1000]);
  expect(await worker.publish(next)).toMatchObject({ ok: true, op: 'updated' });
  expect(await running).toMatchObject({ ok: true, json: '200' });
  expect((await worker.rows('SELECT * FROM item')).flat().filter((id) => Number(id) >= 1000)).toHaveLength(200);
  expect(await worker.call('step_by_step', [2000])).toMatchObject({ ok: true, json: '200' });
});

it('stops one that eats memory; and undoes what is open when the database closes', async () => {
  const other = new WorkerClient({ callLimit: 20_000 });
  await other.request('open', {});
  await other.publish(await bundleSource(source));
  expect(await other.call('hog')).toMatchObject({
    ok: false,
    message: expect.stringContaining('exceeded memory limit'),
  });
  expect(await other.call('put', [5])).toMatchObject({ ok: true });
  const spinning = other.call('spin_in_tx');
  await new Promise((resolve) => setTimeout(resolve, 500));
  const started = performance.now();
  await other.close();
  expect(await spinning).toMatchObject({ ok: false });
  expect(performance.now() - started).toBeLessThan(5000);
}, 60_000);
