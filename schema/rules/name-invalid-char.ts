import { identifierProblem } from '../names.ts';
import { type ModuleRule, quoted } from './input.ts';
import { namesInModule } from './names-in-module.ts';

export const nameInvalidChar: ModuleRule = {
  id: 'name-invalid-char',
  severity: 'error',
  check(input, report) {
    for (const { at, what, source, canonical } of namesInModule(input)) {
      // Empty names and names outside NFC have rules of their own.
      if (canonical === '' || source.normalize('NFC') !== source) continue;
      const wrong = [source, canonical].find((name) => identifierProblem(name) !== undefined);
      if (wrong === undefined) continue;
      const made = wrong === source ? '' : `, which is the ${what} ${quoted(source)} in the database,`;
      report({
        at,
        message: `The ${what} name ${quoted(wrong)}${made} ${identifierProblem(wrong)}. Begin with a letter or _, and continue with letters, digits and _.`,
      });
    }
  },
};
