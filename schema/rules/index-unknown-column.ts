import { type ModuleRule, quoted, quotedList } from './input.ts';

export const indexUnknownColumn: ModuleRule = {
  id: 'index-unknown-column',
  severity: 'error',
  check({ raw }, report) {
    for (const { at, table, column, known } of raw.sourceFacts?.unknownIndexColumns ?? []) {
      const near = known.find(
        (name) => name.toLowerCase().replace(/_/g, '') === column.toLowerCase().replace(/_/g, ''),
      );
      const advice = near ? `Did you mean ${quoted(near)}?` : `Its columns are ${quotedList(known)}.`;
      report({ at, message: `Table ${quoted(table)} has no column ${quoted(column)} to index. ${advice}` });
    }
    raw.tables.forEach((table, i) => {
      const row = raw.typespace[table.productTypeRef];
      if (row?.tag !== 'Product') return;
      table.indexes.forEach((index, k) => {
        const positions = index.algorithm.tag === 'Direct' ? [index.algorithm.column] : index.algorithm.columns;
        positions.forEach((position, n) => {
          if (position < row.elements.length) return;
          const message = `An index of table ${quoted(table.sourceName)} names column number ${position}, but the table has ${row.elements.length}.`;
          report({ at: ['tables', i, 'indexes', k, 'columns', n], message });
        });
      });
    });
  },
};
