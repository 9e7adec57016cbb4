import { type ModuleRule, quoted, quotedList } from './input.ts';

export const pkMultiple: ModuleRule = {
  id: 'pk-multiple',
  severity: 'error',
  check({ raw, tables }, report) {
    for (const table of tables) {
      const [first, ...others] = raw.tables[table.position]?.primaryKey ?? [];
      if (first === undefined || others.length === 0) continue;
      const name = (position: number): string => table.columns[position]?.accessor ?? `${position}`;
      const at = (position: number) => ['tables', table.position, 'columns', position, 'primaryKey'];
      for (const position of others) {
        report({
          at: at(position),
          message: `Table ${quoted(table.accessor)} has more than one primary key (${quotedList([first, ...others].map(name))}), but a primary key is a single column. Make ${quoted(name(position))} unique instead, or index the columns together.`,
          related: [{ at: at(first), message: `${quoted(name(first))} is the primary key already` }],
        });
      }
    }
  },
};
