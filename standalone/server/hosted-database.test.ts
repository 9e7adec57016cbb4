import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { LogRecord } from '../database/messages.ts';
import { HostedDatabase } from './hosted-database.ts';
import { protocolWorker } from './testing/temporary-server.ts';

let directory: string;
let database: HostedDatabase;
let said: string[];
let crashes: number;
const logged: LogRecord[] = [];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'stdb hosted '));
  said = [];
  crashes = 0;
});
afterEach(async () => {
  await database.close();
  rmSync(directory, { recursive: true });
});

const identity = 'c2'.padEnd(64, '0');
const program = new TextEncoder().encode('program');
const call = (name: string) =>
  database.request('call', { identity, connectionId: '1'.repeat(32), name, argsJson: '[]' });

function host(inMemory = false, stored: Uint8Array | undefined = undefined): HostedDatabase {
  const push = (message: string) => said.push(message);
  return new HostedDatabase({
    workerFile: protocolWorker,
    worker: { databaseIdentity: identity, ownerIdentity: identity, directory: inMemory ? undefined : directory },
    logger: { info: push, warn: push, error: push },
    restartDelaysMs: [5, 10],
    loadProgram: async () => stored,
    onEvent: (event) => {
      if (event.kind === 'log') logged.push(...event.records);
    },
    onCrash: () => {
      crashes += 1;
    },
  });
}

test('starts when it is needed, and ends for good', async () => {
  database = host();
  expect(database.state).toBe('idle');
  await database.request('publish', { program, clear: false, policy: 'Compatible', migrationToken: undefined });
  expect(database.state).toBe('running');
  await database.close();
  expect(database.state).toBe('closed');
  await expect(call('value')).rejects.toThrow('The database is closed');
  expect(said).toEqual([]);
});

test('a database in memory gets its stored program again after a crash', async () => {
  database = host(true, program);
  expect(await call('value')).toMatchObject({ ok: true });
  await expect(call('exit')).rejects.toThrow('The database stopped: its thread ended (code 7).');
  expect(crashes).toBe(1);
  expect(await call('value')).toMatchObject({ ok: true });
});

test('one that crashes again and again is left alone after a while, and says why', async () => {
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, 'crash'), '');
  database = host();
  await expect(call('value')).rejects.toThrow(/cannot be used now: its thread ended \(code 9\)/);
  expect(database.state).toBe('failed');
  expect(crashes).toBe(3);
  expect(said).toHaveLength(3);
  expect(said.at(-1)).toContain('keeps stopping');
  await expect(call('value')).rejects.toThrow(/code 9/);
  expect(crashes).toBe(3);
});

test('one that does not open says why at once, and is not restarted by itself', async () => {
  writeFileSync(join(directory, 'damaged'), '');
  database = host();
  await expect(call('value')).rejects.toThrow('the commit log is damaged');
  expect(database.state).toBe('failed');
  expect(crashes).toBe(0);
  expect(await database.metrics()).toEqual([]);
});

test('metrics of a database that died are those it had', async () => {
  database = host(true, program);
  await call('value');
  const before = await database.metrics();
  expect(before).toHaveLength(1);
  await expect(call('throw')).rejects.toThrow('RangeError: broken on purpose');
  expect(await database.metrics()).toEqual(before);
});
