import { describe, expect, it } from 'vitest';
import type { ColumnHeader, RowView } from '../protocol.ts';
import { automaticWidth, clampWidth, columnWidths, nextSort, rowToJson } from './columns.ts';

const column = (name: string, kind: ColumnHeader['kind']): ColumnHeader => ({
  name,
  type: 'u64',
  isPrimaryKey: false,
  kind,
});
const row = (...cells: string[]): RowView => ({ key: 'k', cells, ageMs: undefined, change: undefined });

describe('widths', () => {
  it('fits the longest value up to a limit', () => {
    const short = automaticWidth(column('id', 'number'), 0, [row('1')]);
    const middle = automaticWidth(column('id', 'number'), 0, [row('1'), row('x'.repeat(30))]);
    expect(middle).toBeGreaterThan(short);
    expect(automaticWidth(column('id', 'number'), 0, [row('x'.repeat(5000))])).toBe(360);
  });
  it('shows a long column name even without rows', () => {
    expect(automaticWidth(column('a_rather_long_column', 'text'), 0, [])).toBeGreaterThan(150);
  });
  it('are the chosen ones, also for columns named like what every object has', () => {
    const columns = [column('id', 'number'), column('constructor', 'text'), column('__proto__', 'text')];
    expect(columnWidths(columns, {}, [60, 70, 80])).toEqual([60, 70, 80]);
    expect(columnWidths(columns, JSON.parse('{"id":99,"__proto__":98}'), [60, 70])).toEqual([99, 70, 98]);
  });
  it('keeps a dragged width usable', () => {
    expect(clampWidth(3)).toBe(56);
    expect(clampWidth(1e9)).toBe(1200);
  });
});

it('cycles ascending, descending, unsorted', () => {
  const first = nextSort(undefined, 2);
  expect(first).toEqual({ column: 2, descending: false });
  const second = nextSort(first, 2);
  expect(second).toEqual({ column: 2, descending: true });
  expect(nextSort(second, 2)).toBeUndefined();
  expect(nextSort(second, 1)).toEqual({ column: 1, descending: false });
});

it('copies a row as JSON without losing digits', () => {
  const columns = [column('id', 'number'), column('big', 'number'), column('on', 'bool'), column('text', 'text')];
  expect(JSON.parse(rowToJson(columns, row('7', '18446744073709551615', 'true', '42')))).toEqual({
    id: 7,
    big: '18446744073709551615',
    on: true,
    text: '42',
  });
});
