import { type ModuleRule, quoted } from './input.ts';
import { namesInModule } from './names-in-module.ts';

export const nameNotNfc: ModuleRule = {
  id: 'name-not-nfc',
  severity: 'error',
  check(input, report) {
    for (const { at, what, source } of namesInModule(input)) {
      if (source.normalize('NFC') === source) continue;
      report({
        at,
        message: `The ${what} name ${quoted(source)} is written with combining characters, which the database refuses. Write it as ${quoted(source.normalize('NFC'))} in Unicode form NFC.`,
      });
    }
  },
};
