import { describe, expect, it } from 'vitest';
import type { RowView, TableInfo, TableWindow } from '../protocol.ts';
import { initialTableState, mergeMarks, rowAt, tableReducer } from './state.ts';

const row = (key: string, change?: 'insert' | 'update', ageMs?: number): RowView => ({
  key,
  cells: [key],
  ageMs,
  change,
});
const window: TableWindow = { matching: 3, total: 3, offset: 1, rows: [row('b'), row('c')] };
const info: TableInfo = {
  target: { database: 'chat', server: 'http://127.0.0.1:3000' },
  table: 'user',
  isPublic: true,
  isEvent: false,
  columns: [{ name: 'id', type: 'u32', isPrimaryKey: true, kind: 'number' }],
};

describe('tableReducer', () => {
  it('keeps the rows when the connection is lost', () => {
    const shown = tableReducer(initialTableState, { type: 'window', window, now: 0 });
    const lost = tableReducer(shown, { type: 'connection', connection: { state: 'disconnected', reason: 'stopped' } });
    expect(lost.window).toBe(window);
  });
  it('keeps the rows while the table stays the same, and drops them when its columns change', () => {
    const shown = tableReducer(tableReducer(initialTableState, { type: 'info', info }), {
      type: 'window',
      window,
      now: 0,
    });
    expect(tableReducer(shown, { type: 'info', info: { ...info } }).window).toBe(window);
    const renamed = { ...info, columns: [{ name: 'key', type: 'u32', isPrimaryKey: true, kind: 'number' as const }] };
    expect(tableReducer(shown, { type: 'info', info: renamed }).window).toBeUndefined();
  });
  it('forgets a failure once rows arrive', () => {
    const failed = tableReducer(initialTableState, { type: 'failed', message: 'private' });
    expect(failed).toMatchObject({ failure: 'private', loading: false });
    expect(tableReducer(failed, { type: 'window', window, now: 0 }).failure).toBeUndefined();
  });
});

describe('a window without rows', () => {
  const none: TableWindow = { matching: 0, total: 0, offset: 0, rows: [] };
  it("is an empty table only when the rows are the table's", () => {
    const loading = tableReducer(initialTableState, { type: 'window', window: { ...none, status: 'loading' }, now: 0 });
    expect(loading.loading).toBe(true);
    expect(tableReducer(loading, { type: 'window', window: { ...none, status: 'live' }, now: 0 }).loading).toBe(false);
  });
  it('does not hide why the subscription failed', () => {
    const failed = tableReducer(initialTableState, { type: 'failed', message: 'private' });
    const after = tableReducer(failed, { type: 'window', window: { ...none, status: 'failed' }, now: 0 });
    expect(after).toMatchObject({ failure: 'private', loading: false });
  });
});

describe('mergeMarks', () => {
  it('marks only changed rows, from the moment of the change', () => {
    const marks = mergeMarks(new Map(), [row('a'), row('b', 'insert', 200)], 1000);
    expect([...marks]).toEqual([['b', { change: 'insert', since: 800 }]]);
  });
  it('keeps the same mark while the change is the same', () => {
    const first = mergeMarks(new Map(), [row('b', 'insert', 200)], 1000);
    const second = mergeMarks(first, [row('b', 'insert', 260)], 1050);
    expect(second.get('b')).toBe(first.get('b'));
  });
  it('starts anew for a second change', () => {
    const first = mergeMarks(new Map(), [row('b', 'insert', 200)], 1000);
    expect(mergeMarks(first, [row('b', 'update', 0)], 1050).get('b')).toEqual({ change: 'update', since: 1050 });
    expect(mergeMarks(first, [row('b', 'insert', 0)], 3000).get('b')).toEqual({ change: 'insert', since: 3000 });
  });
});

describe('rowAt', () => {
  it('finds rows of the window only', () => {
    expect(rowAt(window, 1)?.key).toBe('b');
    expect(rowAt(window, 0)).toBeUndefined();
    expect(rowAt(window, 3)).toBeUndefined();
    expect(rowAt(undefined, 0)).toBeUndefined();
  });
});
