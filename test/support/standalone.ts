/** Starts the embedded server as a person would: the built `spacetime start`, in a process of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';

export const repository = path.resolve(import.meta.dirname, '../..');
export const spacetimeProgram = path.join(repository, 'dist/spacetime.cjs');

export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('the probe has no port');
  return address.port;
}

export interface Standalone {
  readonly uri: string;
  readonly directory: string;
  readonly output: () => string;
  /** Stops the process: SIGTERM for a clean stop, SIGKILL for a crash. Keeps the data directory. */
  stop(signal?: 'SIGTERM' | 'SIGKILL'): Promise<void>;
  /** Starts again on the same port and data directory. */
  restart(): Promise<void>;
  /** Stops and removes the data. */
  dispose(): Promise<void>;
}

const lineToWaitFor = /Starting SpacetimeDB listening on/;

/** `program` is the command line to start, `config` the text of the data directory's config.toml. */
export async function startStandalone(
  extraArguments: string[] = [],
  program = spacetimeProgram,
  config?: string,
): Promise<Standalone> {
  const directory = mkdtempSync(path.join(tmpdir(), 'stdb-'));
  if (config !== undefined) {
    mkdirSync(path.join(directory, 'data'));
    writeFileSync(path.join(directory, 'data/config.toml'), config);
  }
  const port = await freePort();
  let output = '';
  let child: ChildProcess | undefined;

  async function start(): Promise<void> {
    const rootDir = path.join(directory, 'root');
    const started = spawn(
      process.execPath,
      [
        program,
        '--root-dir',
        rootDir,
        'start',
        '--listen-addr',
        `127.0.0.1:${port}`,
        '--data-dir',
        path.join(directory, 'data'),
        '--non-interactive',
        ...extraArguments,
      ],
      { stdio: ['ignore', 'pipe', 'pipe'] },
    );
    child = started;
    let fresh = '';
    const listening = new Promise<void>((resolve, reject) => {
      const collect = (chunk: Buffer): void => {
        fresh += chunk;
        output += chunk;
        if (lineToWaitFor.test(fresh)) resolve();
      };
      started.stdout.on('data', collect);
      started.stderr.on('data', collect);
      started.once('exit', (code) => reject(new Error(`the server ended with code ${code}:\n${fresh}`)));
      started.once('error', reject);
    });
    await listening;
  }

  async function stop(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    const running = child;
    child = undefined;
    if (!running || running.exitCode !== null || running.signalCode !== null) return;
    const ended = once(running, 'exit');
    running.kill(signal);
    await ended;
  }

  await start();
  return {
    uri: `http://127.0.0.1:${port}`,
    directory,
    output: () => output,
    stop,
    restart: start,
    async dispose() {
      await stop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** Runs the built command line to its end. */
export async function spacetime(
  args: string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv } = {},
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, [spacetimeProgram, ...args], {
    cwd: options.cwd ?? repository,
    env: { ...process.env, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stdout, stderr };
}
