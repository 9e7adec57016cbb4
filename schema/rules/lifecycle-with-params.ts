import { type ModuleRule, quoted } from './input.ts';

export const lifecycleWithParams: ModuleRule = {
  id: 'lifecycle-with-params',
  severity: 'error',
  acceptedByHost: true,
  check({ raw }, report) {
    const hooks = new Set(raw.lifecycleReducers.map((hook) => hook.functionName));
    raw.reducers.forEach((reducer, i) => {
      if (!hooks.has(reducer.sourceName) || reducer.params.length === 0) return;
      report({
        at: ['reducers', i, 'params', 0],
        message: `${quoted(reducer.sourceName)} handles a lifecycle event, and the database calls it without arguments, so every call would fail. Remove the parameters.`,
      });
    });
  },
};
