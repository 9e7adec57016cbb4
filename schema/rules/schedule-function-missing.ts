import { type ModuleRule, quoted } from './input.ts';

export const scheduleFunctionMissing: ModuleRule = {
  id: 'schedule-function-missing',
  severity: 'error',
  check({ raw, functions }, report) {
    const targets = new Set(functions.filter((fn) => fn.kind !== 'view').map((fn) => fn.sourceName));
    raw.schedules.forEach(({ tableName, functionName }, i) => {
      if (targets.has(functionName)) return;
      report({
        at: ['schedules', i],
        message: `The rows of ${quoted(tableName)} are timers of ${quoted(functionName)}, but the module has no reducer or procedure of that name. Name an existing one.`,
      });
    });
  },
};
