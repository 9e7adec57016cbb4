import { type ModuleRule, quoted } from './input.ts';
import { namesInModule } from './names-in-module.ts';

export const nameEmptyAfterConversion: ModuleRule = {
  id: 'name-empty-after-conversion',
  severity: 'error',
  check(input, report) {
    for (const { at, what, source, canonical } of namesInModule(input)) {
      if (canonical !== '') continue;
      const why = source === '' ? 'has no name' : `${quoted(source)} has nothing but separators for a name`;
      report({
        at,
        message: `The ${what} ${why}, so nothing is left of it in the database. Choose a name with a letter.`,
      });
    }
  },
};
