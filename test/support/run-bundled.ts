/**
 * Runs a TypeScript program that imports generated bindings. Those import each other without file extensions, which
 * bundlers understand and Node does not, so the program is bundled first.
 * Usage: node test/support/run-bundled.ts <program.ts> [arguments]
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { build, type Plugin } from 'esbuild';
import { repository } from './standalone.ts';

/** Files find each other relative to where they were written, not relative to the bundle. */
const keepOwnDirectory: Plugin = {
  name: 'keep-own-directory',
  setup(build) {
    build.onLoad({ filter: /\/(test|scripts)\/.*\.ts$/ }, async (file) => {
      const text = await readFile(file.path, 'utf8');
      return {
        loader: 'ts',
        contents: text.replaceAll('import.meta.dirname', JSON.stringify(path.dirname(file.path))),
      };
    });
  },
};

/** Bundles a program to `.work/programs/` and returns the path of the result. */
export async function bundleProgram(entry: string): Promise<string> {
  const name = path.relative(repository, path.resolve(entry)).replaceAll(/[^\w.-]+/g, '-');
  const outfile = path.join(repository, '.work/programs', `${name.replace(/\.ts$/, '')}.mjs`);
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node22',
    packages: 'external',
    sourcemap: 'inline',
    plugins: [keepOwnDirectory],
    logLevel: 'warning',
  });
  return outfile;
}

if (import.meta.main) {
  const [entry, ...rest] = process.argv.slice(2);
  if (entry === undefined) throw new Error('Name the program to run.');
  const bundled = await bundleProgram(entry);
  process.argv = [process.execPath, bundled, ...rest];
  await import(pathToFileURL(bundled).href);
}
