/**
 * Installs a VS Code that comes from npm alone: code-server, with its own dependencies. Once per version, into
 * `.work/vscode`. About half a minute with a filled npm cache, 200 MB after pruning.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { glob, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { workDirectory } from '../../scripts/paths.ts';

const version = '4.139.1';
/** Raised when the recipe below changes, so that older installs are made again. */
const recipe = 2;
const directory = join(workDirectory, 'vscode');
const codeServer = join(directory, 'node_modules', 'code-server');
/** The VS Code server inside code-server, a package with its own dependencies. */
const vscode = join(codeServer, 'lib', 'vscode');

/** code-server's main file, run with the same Node as this process. */
export const codeServerEntry = join(codeServer, 'out', 'node', 'entry.js');

/** Installs code-server unless it is there. Throws with the reason when npm fails. */
export async function ensureCodeServer(): Promise<void> {
  const stampFile = join(directory, '.installed');
  const stamp = `code-server ${version}, recipe ${recipe}, node ${process.versions.modules}`;
  if (existsSync(stampFile) && (await readFile(stampFile, 'utf8')) === stamp) return;
  console.log(`Installing code-server ${version} (VS Code from npm)`);
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, 'package.json'), '{ "name": "vscode-for-tests", "private": true }\n');
  npm(directory, 'install', '--ignore-scripts', '--save-exact', `code-server@${version}`);
  // code-server's own install script, by hand. Not `npm ci`: the lock file that it ships is out of sync.
  npm(vscode, 'install', '--omit=dev', '--ignore-scripts');
  // The built-in TypeScript extension needs its compiler, or it greets with an error.
  npm(join(vscode, 'extensions'), 'install', '--omit=dev', '--ignore-scripts');
  // Without spdlog the extension host cannot write its logs. The rest ships prebuilt or is not needed.
  npm(vscode, 'rebuild', '@vscode/spdlog', '@vscode/native-watchdog');
  await prune();
  await writeFile(stampFile, stamp);
}

function npm(cwd: string, ...args: string[]): void {
  const { status, error } = spawnSync('npm', [...args, '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd,
    env: environmentForNpm(),
    stdio: ['ignore', 2, 2],
  });
  if (status !== 0) {
    throw new Error(`npm ${args.join(' ')} failed${error ? `: ${error.message}` : ''}. code-server is not installed.`);
  }
}

/** Native modules must be compiled against the Node that will run them, whatever the machine's npm settings say. */
function environmentForNpm(): NodeJS.ProcessEnv {
  const prefix = dirname(dirname(process.execPath));
  const headers = existsSync(join(prefix, 'include', 'node', 'node.h')) ? { npm_config_nodedir: prefix } : {};
  return { ...process.env, PATH: `${dirname(process.execPath)}${delimiter}${process.env.PATH ?? ''}`, ...headers };
}

/** Removes what these tests do not need: sign-in, Copilot, source maps, other platforms' binaries. */
async function prune(): Promise<void> {
  const unneeded = [
    'node_modules/@github',
    'node_modules/@microsoft/mxc-sdk',
    'extensions/{copilot,mermaid-markdown-features,microsoft-authentication,github-authentication,github,tunnel-forwarding}',
    'extensions/ms-vscode.*',
    '**/*.map',
  ];
  const isThisPlatform = (path: string) => path.endsWith(`${process.platform}-${process.arch}`);
  for (const pattern of unneeded) {
    for await (const path of glob(pattern, { cwd: vscode }))
      await rm(join(vscode, path), { recursive: true, force: true });
  }
  for await (const path of glob('**/{prebuilds,ripgrep-universal/bin}/*', { cwd: vscode })) {
    if (!isThisPlatform(path)) await rm(join(vscode, path), { recursive: true, force: true });
  }
}
