/**
 * Bundle text to a script that runs in a bare context: the ES module becomes CommonJS (so the imports of
 * `spacetime:sys` become calls that the prelude answers), `using` is written out for engines that lack it, and the
 * source map goes on. No experimental flag is needed, which matters where Electron is the engine.
 */
import vm from 'node:vm';
import { fail, ok, type Result } from '../../schema/result.ts';
import { loadEsbuild } from '../build/esbuild.ts';
import { moduleScriptName } from './stack-trace.ts';

/** What compiling needs, so that another thread can do it again without the bundler. */
export interface BundleText {
  code: string;
  /** JSON of the source map from the script to the module's sources. */
  sourceMap: string;
}

export interface CompiledBundle extends BundleText {
  script: vm.Script;
}

/** The first and last line of the function that the bundle becomes the body of; on the first line, not before it. */
const before = '(function (exports, require, module) {';
const after = '\n})';

/** Compiles a bundle. Fails with a text for the developer when the text is no such bundle. */
export async function compileBundle(bundle: string): Promise<Result<CompiledBundle>> {
  const transformed = await transformBundle(bundle);
  return transformed.ok ? compileText(transformed.value) : transformed;
}

/** Compiles what `compileBundle` has compiled before. */
export function compileText(text: BundleText): Result<CompiledBundle> {
  try {
    const script = new vm.Script(before + text.code + after, {
      filename: moduleScriptName,
      columnOffset: -before.length,
    });
    return ok({ ...text, script });
  } catch (error) {
    return fail(`The module could not be compiled: ${error instanceof Error ? error.message : String(error)}`);
  }
}

async function transformBundle(bundle: string): Promise<Result<BundleText>> {
  const esbuild = await loadEsbuild();
  try {
    const { code, map } = await esbuild.transform(bundle, {
      format: 'cjs',
      target: 'es2022',
      platform: 'neutral',
      sourcemap: 'external',
      sourcesContent: false,
      sourcefile: moduleScriptName,
      logLevel: 'silent',
    });
    return ok({ code, sourceMap: map });
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    if (text.includes('Top-level await')) return fail('module has top-level await and is pending');
    return fail(`The program is not a JavaScript module: ${text}`);
  }
}
