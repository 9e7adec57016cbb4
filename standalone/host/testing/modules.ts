/** Modules for tests: the fixtures, and modules written in a string. */
import { fileURLToPath } from 'node:url';
import { bundleModule } from '../../build/bundle.ts';
import { loadEsbuild } from '../../build/esbuild.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));

/** Bundle text of a fixture module. */
export async function fixtureBundle(name: 'chat' | 'accounts'): Promise<string> {
  const directory = `${root}test/fixtures/${name}/spacetimedb`;
  const bundle = await bundleModule({ directory, debug: false });
  if (!bundle.ok) throw new Error(bundle.problems.map((problem) => problem.message).join('\n'));
  return bundle.text;
}

/** Bundle text of a module whose entry file is `source`. */
export async function bundleSource(source: string): Promise<string> {
  const esbuild = await loadEsbuild();
  const { outputFiles } = await esbuild.build({
    stdin: { contents: source, resolveDir: root, sourcefile: 'src/index.ts', loader: 'ts' },
    absWorkingDir: root,
    outfile: 'dist/bundle.js',
    bundle: true,
    write: false,
    format: 'esm',
    target: 'esnext',
    platform: 'neutral',
    mainFields: ['browser', 'module', 'main'],
    conditions: ['production'],
    external: ['spacetime:sys*'],
    define: { 'process.env.NODE_ENV': '"production"' },
    sourcemap: 'inline',
    logLevel: 'silent',
  });
  return outputFiles[0]?.text ?? '';
}
