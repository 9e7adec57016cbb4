import { type ModuleRule, quoted } from './input.ts';

export const lifecycleInSubmodule: ModuleRule = {
  id: 'lifecycle-in-submodule',
  severity: 'error',
  check({ raw }, report) {
    raw.submodules.forEach(({ namespace, module }, i) => {
      for (const k of module.lifecycleReducers.keys()) {
        report({
          at: ['submodules', i, 'module', 'lifecycleReducers', k],
          message: `${quoted(module.lifecycleReducers[k]?.functionName ?? '')} in submodule ${quoted(namespace)} handles a lifecycle event, which only the main module may. Call it from the main module's handler instead.`,
        });
      }
    });
  },
};
