/** Bundle text to module definition, for `build`, `generate` and `publish`. */
import type { RawModuleDef } from '../../schema/raw-module-def.ts';
import { decodeRawModuleDef } from '../../schema/raw-module-def-codec.ts';
import type { Result } from '../../schema/result.ts';
import { loadModule } from './instance.ts';
import type { CallContext } from './syscalls/call-context.ts';

/** Nothing is there yet: what a module may use while it loads. */
export const loadingContext = (log: CallContext['log'] = () => undefined): CallContext => ({
  catalog: undefined,
  transaction: undefined,
  databaseIdentity: 0n,
  functionName: undefined,
  fault: undefined,
  jwtPayload: () => '',
  log,
  scheduleImmediate: () => undefined,
});

/**
 * Runs a bundle in the sandbox and asks it for its definition. A module that loops is stopped after 10 s.
 * `log` gets what the module prints while it loads.
 */
export async function describeBundle(bundleText: string, log?: CallContext['log']): Promise<Result<RawModuleDef>> {
  const loaded = await loadModule(bundleText, loadingContext(log));
  return loaded.ok ? decodeRawModuleDef(loaded.value.definition) : loaded;
}
