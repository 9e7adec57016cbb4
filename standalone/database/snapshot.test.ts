/** Snapshots as a database thread writes and uses them: what a restart gives must not depend on which files it had. */
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { bundleSource } from '../host/testing/modules.ts';
import type { SnapshotRules } from './messages.ts';
import { WorkerClient } from './testing/worker-client.ts';

const folders: string[] = [];
const running: WorkerClient[] = [];
let bundle: string;
let wider: string;

const source = (columns: string): string => `
  import { schema, t, table } from 'spacetimedb/server';
  const thing = table({ public: true }, { id: t.u64().primaryKey().autoInc(), name: t.string().index('btree')${columns} });
  const bag = table({ public: true }, { x: t.i32(), y: t.option(t.string()) });
  const shout = table({ public: true, event: true }, { text: t.string() });
  const db = schema({ thing, bag, shout });
  export default db;
  export const fill = db.reducer({ n: t.u32() }, (ctx, { n }) => {
    for (let i = 0; i < n; i++) ctx.db.thing.insert({ id: 0n, name: 'thing é ' + (i % 10)${columns ? ', size: 1' : ''} });
    for (let i = 0; i < n; i += 3) ctx.db.bag.insert({ x: i - 5, y: i % 2 ? undefined : 'y' });
    ctx.db.shout.insert({ text: 'filled' });
  });
  export const drop = db.reducer({ id: t.u64() }, (ctx, { id }) => { ctx.db.thing.id.delete(id); });
`;

beforeAll(async () => {
  bundle = await bundleSource(source(''));
  wider = await bundleSource(source(`, size: t.u8().default(7)`));
});
afterEach(async () => {
  for (const database of running.splice(0)) await database.kill();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

/** Eager enough that every call is followed by a snapshot. */
const eager: Partial<SnapshotRules> = { quietBytes: 0, quietTime: 1 };
const never: Partial<SnapshotRules> = { busyBytes: 1e12, quietBytes: 1e12 };

async function open(directory: string, snapshots: Partial<SnapshotRules>): Promise<WorkerClient> {
  const database = new WorkerClient({ directory, snapshots });
  running.push(database);
  expect(await database.request('open', {})).toEqual({ ok: true, hasProgram: expect.any(Boolean) });
  return database;
}

const files = (directory: string, ending: string): string[] =>
  readdirSync(directory)
    .filter((name) => name.endsWith(ending))
    .sort();

/** Waits until a snapshot of everything is there. */
async function snapshotted(directory: string): Promise<void> {
  await expect
    .poll(() => {
      const [log, snapshot] = [files(directory, '.log').at(-1), files(directory, '.snapshot').at(-1)];
      if (!log || !snapshot) return false;
      return (
        BigInt(log.slice(0, 20)) === BigInt(snapshot.slice(0, 20)) + 1n && statSync(join(directory, log)).size === 12
      );
    })
    .toBe(true);
}

async function contents(database: WorkerClient): Promise<string> {
  const tables = ['thing', 'bag', 'shout', 'st_client'];
  const rows = await Promise.all(tables.map((table) => database.rows(`SELECT * FROM ${table}`)));
  return JSON.stringify(rows.map((list) => list.map((row) => JSON.stringify(row)).sort()));
}

/** A database with two snapshots and log before, between and after them. Its thread has ended. */
async function written(): Promise<{ directory: string; before: string }> {
  const directory = mkdtempSync(join(tmpdir(), 'snapshot-'));
  folders.push(directory);
  const database = await open(directory, eager);
  await database.publish(bundle);
  await database.call('fill', [50]);
  await snapshotted(directory);
  await database.publish(wider);
  await database.call('fill', [20]);
  await database.call('drop', [3]);
  await snapshotted(directory);
  await database.kill();
  const later = await open(directory, never);
  await later.call('drop', [5]);
  await later.call('fill', [1]);
  const before = await contents(later);
  await later.kill();
  return { directory, before };
}

const warnings = (database: WorkerClient): string[] =>
  database.logs.filter(({ level }) => level === 'Warn').map(({ message }) => message);

describe('a database with snapshots', () => {
  it('opens from the newest one and the log after it', async () => {
    const { directory, before } = await written();
    const newest = files(directory, '.snapshot').at(-1) as string;
    // Only the snapshot can have what these segments held.
    for (const name of files(directory, '.log')) if (name < newest) rmSync(join(directory, name));
    const database = await open(directory, never);
    expect(await contents(database)).toBe(before);
    expect(warnings(database)).toEqual([]);
    // Sequences go on behind every value that was ever given.
    await database.call('fill', [1]);
    const ids = ((await database.rows('SELECT * FROM thing')) as [number][]).map(([id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(Math.max(...ids)).toBeGreaterThan(4096);
  });

  it('falls back to an older one, and then to the log, when snapshots are damaged', async () => {
    const { directory, before } = await written();
    const [older, newest] = files(directory, '.snapshot').map((name) => join(directory, name)) as [string, string];
    const bytes = readFileSync(newest);
    bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] as number) ^ 1;
    writeFileSync(newest, bytes);
    const second = await open(directory, never);
    expect(await contents(second)).toBe(before);
    await expect.poll(() => warnings(second)).toEqual([expect.stringContaining('damaged')]);
    await second.kill();
    truncateSync(older, 40);
    const third = await open(directory, never);
    expect(await contents(third)).toBe(before);
    expect(files(directory, '.snapshot')).toEqual([]);
    expect(files(directory, '.dropped').length).toBe(2);
  });

  it('does not use one that is beyond the log', async () => {
    const { directory } = await written();
    const newest = files(directory, '.snapshot').at(-1) as string;
    for (const name of files(directory, '.log')) if (name > newest) rmSync(join(directory, name));
    const database = await open(directory, never);
    // The log ends where that snapshot was made: the same rows, without what the missing segment held.
    expect((await database.rows('SELECT * FROM thing')).length).toBe(69);
    await expect.poll(() => warnings(database)).toEqual([expect.stringContaining('beyond the log')]);
  });

  it('keeps two, and the log that the older one needs', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'snapshot-'));
    folders.push(directory);
    const database = await open(directory, { ...eager, keepLogBytes: 0 });
    await database.publish(bundle);
    for (let i = 0; i < 5; i++) {
      await database.call('fill', [5]);
      await snapshotted(directory);
    }
    const before = await contents(database);
    await expect.poll(() => files(directory, '.snapshot').length).toBe(2);
    const [older] = files(directory, '.snapshot') as [string];
    await expect.poll(() => files(directory, '.log').every((name) => name > older)).toBe(true);
    await database.kill();
    const again = await open(directory, never);
    expect(await contents(again)).toBe(before);
    await again.kill();
    for (const name of files(directory, '.snapshot')) rmSync(join(directory, name));
    const hopeless = new WorkerClient({ directory });
    running.push(hopeless);
    const reply = await hopeless.request('open', {});
    expect(reply).toMatchObject({ ok: false, message: expect.stringContaining('only in snapshots') });
  });

  it('removes what a crash left of an unfinished one, and a clean end leaves none', async () => {
    const { directory, before } = await written();
    const unfinished = join(directory, '00000000000000000009.snapshot.tmp');
    writeFileSync(unfinished, 'half');
    const database = await open(directory, { quietBytes: 0, quietTime: 0 });
    expect(existsSync(unfinished)).toBe(false);
    await database.call('drop', [6]);
    await database.request('close', {});
    expect(files(directory, '.tmp')).toEqual([]);
    await database.kill();
    const again = await open(directory, never);
    expect((await contents(again)).length).toBeLessThan(before.length);
  });
});
