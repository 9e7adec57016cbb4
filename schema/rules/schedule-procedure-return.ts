import { formatType } from '../type-text.ts';
import { knownType, type ModuleRule, quoted } from './input.ts';

export const scheduleProcedureReturn: ModuleRule = {
  id: 'schedule-procedure-return',
  severity: 'error',
  check({ raw, module }, report) {
    const scheduled = new Set(raw.schedules.map((schedule) => schedule.functionName));
    raw.procedures.forEach((procedure, i) => {
      const type = knownType(procedure.returnType, raw.typespace);
      if (!scheduled.has(procedure.sourceName) || !type) return;
      if (type.tag === 'Product' && type.elements.length === 0) return;
      report({
        at: ['procedures', i, 'returns'],
        message: `The scheduled procedure ${quoted(procedure.sourceName)} returns ${formatType(procedure.returnType, raw.typespace, module.types)}, but nobody is there to take it. Return t.unit().`,
      });
    });
  },
};
