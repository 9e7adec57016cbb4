/** A table, column or function as the database sees it. */
import type { Hover } from 'vscode-languageserver';
import type { NamedType } from '../../schema/algebraic-type.ts';
import type { Column, ModuleDef, Table } from '../../schema/module-def.ts';
import { resolveModuleDef } from '../../schema/resolve.ts';
import { formatType } from '../../schema/type-text.ts';
import type { Extraction, Range } from '../extract/extraction.ts';

type Position = Range['start'];

/** What stands at a position: the innermost name of the definition. */
export function hover({ raw, positions }: Extraction, file: string, position: Position): Hover | undefined {
  const module = resolveModuleDef(raw);
  for (const [key, location] of positions) {
    if (location.file !== file || !covers(location.range, position)) continue;
    const text = describe(key, module);
    if (text) return { contents: { kind: 'markdown', value: text }, range: location.range };
  }
  return undefined;
}

const covers = ({ start, end }: Range, at: Position): boolean =>
  (start.line < at.line || (start.line === at.line && start.character <= at.character)) &&
  (at.line < end.line || (at.line === end.line && at.character <= end.character));

function describe(key: string, module: ModuleDef): string | undefined {
  const [, list, first, what, second] = /^(\w+)\/(\d+)(?:\/(\w+)(?:\/(\d+))?)?$/.exec(key) ?? [];
  const position = Number(first);
  const isName = what === undefined || what === 'name' || what === 'declaration';
  if (list === 'tables') {
    const table = module.tables.find((candidate) => candidate.position === position);
    const column = what === 'columns' ? table?.columns[Number(second)] : undefined;
    if (table && column && key.endsWith(`columns/${second}`)) return fenced(columnText(table, column, module));
    return table && isName ? tableText(table, module) : undefined;
  }
  if (!isName) return undefined;
  if (list === 'reducers') {
    const reducer = module.reducers[position];
    const role = reducer?.lifecycle ? `${reducer.lifecycle}, called by the database` : reducer?.visibility;
    return reducer && `${fenced(`reducer ${reducer.name}(${paramsText(reducer.params, module)})`)}\n${access(role)}`;
  }
  if (list === 'procedures') {
    const procedure = module.procedures[position];
    if (!procedure) return undefined;
    const returns = formatType(procedure.returnType, module.typespace, module.types);
    return fenced(`procedure ${procedure.name}(${paramsText(procedure.params, module)}): ${returns}`);
  }
  const view = list === 'views' ? module.views[position] : undefined;
  return view && fenced(`view ${view.name}: ${formatType(view.returnType, module.typespace, module.types)}`);
}

const fenced = (text: string): string => `\`\`\`text\n${text}\n\`\`\``;

function access(role: string | undefined): string {
  if (role === 'ClientCallable') return 'Every client may call it.';
  return role === 'Private' ? 'Private: only the database calls it.' : (role ?? '');
}

const paramsText = (params: readonly NamedType[], { typespace, types }: ModuleDef): string =>
  params.map(({ name, type }) => `${name ?? '_'}: ${formatType(type, typespace, types)}`).join(', ');

function tableText(table: Table, module: ModuleDef): string {
  const kind = table.isEvent ? 'event table' : 'table';
  const lines = table.columns.map((column) => `  ${columnText(table, column, module)}`);
  const indexes = table.indexes.map((index) => {
    const columns = index.columns.map((position) => table.columns[position]?.name ?? `${position}`).join(', ');
    return `  ${index.unique ? 'unique ' : ''}${index.algorithm.toLowerCase()} index on (${columns})`;
  });
  const who = table.isPublic ? 'Public: every client may subscribe to it.' : 'Private: only the module reads it.';
  const due = table.schedule ? `\n\nIts rows are timers of \`${table.schedule.functionName}\`.` : '';
  return `${fenced([`${kind} ${table.name}`, ...lines, ...indexes].join('\n'))}\n${who}${due}`;
}

function columnText(table: Table, column: Column, { typespace, types }: ModuleDef): string {
  const isUnique = table.constraints.some(({ columns }) => columns.length === 1 && columns[0] === column.position);
  const isKey = table.primaryKey === column.position;
  const marks = [
    isKey ? 'primary key' : isUnique ? 'unique' : '',
    table.sequences.some((sequence) => sequence.column === column.position) ? 'auto-increment' : '',
  ].filter(Boolean);
  return [`${column.name}: ${formatType(column.type, typespace, types)}`, ...marks].join(', ');
}
