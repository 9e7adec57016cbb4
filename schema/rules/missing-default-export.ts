import type { ModuleRule } from './input.ts';

export const missingDefaultExport: ModuleRule = {
  id: 'missing-default-export',
  severity: 'error',
  check({ raw }, report) {
    if (raw.sourceFacts?.hasDefaultExport !== false) return;
    report({
      at: ['schema'],
      message:
        'The entry file does not export this schema as its default, so the module cannot be loaded. Add `export default` with the value of schema().',
    });
  },
};
