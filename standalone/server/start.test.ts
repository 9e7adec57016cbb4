import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { listen, localUrl, parseListenAddress } from './listen.ts';
import { startServer } from './start.ts';
import { protocolWorker, startTemporaryServer } from './testing/temporary-server.ts';

let dataDir: string;
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'stdb start '));
});
afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

const silent = { info: () => {}, warn: () => {}, error: () => {} };
const tryStart = (listenAddr = '127.0.0.1:0') =>
  startServer({ listenAddr, dataDir, nonInteractive: true, logger: silent }, protocolWorker);

async function occupyPort(): Promise<{ port: number; release(): void }> {
  const holder = createTcpServer().listen(0, '127.0.0.1');
  await once(holder, 'listening');
  return { port: (holder.address() as AddressInfo).port, release: () => holder.close() };
}

test('writes its data directory, says where it listens, and leaves the lock when it stops', async () => {
  const server = await startTemporaryServer({ dataDir });
  expect(readdirSync(dataDir).sort()).toEqual(
    [
      'config.toml',
      'control-db',
      'id_ecdsa',
      'id_ecdsa.pub',
      'logs',
      'metadata.toml',
      'program-bytes',
      'spacetime.pid',
    ].sort(),
  );
  const { host } = new URL(server.url);
  expect(server.said).toContain(`Starting SpacetimeDB listening on ${host}`);
  await server.stop();
  expect(existsSync(join(dataDir, 'spacetime.pid'))).toBe(false);
  const [log = ''] = readdirSync(join(dataDir, 'logs'));
  expect(log).toMatch(/^spacetime-standalone\.\d{4}-\d\d-\d\d\.log$/);
  expect(readFileSync(join(dataDir, 'logs', log), 'utf8')).toMatch(/INFO The server has stopped\.\n$/);
});

test('a second server on the same data directory is refused, and the first goes on', async () => {
  const server = await startTemporaryServer({ dataDir });
  await expect(tryStart()).rejects.toThrow(/uses the data directory.*--data-dir/);
  expect((await server.fetch('/ping')).status).toBe(200);
  await server.stop();
});

test('a data directory that cannot be written is explained', async () => {
  const occupied = join(dataDir, 'a file');
  writeFileSync(occupied, '');
  const start = startServer(
    { listenAddr: '127.0.0.1:0', dataDir: join(occupied, 'data'), logger: silent },
    protocolWorker,
  );
  await expect(start).rejects.toThrow(/a file.data cannot be written \(E.*start with another directory \(--data-dir\)/);
});

test('a taken port is explained, and the data directory is free again', async () => {
  const { port, release } = await occupyPort();
  await expect(tryStart(`127.0.0.1:${port}`)).rejects.toThrow(
    new RegExp(`^Port ${port} is already in use\\..*--listen-addr 127\\.0\\.0\\.1:${port + 1}$`),
  );
  expect(existsSync(join(dataDir, 'spacetime.pid'))).toBe(false);
  release();
});

test('the next free port is offered, held while asking, and used or given back', async () => {
  const { port, release } = await occupyPort();
  const wanted = { host: '127.0.0.1', port };
  const asked: number[][] = [];
  const refused = createServer();
  await expect(
    listen(refused, wanted, async (taken, free) => {
      asked.push([taken, free]);
      return false;
    }),
  ).rejects.toThrow('already in use');
  expect(asked[0]?.[0]).toBe(port);
  expect(refused.listening).toBe(false);
  const agreed = createServer();
  const bound = await listen(agreed, wanted, async () => true);
  expect(bound.port).toBeGreaterThan(port);
  expect((agreed.address() as AddressInfo).port).toBe(bound.port);
  agreed.close();
  release();
});

test('addresses', async () => {
  expect(parseListenAddress('[::1]:3000')).toEqual({ host: '::1', port: 3000 });
  expect(localUrl(parseListenAddress('0.0.0.0:3000'))).toBe('http://127.0.0.1:3000');
  expect(localUrl(parseListenAddress('[::]:1'))).toBe('http://[::1]:1');
  for (const bad of ['3000', 'localhost', ':3000', '127.0.0.1:99999', '::1:3000']) {
    expect(() => parseListenAddress(bad), bad).toThrow('is not an address to listen on');
  }
  await expect(tryStart('203.0.113.7:3000')).rejects.toThrow('is not an address of this machine');
});

test('broken settings and a foreign data directory stop the start before anything is changed', async () => {
  writeFileSync(join(dataDir, 'config.toml'), '[websocket]\nping-interval = "soon"\n');
  await expect(tryStart()).rejects.toThrow(/config\.toml cannot be used: `ping-interval`/);
  rmSync(join(dataDir, 'config.toml'));
  writeFileSync(join(dataDir, 'metadata.toml'), 'version = "2.8.3"\nedition = "standalone"\n');
  await expect(tryStart()).rejects.toThrow(/Nothing was changed/);
  expect(existsSync(join(dataDir, 'spacetime.pid'))).toBe(false);
});

describe('a process', () => {
  const running: ChildProcess[] = [];
  afterEach(() => {
    for (const child of running.splice(0)) if (child.exitCode === null) child.kill('SIGKILL');
  });

  async function spawnServer(environment: Record<string, string> = {}): Promise<ChildProcess> {
    const script = new URL('./testing/run-server.ts', import.meta.url).pathname;
    const child = spawn(process.execPath, [script, dataDir], {
      env: { ...process.env, ...environment },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    running.push(child);
    for await (const line of child.stdout ?? []) {
      if (String(line).includes('http://')) break;
    }
    return child;
  }

  test.each(['SIGTERM', 'SIGINT'] as const)('stops in order at %s', async (signal) => {
    const child = await spawnServer();
    child.kill(signal);
    expect(await once(child, 'exit')).toEqual([0, null]);
    expect(existsSync(join(dataDir, 'spacetime.pid'))).toBe(false);
  });

  test('stops with its parent only when it is asked to', async () => {
    const bound = await spawnServer({ SPACETIMEDB_EXIT_WITH_PARENT: '1' });
    bound.stdin?.end();
    expect(await once(bound, 'exit')).toEqual([0, null]);
    const free = await spawnServer();
    free.stdin?.end();
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(free.exitCode).toBeNull();
  });

  test('a killed server does not block the next one', async () => {
    const child = await spawnServer();
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(existsSync(join(dataDir, 'spacetime.pid'))).toBe(true);
    await (await startTemporaryServer({ dataDir })).stop();
  });
});
