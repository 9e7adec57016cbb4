/** For tests: the embedded tool, run from source the way the extension runs any `spacetime`: as a program. */
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Tool } from '../cli/find-tool.ts';

const root = path.resolve(import.meta.dirname, '..', '..');

export const fixture = (name: 'chat' | 'accounts'): string => path.join(root, 'test', 'fixtures', name, 'spacetimedb');

/** Keeps its login and keys in `directory`. */
export const embeddedTool = (directory: string): Tool => ({
  source: 'setting',
  command: process.execPath,
  prefixArgs: [path.join(root, 'standalone', 'main.ts'), '--root-dir', path.join(directory, 'root')],
  env: { NODE_NO_WARNINGS: '1' },
  location: 'standalone/main.ts',
});

export async function temporaryDirectory(): Promise<{ path: string; remove(): Promise<void> }> {
  const directory = await mkdtemp(path.join(tmpdir(), 'workbench-'));
  return { path: directory, remove: () => rm(directory, { recursive: true, force: true, maxRetries: 3 }) };
}

/** A loopback port that was free a moment ago. */
export const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });

/** Resolves when `holds` does; looks often, and fails with `what` after a while. */
export async function until(what: string, holds: () => boolean, timeoutMs = 15_000): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!holds()) {
    if (Date.now() > deadline) throw new Error(`Timed out: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
