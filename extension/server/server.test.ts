import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { embeddedTool, freePort, temporaryDirectory, until } from '../testing/embedded.ts';
import { probe } from './api.ts';
import { Server } from './server.ts';

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
const servers: Server[] = [];

beforeEach(async () => {
  directory = await temporaryDirectory();
});
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.dispose()));
  await directory.remove();
});

const serverAt = (url: string, startable = true, data = 'data'): Server => {
  const server = new Server({
    target: { url, startable },
    dataDir: `${directory.path}/${data}`,
    tool: async () => embeddedTool(directory.path),
    log: () => {},
  });
  servers.push(server);
  return server;
};
const free = async (): Promise<string> => `http://127.0.0.1:${await freePort()}`;

test('starts a server where none answers, and ends it', { timeout: 30_000 }, async () => {
  const url = await free();
  const server = serverAt(url);
  const states: string[] = [];
  server.onDidChange(({ state }) => states.push(state));
  expect((await server.detect()).state).toBe('stopped');
  expect(await Promise.all([server.ensure(), server.ensure()])).toEqual([url, url]);
  expect(await probe(url)).toBe('spacetimedb');
  await server.stop();
  expect(await probe(url)).not.toBe('spacetimedb');
  expect(states).toEqual(['stopped', 'starting', 'running', 'stopped']);
});

test('attaches to a server that answers, and never ends it', { timeout: 30_000 }, async () => {
  const url = await free();
  const theirs = serverAt(url);
  await theirs.ensure();
  const ours = serverAt(url, true, 'other');
  expect(await ours.ensure()).toBe(url);
  expect(ours.state.state).toBe('attached');
  await expect(ours.stop()).rejects.toThrow('not started by this window');
  await ours.dispose();
  expect(await probe(url)).toBe('spacetimedb');
});

test('notices that an attached server went away, and that it came back', { timeout: 30_000 }, async () => {
  const url = await free();
  const theirs = serverAt(url);
  await theirs.ensure();
  const ours = serverAt(url);
  await ours.detect();
  await theirs.stop();
  await ours.connectionLost();
  expect(ours.state.state).toBe('unreachable');
  await theirs.ensure();
  await until('attached again', () => ours.state.state === 'attached');
});

test('a port that something else uses is left alone', { timeout: 30_000 }, async () => {
  const other = createServer((_request, response) => response.end('<html>'));
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  const { port } = other.address() as { port: number };
  try {
    const server = serverAt(`http://127.0.0.1:${port}`);
    expect(await probe(server.target.url)).toBe('other');
    const url = await server.ensure();
    expect(url).not.toBe(server.target.url);
    expect(await probe(url)).toBe('spacetimedb');
    expect(server.url).toBe(url);
  } finally {
    other.close();
  }
});

test('a server elsewhere is never started', async () => {
  const server = serverAt(await free(), false);
  await expect(server.ensure()).rejects.toThrow('cannot be reached');
  expect(server.state.state).toBe('unreachable');
});

/** A program in the tool's place. */
function serverFrom(url: string, program: string): Server {
  const tool = async () => ({ ...embeddedTool(directory.path), prefixArgs: ['-e', program, '--'] });
  const server = new Server({ target: { url, startable: true }, dataDir: directory.path, tool, log: () => {} });
  servers.push(server);
  return server;
}

test('a tool that cannot start a server says why', { timeout: 30_000 }, async () => {
  const server = serverFrom(await free(), 'console.error("Error: the data directory is locked"); process.exit(1)');
  await expect(server.ensure()).rejects.toThrow('did not start: the data directory is locked');
  expect(server.state).toEqual({ state: 'failed', reason: 'the data directory is locked' });
});

test('what a server said before it was killed is not the reason', { timeout: 30_000 }, async () => {
  const program = 'console.log("Starting SpacetimeDB"); setTimeout(() => process.kill(process.pid, "SIGKILL"), 50)';
  const server = serverFrom(await free(), program);
  await expect(server.ensure()).rejects.toThrow('did not start: it was killed (SIGKILL).');
});

test('a window that closes while its server starts leaves no process behind', { timeout: 30_000 }, async () => {
  const pidFile = path.join(directory.path, 'pid');
  const program = `require('node:fs').writeFileSync(${JSON.stringify(pidFile)}, String(process.pid)); setInterval(() => {}, 1000)`;
  const server = serverFrom(await free(), program);
  const starting = expect(server.ensure()).rejects.toThrow();
  await until('the process', () => existsSync(pidFile) && readFileSync(pidFile, 'utf8') !== '');
  await server.dispose();
  await starting;
  const pid = Number(readFileSync(pidFile, 'utf8'));
  await until('its end', () => !isAlive(pid));
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    // ESRCH: there is no such process.
    return false;
  }
}
