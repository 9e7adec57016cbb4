import type { ColumnHeader, RowView } from '../protocol.ts';

/** Least and greatest width of a column in CSS pixels; people may go beyond the automatic maximum. */
export const minColumnWidth = 56;
export const maxColumnWidth = 1200;
const maxAutomaticWidth = 360;
/** Identities and hashes are told apart by their first digits. */
const maxAutomaticWidthOfBytes = 160;
/** Width of one digit at 12 px monospace, and of padding and borders around a cell. */
const characterWidth = 7.4;
const cellPadding = 22;
/** Room for the key and sort marks in a header. */
const headerMarks = 34;

/** A width that shows the header and most of the values: the longest of `rows`, within limits. */
export function automaticWidth(column: ColumnHeader, index: number, rows: readonly RowView[]): number {
  const longest = rows.reduce((most, row) => Math.max(most, row.cells[index]?.length ?? 0), 0);
  const header = Math.max(column.name.length * characterWidth + headerMarks, column.type.length * 6.2) + cellPadding;
  // Rows further down tend to be a little longer than the first ones.
  const slack = Math.min(6, Math.ceil(longest / 5));
  const body = (longest + slack) * characterWidth + cellPadding;
  const most = column.kind === 'bytes' ? maxAutomaticWidthOfBytes : maxAutomaticWidth;
  return Math.round(Math.min(most, Math.max(minColumnWidth, header, body)));
}

/** What the person chose, else what was measured. Names are the module's: one may be called `constructor`. */
export const columnWidths = (
  columns: readonly ColumnHeader[],
  chosen: Readonly<Record<string, number>>,
  measured: readonly number[],
): number[] =>
  columns.map(({ name }, index) => (Object.hasOwn(chosen, name) ? chosen[name] : undefined) ?? measured[index] ?? 120);

export function clampWidth(width: number): number {
  return Math.round(Math.min(maxColumnWidth, Math.max(minColumnWidth, width)));
}

/** The next order when a header is activated: ascending, descending, then as the table has it. */
export function nextSort(
  current: { column: number; descending: boolean } | undefined,
  column: number,
): { column: number; descending: boolean } | undefined {
  if (current?.column !== column) return { column, descending: false };
  return current.descending ? undefined : { column, descending: true };
}

/**
 * One row as indented JSON for the clipboard. Booleans and the numbers that JSON can hold exactly are bare, everything
 * else is the shown text: a wide integer must not lose digits on its way.
 */
export function rowToJson(columns: readonly ColumnHeader[], row: RowView): string {
  const entries = columns.map((column, index): [string, unknown] => {
    const text = row.cells[index] ?? '';
    return [column.name, bareValue(column, text)];
  });
  return JSON.stringify(Object.fromEntries(entries), null, 2);
}

function bareValue(column: ColumnHeader, text: string): unknown {
  if (column.kind === 'bool' && (text === 'true' || text === 'false')) return text === 'true';
  if (column.kind === 'number' && String(Number(text)) === text && Number.isFinite(Number(text))) return Number(text);
  return text;
}
