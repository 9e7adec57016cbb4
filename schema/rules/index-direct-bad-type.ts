import type { AlgebraicType, Typespace } from '../algebraic-type.ts';
import { formatType } from '../type-text.ts';
import { isPlainEnum, knownType, type ModuleRule, quoted } from './input.ts';

const direct: ReadonlySet<string> = new Set(['U8', 'U16', 'U32', 'U64']);
const fits = (type: AlgebraicType, typespace: Typespace): boolean =>
  direct.has(type.tag) || isPlainEnum(type, typespace);

export const indexDirectBadType: ModuleRule = {
  id: 'index-direct-bad-type',
  severity: 'error',
  check({ raw, tables }, report) {
    for (const table of tables) {
      for (const [k, index] of table.indexes.entries()) {
        const column = index.algorithm === 'Direct' ? table.columns[index.columns[0] ?? -1] : undefined;
        const type = knownType(column?.type, raw.typespace);
        if (!column || !type || fits(type, raw.typespace)) continue;
        report({
          at: ['tables', table.position, 'indexes', k, 'algorithm'],
          message: `A direct index cannot hold ${quoted(column.accessor)}: it uses the value as a position, so it needs u8, u16, u32, u64 or an enum without payloads, not ${formatType(type, raw.typespace)}. Use 'btree'.`,
        });
      }
    }
  },
};
