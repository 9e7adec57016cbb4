import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { loadConfig, parseDuration } from './config.ts';
import { ControlDatabase, type DatabaseRecord } from './control-database.ts';
import { checkEdition, describeDataDirectory, prepareDataDirectory } from './data-directory.ts';
import { lockDirectory } from './directory-lock.ts';
import { hashProgram, ProgramStore } from './program-store.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'stdb storage ü '));
});
afterEach(() => rmSync(directory, { recursive: true }));

const noWarning = (message: string) => {
  throw new Error(`unexpected warning: ${message}`);
};
const record = (name: string, replicaId: number): DatabaseRecord => ({
  identity: `c200${replicaId.toString(16).padStart(60, '0')}`,
  owner: 'c2'.padEnd(64, '1'),
  names: [name],
  programHash: 'ab'.repeat(32),
  replicaId,
  locked: false,
});

describe('control database', () => {
  test('keeps what was written, in order, across openings', async () => {
    const first = await ControlDatabase.open(directory, noWarning);
    const ids = await Promise.all([first.reserveReplica(), first.reserveReplica()]);
    expect(ids).toEqual([1, 2]);
    await Promise.all([
      first.add(record('a', 1)),
      first.add(record('b', 2)),
      first.update(record('a', 1).identity, { locked: true }),
    ]);
    await first.remove(record('b', 2).identity);
    const second = await ControlDatabase.open(directory, noWarning);
    expect(second.all()).toEqual([{ ...record('a', 1), locked: true }]);
    expect(second.byName('b')).toBeUndefined();
    expect(second.byName('a')?.replicaId).toBe(1);
    expect(await second.reserveReplica()).toBe(3);
    expect(readdirSync(directory).filter((file) => file.endsWith('.tmp'))).toEqual([]);
  });

  test('a torn file falls back to the state before, two torn files stop the start', async () => {
    const first = await ControlDatabase.open(directory, noWarning);
    await first.add(record('a', 1));
    await first.add(record('b', 2));
    const file = join(directory, 'control.json');
    truncateSync(file, 100);
    const warnings: string[] = [];
    const second = await ControlDatabase.open(directory, (message) => warnings.push(message));
    expect(warnings).toEqual([expect.stringContaining('damaged')]);
    expect(second.all()).toEqual([record('a', 1)]);
    truncateSync(`${file}.previous`, 10);
    await expect(ControlDatabase.open(directory, noWarning)).rejects.toThrow(/list of databases is damaged.*backup/);
  });

  test('a write that fails leaves the state as it was', async () => {
    const control = await ControlDatabase.open(join(directory, 'later'), noWarning);
    await expect(control.add(record('a', 1))).rejects.toThrow(/ENOENT/);
    expect(control.all()).toEqual([]);
    mkdirSync(join(directory, 'later'));
    await control.add(record('a', 1));
    expect(control.all()).toHaveLength(1);
  });
});

test('programs are found by their hash, and only whole ones', async () => {
  const store = new ProgramStore(directory);
  const program = new TextEncoder().encode('export {}');
  const hash = await store.put(program);
  expect(hash).toBe(hashProgram(program));
  expect(await store.get(hash)).toEqual(Buffer.from(program));
  writeFileSync(join(directory, hash.slice(0, 2), hash.slice(2)), 'expor');
  expect(await store.get(hash)).toBeUndefined();
  expect(await store.get('00'.repeat(32))).toBeUndefined();
});

describe('lock', () => {
  test('a second server is told who holds it, and gets it after release', () => {
    const file = join(directory, 'spacetime.pid');
    const lock = lockDirectory(file);
    expect(readFileSync(file, 'utf8').split('\n')[0]).toBe(String(process.pid));
    expect(() => lockDirectory(file)).toThrow(new RegExp(`process ${process.pid}.*--data-dir`));
    lock.release();
    lockDirectory(file).release();
    expect(readdirSync(directory)).toEqual([]);
  });

  test.runIf(process.platform === 'linux')('a killed holder that nobody waited for does not block', async () => {
    // The shell becomes a program that never asks what became of its child.
    const parent = spawn('sh', ['-c', 'sleep 0.3 & echo $!; exec sleep 60'], { stdio: ['ignore', 'pipe', 'ignore'] });
    const [line] = (await once(parent.stdout, 'data')) as [Buffer];
    const pid = Number(line.toString());
    await expect.poll(() => readFileSync(`/proc/${pid}/stat`, 'utf8')).toMatch(/\) Z /);
    const file = join(directory, 'spacetime.pid');
    writeFileSync(file, `${pid}\n\n\n`);
    lockDirectory(file).release();
    parent.kill();
  });

  test('a dead holder and a reused process id do not block', async () => {
    const file = join(directory, 'spacetime.pid');
    const child = spawn(process.execPath, ['-e', '']);
    await new Promise((resolve) => child.once('exit', resolve));
    writeFileSync(file, `${child.pid}\n\n`);
    lockDirectory(file).release();
    if (process.platform === 'linux') {
      writeFileSync(file, `${process.pid}\n1\n`);
      lockDirectory(file).release();
    }
    writeFileSync(file, 'garbage');
    lockDirectory(file).release();
  });
});

describe('data directory', () => {
  test('is prepared once and recognised again; a foreign one is left alone', () => {
    const own = describeDataDirectory(join(directory, 'own'));
    checkEdition(own);
    prepareDataDirectory(own);
    checkEdition(own);
    const foreign = describeDataDirectory(join(directory, 'foreign'));
    mkdirSync(foreign.root);
    writeFileSync(join(foreign.root, 'metadata.toml'), 'version = "2.8.3"\nedition = "standalone"\n');
    expect(() => checkEdition(foreign)).toThrow(/edition "standalone".*--data-dir/);
    expect(readdirSync(foreign.root)).toEqual(['metadata.toml']);
  });

  test('config.toml is written with defaults, read, and refused with its key', () => {
    const file = join(directory, 'config.toml');
    const defaults = { pingIntervalMs: 15_000, idleTimeoutMs: 30_000, closeTimeoutMs: 250 };
    expect(loadConfig(file).websocket).toEqual(defaults);
    writeFileSync(file, '[websocket]\nidle-timeout = "1m 30s"\n');
    expect(loadConfig(file).websocket).toEqual({ ...defaults, idleTimeoutMs: 90_000 });
    writeFileSync(file, '[websocket]\nidle-timeout = 5\n');
    expect(() => loadConfig(file)).toThrow(/config\.toml.*`idle-timeout`/);
    writeFileSync(file, '[websocket');
    expect(() => loadConfig(file)).toThrow(/config\.toml cannot be used/);
    expect(parseDuration('3 parsecs')).toBeUndefined();
  });
});
