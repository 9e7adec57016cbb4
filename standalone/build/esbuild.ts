/**
 * The one place that decides which bundler runs. `esbuild` is resolved when it is needed: native esbuild in packages
 * for one platform and in the source tree, esbuild-wasm under the same name in the universal package.
 */
import type * as Esbuild from 'esbuild';

export type { BuildFailure, Message, Metafile } from 'esbuild';

/** Fails with a message for people when neither variant can be loaded. */
export async function loadEsbuild(): Promise<typeof Esbuild> {
  try {
    return await import('esbuild');
  } catch (cause) {
    throw new Error(
      'The bundler esbuild could not be loaded, so modules cannot be built. ' +
        'Install the extension again, in the variant for this platform or the universal one.',
      { cause },
    );
  }
}
