/** Starts and stops a code-server of our own: fresh directories, loopback, no gallery, no telemetry. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { closeSync, existsSync, openSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import json5 from 'json5';
import { codeServerEntry } from './code-server.ts';
import { quietSettings, type Settings } from './settings.ts';
import { until } from './until.ts';

export interface CodeServerOptions {
  /** VSIX files to install first. */
  extensions?: string[];
  /** User settings, over the quiet defaults. */
  settings?: Settings;
  /** Environment of the server, and so of the extension host, over HOME, PATH and the like. */
  env?: NodeJS.ProcessEnv;
  /** Further arguments, for instance `--vscode-option`. */
  args?: string[];
  /** Keeps everything in this directory instead of one that is removed at the end. */
  directory?: string;
}

export interface CodeServer {
  /** `http://127.0.0.1:<port>` */
  origin: string;
  /** The empty home directory of this server, or the machine's own if `env` says so. */
  home: string;
  /** Address that opens a folder; `payload` are VS Code's environment pairs (test paths and the like). */
  urlOf(folder: string, payload?: [string, string][]): string;
  log(): Promise<string>;
  stop(): Promise<void>;
}

/** Resolves when the server answers. Rejects with its output when it does not start. */
export async function startCodeServer(options: CodeServerOptions = {}): Promise<CodeServer> {
  // Short, because a socket inside must stay under 108 characters.
  const directory = options.directory ?? (await mkdtemp(join(tmpdir(), 'stdb-')));
  const places = await prepare(directory);
  const settings: Settings = { ...quietSettings, ...options.settings, ...(await keptSettings(places.settings)) };
  await writeFile(places.settings, JSON.stringify(settings, undefined, 2));
  const env = environment(places, options.env);
  const common = ['--config', places.config, '--user-data-dir', places.user, '--extensions-dir', places.extensions];
  for (const extension of options.extensions ?? []) {
    await promisify(execFile)(process.execPath, [codeServerEntry, ...common, '--install-extension', extension], {
      env,
      timeout: 120_000,
    });
  }
  const port = await freePort();
  const args = [...common, '--bind-addr', `127.0.0.1:${port}`, ...quietFlags, ...(options.args ?? [])];
  const output = openSync(places.log, 'a');
  const child = spawn(process.execPath, [codeServerEntry, ...args], {
    env,
    stdio: ['ignore', output, output],
    detached: true,
  });
  closeSync(output);
  const disposeGuard = endWithThisProcess(child);
  const log = () => readFile(places.log, 'utf8');
  const origin = `http://127.0.0.1:${port}`;
  const stop = async () => {
    await endGroup(child);
    disposeGuard();
    if (!options.directory) await rm(directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  };
  try {
    await until(() => isHealthy(origin, child), { what: 'an answer of code-server', timeoutMs: 60_000 });
  } catch (error) {
    const said = (await log()).slice(-3000);
    await stop();
    throw new Error(`code-server did not start.\n${said}`, { cause: error });
  }
  return {
    origin,
    home: env.HOME ?? places.home,
    urlOf(folder, payload) {
      const query = new URLSearchParams({ folder });
      if (payload) query.set('payload', JSON.stringify(payload));
      return `${origin}/?${query}`;
    },
    log,
    stop,
  };
}

/** What a person changed in a directory that is kept. */
async function keptSettings(path: string): Promise<Settings> {
  if (!existsSync(path)) return {};
  return json5.parse(await readFile(path, 'utf8'));
}

const quietFlags = [
  '--auth=none',
  '--disable-telemetry',
  '--disable-update-check',
  '--disable-workspace-trust',
  '--disable-getting-started-override',
  '--disable-proxy',
  '--reconnection-grace-time=1',
];

interface Places {
  config: string;
  user: string;
  settings: string;
  extensions: string;
  home: string;
  temporary: string;
  log: string;
}

async function prepare(directory: string): Promise<Places> {
  const places: Places = {
    config: join(directory, 'config.yaml'),
    user: join(directory, 'user'),
    settings: join(directory, 'user', 'User', 'settings.json'),
    extensions: join(directory, 'extensions'),
    home: join(directory, 'home'),
    temporary: join(directory, 'tmp'),
    log: join(directory, 'server.log'),
  };
  for (const path of [join(places.user, 'User'), places.extensions, places.home, places.temporary]) {
    await mkdir(path, { recursive: true });
  }
  await writeFile(places.config, 'auth: none\ncert: false\n');
  return places;
}

/** An empty home; a gallery without address, so that nothing is looked up. */
function environment(places: Places, extra: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  return {
    HOME: places.home,
    PATH: process.env.PATH,
    LANG: 'C.UTF-8',
    SHELL: '/bin/sh',
    TMPDIR: places.temporary,
    EXTENSIONS_GALLERY: '{}',
    ...extra,
  };
}

async function isHealthy(origin: string, child: ChildProcess): Promise<boolean> {
  if (child.exitCode !== null) throw new Error(`It ended with code ${child.exitCode}.`);
  try {
    return (await fetch(`${origin}/healthz`)).ok;
  } catch {
    // Not listening yet.
    return false;
  }
}

/** The server leads a process group of its own; it must also go when this process ends early. */
function endWithThisProcess(child: ChildProcess): () => void {
  const kill = () => signalGroup(child, 'SIGKILL');
  const onSignal = (signal: NodeJS.Signals) => {
    // Another listener decides when this process ends, and stops the server itself.
    if (process.listenerCount(signal) === 1) process.exit(128 + constants.signals[signal]);
  };
  process.once('exit', kill);
  for (const signal of endingSignals) process.on(signal, onSignal);
  return () => {
    process.off('exit', kill);
    for (const signal of endingSignals) process.off(signal, onSignal);
  };
}

const endingSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

async function endGroup(child: ChildProcess): Promise<void> {
  const ended = new Promise<void>((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) resolve();
    else child.once('exit', () => resolve());
  });
  signalGroup(child, 'SIGTERM');
  await Promise.race([ended, delay(5000, undefined, { ref: false })]);
  signalGroup(child, 'SIGKILL');
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch (error) {
    // ESRCH: every process of the group has ended already.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** A loopback port that was free a moment ago. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      const port = typeof address === 'object' && address ? address.port : 0;
      probe.close(() => resolve(port));
    });
  });
}
