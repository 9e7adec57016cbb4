/** The tables with their columns, and the functions, that a file declares. */
import { type DocumentSymbol, SymbolKind } from 'vscode-languageserver';
import { pathKey } from '../../schema/problem.ts';
import type { Path } from '../../schema/raw-module-def.ts';
import { formatType } from '../../schema/type-text.ts';
import type { Extraction, Range } from '../extract/extraction.ts';

export function documentSymbols({ raw, positions }: Extraction, file: string): DocumentSymbol[] {
  const rangeAt = (path: Path): Range | undefined => {
    const location = positions.get(pathKey(path));
    return location?.file === file ? location.range : undefined;
  };
  const symbol = (name: string, detail: string, kind: SymbolKind, at: Path, word: string): DocumentSymbol[] => {
    const range = rangeAt([...at, 'range']);
    const selection = rangeAt([...at, word]);
    if (!range && !selection) return [];
    const whole = range && selection ? hull(range, selection) : (range ?? selection);
    const selectionRange = selection ?? range;
    return whole && selectionRange ? [{ name, detail, kind, range: whole, selectionRange }] : [];
  };
  const tables = raw.tables.flatMap((table, i) => {
    const at = ['tables', i];
    const row = raw.typespace[table.productTypeRef];
    const columns = (row?.tag === 'Product' ? row.elements : []).flatMap((column, j): DocumentSymbol[] => {
      const range = rangeAt([...at, 'columns', j]);
      const detail = formatType(column.type, raw.typespace);
      return range ? [{ name: column.name ?? '', detail, kind: SymbolKind.Field, range, selectionRange: range }] : [];
    });
    const found = symbol(table.sourceName, 'table', SymbolKind.Struct, at, 'declaration');
    return found.map((item) => ({ ...item, children: columns.filter((column) => contains(item.range, column.range)) }));
  });
  const functions = (['reducers', 'procedures', 'views', 'httpHandlers'] as const).flatMap((list) =>
    raw[list].flatMap(({ sourceName }, i) => {
      return symbol(sourceName, details[list], SymbolKind.Function, [list, i], 'name');
    }),
  );
  return [...tables, ...functions].sort((a, b) => before(a.range.start, b.range.start));
}

const details = { reducers: 'reducer', procedures: 'procedure', views: 'view', httpHandlers: 'HTTP handler' } as const;

type Position = Range['start'];
const before = (a: Position, b: Position): number => a.line - b.line || a.character - b.character;
const contains = (outer: Range, inner: Range): boolean =>
  before(outer.start, inner.start) <= 0 && before(inner.end, outer.end) <= 0;
const hull = (a: Range, b: Range): Range => ({
  start: before(a.start, b.start) <= 0 ? a.start : b.start,
  end: before(a.end, b.end) >= 0 ? a.end : b.end,
});
