/**
 * Makes a VSIX: `npm run package` for this platform, `npm run package -- --universal` for any.
 * The last line printed is the path of the VSIX.
 */

import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, join } from 'node:path';
import { createVSIX } from '@vscode/vsce';
import { build } from './build.ts';
import { distDirectory, root } from './paths.ts';

const targets = [
  'linux-x64',
  'linux-arm64',
  'linux-armhf',
  'alpine-x64',
  'alpine-arm64',
  'darwin-x64',
  'darwin-arm64',
  'win32-x64',
  'win32-arm64',
];

/** Builds minified bundles and packs them; resolves to the path of the VSIX. */
export async function packageExtension(options: { universal: boolean }): Promise<string> {
  const target = options.universal ? undefined : thisPlatform();
  await build({ minify: true });
  await (target ? copyNativeBundler() : copyPortableBundler());
  const require = createRequire(import.meta.url);
  const { name, version } = require('../package.json') as { name: string; version: string };
  const packagePath = join(root, `${name}-${target ?? 'universal'}-${version}.vsix`);
  await createVSIX({
    cwd: root,
    packagePath,
    dependencies: false,
    allowMissingRepository: true,
    rewriteRelativeLinks: false,
    ...(target ? { target } : {}),
  });
  return packagePath;
}

function thisPlatform(): string {
  const target = `${process.platform}-${process.arch === 'arm' ? 'armhf' : process.arch}`;
  if (!targets.includes(target)) {
    throw new Error(`VS Code has no platform ${target}. Make the universal one: npm run package -- --universal`);
  }
  return target;
}

/** esbuild's JavaScript API looks for its binary in the package of the platform, which need no install script. */
async function copyNativeBundler(): Promise<void> {
  const platformPackage = `@esbuild/${process.platform}-${process.arch}`;
  await copyPackage('esbuild', 'esbuild', ['package.json', 'lib/main.js', 'LICENSE.md']);
  const binary = process.platform === 'win32' ? 'esbuild.exe' : 'bin/esbuild';
  await copyPackage(platformPackage, platformPackage, ['package.json', binary]);
}

/** The WebAssembly esbuild has the same API; it takes the place of the native one. */
async function copyPortableBundler(): Promise<void> {
  const files = ['package.json', 'lib/main.js', 'bin/esbuild', 'esbuild.wasm', 'wasm_exec.js', 'wasm_exec_node.js'];
  await copyPackage('esbuild-wasm', 'esbuild', [...files, 'LICENSE.md']);
  await useOwnNode(join(distDirectory, 'node_modules', 'esbuild', 'lib', 'main.js'));
}

/** Its API starts a program named `node`, which a machine with only VS Code does not have: use the Node that runs us. */
async function useOwnNode(apiFile: string): Promise<void> {
  const started = '["node", [path2.join(__dirname, "..", "bin", "esbuild")]]';
  const text = await readFile(apiFile, 'utf8');
  if (!text.includes(started)) throw new Error('esbuild-wasm starts its program in a new way: look at lib/main.js.');
  await writeFile(apiFile, text.replace(started, started.replace('"node"', 'process.execPath')));
}

async function copyPackage(name: string, as: string, files: string[]): Promise<void> {
  for (const file of files) {
    const target = join(distDirectory, 'node_modules', as, file);
    await mkdir(join(target, '..'), { recursive: true });
    await cp(join(root, 'node_modules', name, file), target);
  }
}

if (import.meta.main) {
  try {
    const path = await packageExtension({ universal: process.argv.includes('--universal') });
    console.log(`Install it with: code --install-extension ${basename(path)}`);
    console.log(path);
  } catch (error) {
    console.error(`The VSIX was not made: ${error instanceof Error ? error.message : error}`);
    process.exit(1);
  }
}
