import { type ModuleRule, quoted } from './input.ts';

export const scheduleFunctionNotExported: ModuleRule = {
  id: 'schedule-function-not-exported',
  severity: 'error',
  check({ raw }, report) {
    for (const { at, name, schedules } of raw.sourceFacts?.unexportedRegistrations ?? []) {
      if (schedules === undefined) continue;
      report({
        at,
        message: `${name === undefined ? 'This function' : quoted(name)} is scheduled by table ${quoted(schedules)} but not exported by the entry file, so its timers never fire. Export it.`,
      });
    }
  },
};
