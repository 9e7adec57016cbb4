import { type ModuleRule, quoted } from './input.ts';

export const unreachableFromEntry: ModuleRule = {
  id: 'unreachable-from-entry',
  severity: 'warning',
  acceptedByHost: true,
  check({ raw }, report) {
    for (const { at, name, file } of raw.sourceFacts?.unreachableRegistrations ?? []) {
      report({
        at,
        message: `The entry file never reaches ${quoted(name)}, so the module will not have it. Add \`export * from '${file}'\` to the entry file.`,
      });
    }
  },
};
