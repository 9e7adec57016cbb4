/**
 * Bundles every program into `dist/`: `npm run build [-- --watch] [-- --minify]`.
 * Each Node bundle is CommonJS and stands beside the others, so that they find each other at run time.
 */
import { chmod, cp, mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type BuildOptions, context, type Plugin } from 'esbuild';
import { distDirectory, root } from './paths.ts';

const grammars = ['tree-sitter-typescript.wasm', 'tree-sitter-tsx.wasm'];
/** Bundles that run as commands. */
const programs = ['spacetime', 'language-server'];

export interface BuildFlags {
  minify: boolean;
}

/** Builds once into an emptied `dist/`. Rejects after the errors are printed. */
export async function build(flags: BuildFlags): Promise<void> {
  await rm(distDirectory, { recursive: true, force: true });
  await copyGrammars();
  for (const options of await bundles(flags)) {
    const bundle = await context(options);
    try {
      await bundle.rebuild();
    } finally {
      await bundle.dispose();
    }
  }
  await markPrograms();
}

/** Builds, then again on each change, until the process ends. Prints lines that `.vscode/tasks.json` waits for. */
async function watch(flags: BuildFlags): Promise<void> {
  await copyGrammars();
  const plugin = announce();
  const watched = await Promise.all(
    (await bundles(flags)).map((options) => context({ ...options, plugins: [plugin] })),
  );
  await Promise.all(watched.map((bundle) => bundle.watch()));
}

/** One plugin for every bundle: several are built at once, and the debugger may start only when all are there. */
function announce(): Plugin {
  let building = 0;
  return {
    name: 'announce',
    setup(build) {
      build.onStart(() => {
        if (building++ === 0) console.log('[watch] build started');
      });
      build.onEnd(async () => {
        building--;
        await markPrograms();
        if (building === 0) console.log('[watch] all bundles built');
      });
    },
  };
}

async function bundles(flags: BuildFlags): Promise<BuildOptions[]> {
  const common = {
    absWorkingDir: root,
    bundle: true,
    outdir: distDirectory,
    // What is packaged goes without: the maps are larger than the programs.
    sourcemap: !flags.minify,
    minify: flags.minify,
    // Class names show in errors and logs.
    keepNames: true,
    logLevel: 'warning',
    legalComments: 'none',
  } satisfies BuildOptions;
  const node = {
    ...common,
    platform: 'node',
    format: 'cjs',
    target: 'node22',
    mainFields: ['module', 'main'],
    outExtension: { '.js': '.cjs' },
    external: ['vscode', 'esbuild'],
    // `import.meta` does not exist in CommonJS.
    define: {
      'import.meta.url': 'importMetaUrl',
      'import.meta.dirname': '__dirname',
      'import.meta.filename': '__filename',
    },
  } satisfies BuildOptions;
  const importMeta = 'const importMetaUrl = require("node:url").pathToFileURL(__filename).href;';
  return [
    {
      ...node,
      entryPoints: { extension: 'extension/main.ts', 'database-worker': 'standalone/database/worker.ts' },
      banner: { js: importMeta },
    },
    {
      ...node,
      entryPoints: { spacetime: 'standalone/main.ts', 'language-server': 'language-server/main.ts' },
      // Their sources begin with the line that makes them commands.
      banner: { js: importMeta },
    },
    {
      ...common,
      platform: 'browser',
      format: 'iife',
      target: 'es2022',
      jsx: 'automatic',
      jsxImportSource: 'preact',
      entryPoints: await panels(),
    },
  ];
}

/** Every folder of `webviews/` with a `main.tsx` is a panel. */
async function panels(): Promise<Record<string, string>> {
  const files = await readdir(join(root, 'webviews'), { recursive: true });
  const entries = files.filter((file) => /^[^/\\]+[/\\]main\.tsx$/.test(file));
  if (entries.length === 0) throw new Error('webviews/ has no panel: no folder there has a main.tsx.');
  return Object.fromEntries(
    entries.map((file) => [`webviews/${file.split(/[/\\]/)[0]}`, join('webviews', file)] as const),
  );
}

async function copyGrammars(): Promise<void> {
  const target = join(distDirectory, 'tree-sitter');
  await mkdir(target, { recursive: true });
  const modules = join(root, 'node_modules');
  await cp(join(modules, 'web-tree-sitter/web-tree-sitter.wasm'), join(target, 'web-tree-sitter.wasm'));
  for (const grammar of grammars) {
    await cp(join(modules, '@vscode/tree-sitter-wasm/wasm', grammar), join(target, grammar));
  }
}

async function markPrograms(): Promise<void> {
  for (const name of programs) {
    await chmod(join(distDirectory, `${name}.cjs`), 0o755).catch((error: NodeJS.ErrnoException) => {
      // While watching, one of the bundles can be finished before the other exists.
      if (error.code !== 'ENOENT') throw error;
    });
  }
}

if (import.meta.main) {
  const flags = { minify: process.argv.includes('--minify') };
  try {
    await (process.argv.includes('--watch') ? watch(flags) : build(flags));
  } catch (error) {
    console.error(`The build failed: ${error instanceof Error ? error.message : error}`);
    process.exit(1);
  }
}
