import type { AlgebraicType } from '../algebraic-type.ts';
import { formatType } from '../type-text.ts';
import { type ModuleRule, quoted } from './input.ts';

export const scheduleFunctionParams: ModuleRule = {
  id: 'schedule-function-params',
  severity: 'error',
  check({ raw, module, functions }, report) {
    raw.schedules.forEach(({ tableName, functionName }) => {
      const table = raw.tables.find((def) => def.sourceName === tableName);
      const target = functions.find((fn) => fn.kind !== 'view' && fn.sourceName === functionName);
      if (!table || !target) return;
      const [only] = target.params;
      const known = target.params.every(({ type }) => type.tag !== 'Ref' || raw.typespace[type.ref] !== undefined);
      if (!known || (target.params.length === 1 && only && isRow(only.type, table.productTypeRef))) return;
      const takes = target.params.map(({ type }) => formatType(type, raw.typespace, module.types)).join(', ');
      report({
        at: [...target.at, 'params'],
        message: `${quoted(functionName)} is called with the row of ${quoted(tableName)} that came due, so it must take exactly that row; it takes (${takes}). Make its parameters { row: ${tableName}.rowType }.`,
      });
    });
  },
};

const isRow = (type: AlgebraicType, ref: number): boolean => type.tag === 'Ref' && type.ref === ref;
