import { decodeValue } from '../bsatn.ts';
import { formatType } from '../type-text.ts';
import { knownType, type ModuleRule, quoted } from './input.ts';

export const defaultTypeMismatch: ModuleRule = {
  id: 'default-type-mismatch',
  severity: 'error',
  check({ raw, tables }, report) {
    for (const table of tables) {
      for (const { column: position, value } of raw.tables[table.position]?.defaultValues ?? []) {
        const column = table.columns[position];
        if (!column || !knownType(column.type, raw.typespace)) continue;
        if (decodeValue(column.type, value, raw.typespace).ok) continue;
        report({
          at: ['tables', table.position, 'columns', position, 'default'],
          message: `The default of column ${quoted(column.accessor)} is not a value of its type ${formatType(column.type, raw.typespace)}. Give a value of that type.`,
        });
      }
    }
  },
};
