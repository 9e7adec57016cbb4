import { isInteger } from '../algebraic-type.ts';
import { formatType } from '../type-text.ts';
import { knownType, type ModuleRule, quoted } from './input.ts';

export const autoIncNotInteger: ModuleRule = {
  id: 'auto-inc-not-integer',
  severity: 'error',
  check({ raw, tables }, report) {
    for (const table of tables) {
      for (const { column: position } of raw.tables[table.position]?.sequences ?? []) {
        const column = table.columns[position];
        const type = knownType(column?.type, raw.typespace);
        if (!column || !type || isInteger(type)) continue;
        report({
          at: ['tables', table.position, 'columns', position, 'autoInc'],
          message: `Column ${quoted(column.accessor)} cannot count up by itself: its type is ${formatType(type, raw.typespace)}, and only integers have a next value. Remove autoInc, or make the column an integer such as u64.`,
        });
      }
    }
  },
};
