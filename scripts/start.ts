/**
 * `npm start`: opens VS Code with the extension on a chat module. The desktop VS Code where `code` is on PATH, else
 * code-server in the browser, in the foreground until Ctrl+C. `--check` ends with 0 as soon as its address answers;
 * `--browser` uses code-server although there is a desktop VS Code.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { ensureCodeServer } from '../test/vscode/code-server.ts';
import { startCodeServer } from '../test/vscode/server.ts';
import { build } from './build.ts';
import { packageExtension } from './package.ts';
import { root, workDirectory } from './paths.ts';
import { ensureSample } from './sample.ts';

/** Whether `code` is a desktop VS Code. In VS Code's own remote terminals the name means another, smaller program. */
function hasDesktopCode(): boolean {
  if (process.env.VSCODE_IPC_HOOK_CLI) return false;
  return spawnSync('code', ['--version'], { shell: process.platform === 'win32', stdio: 'ignore' }).status === 0;
}

async function startDesktop(folder: string): Promise<number> {
  await build({ minify: false });
  console.log('Opening VS Code with the extension. Try "SpacetimeDB: Publish Module" in its command palette.');
  const args = [`--extensionDevelopmentPath=${root}`, folder];
  return spawnSync('code', args, { shell: process.platform === 'win32', stdio: 'inherit' }).status ?? 1;
}

async function startInBrowser(folder: string, isCheck: boolean): Promise<number> {
  const vsix = await packageExtension({ universal: false });
  await ensureCodeServer();
  const server = await startCodeServer({
    extensions: [vsix],
    directory: join(workDirectory, 'start'),
    // A person's own home and tools, not the empty ones of the tests.
    env: { ...process.env, TMPDIR: process.env.TMPDIR },
  });
  try {
    const address = server.urlOf(folder);
    console.log('\nTry "SpacetimeDB: Publish Module" in the command palette (F1). Ctrl+C stops.');
    console.log(`Open ${address}`);
    if (isCheck) return (await fetch(address)).ok ? 0 : 1;
    await interrupted();
    return 0;
  } finally {
    await server.stop();
  }
}

/** Resolves at the first Ctrl+C or the like. Later ones are ignored: stopping is under way and takes a moment. */
function interrupted(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => resolve());
  });
}

const isCheck = process.argv.includes('--check');
try {
  const folder = await ensureSample();
  const inBrowser = isCheck || process.argv.includes('--browser') || !hasDesktopCode();
  process.exit(await (inBrowser ? startInBrowser(folder, isCheck) : startDesktop(folder)));
} catch (error) {
  console.error(`VS Code was not started: ${error instanceof Error ? error.message : error}`);
  process.exit(1);
}
