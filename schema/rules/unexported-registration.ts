import { type ModuleRule, quoted } from './input.ts';

export const unexportedRegistration: ModuleRule = {
  id: 'unexported-registration',
  severity: 'warning',
  acceptedByHost: true,
  check({ raw }, report) {
    for (const { at, kind, name, schedules } of raw.sourceFacts?.unexportedRegistrations ?? []) {
      // A schedule target has a rule of its own.
      if (schedules !== undefined) continue;
      report({
        at,
        message:
          name === undefined
            ? `The value of this ${kind}() is not exported, so the module will not have it. Write \`export const name = \` before it.`
            : `${quoted(name)} is not exported by the entry file, so the module will not have this ${kind}. Export it.`,
      });
    }
  },
};
