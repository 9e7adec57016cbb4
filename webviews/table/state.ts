import type { ConnectionState, RowView, TableInfo, TableWindow } from '../protocol.ts';

/** A change mark on a row: what happened, and when in `performance.now()` milliseconds. */
export interface RowMark {
  change: 'insert' | 'update';
  since: number;
}

export interface TableState {
  info: TableInfo | undefined;
  connection: ConnectionState;
  /** The last window received; stays while disconnected. */
  window: TableWindow | undefined;
  marks: ReadonlyMap<string, RowMark>;
  /** Initial rows are on their way. */
  loading: boolean;
  failure: string | undefined;
}

export type TableEvent =
  | { type: 'info'; info: TableInfo }
  | { type: 'connection'; connection: ConnectionState }
  | { type: 'window'; window: TableWindow; now: number }
  | { type: 'loading' }
  | { type: 'failed'; message: string };

export const initialTableState: TableState = {
  info: undefined,
  connection: { state: 'connecting' },
  window: undefined,
  marks: new Map(),
  loading: true,
  failure: undefined,
};

export function tableReducer(state: TableState, event: TableEvent): TableState {
  switch (event.type) {
    case 'info': {
      const sameTable = state.info?.table === event.info.table && sameColumns(state.info, event.info);
      return { ...state, info: event.info, window: sameTable ? state.window : undefined };
    }
    case 'connection':
      return { ...state, connection: event.connection };
    case 'window':
      return {
        ...state,
        window: event.window,
        marks: mergeMarks(state.marks, event.window.rows, event.now),
        loading: event.window.status === 'loading',
        failure: event.window.status === 'failed' ? state.failure : undefined,
      };
    case 'loading':
      return { ...state, loading: true, failure: undefined };
    case 'failed':
      return { ...state, loading: false, failure: event.message };
  }
}

function sameColumns(before: TableInfo, after: TableInfo): boolean {
  return (
    before.columns.length === after.columns.length &&
    before.columns.every((column, index) => {
      const other = after.columns[index];
      return column.name === other?.name && column.type === other.type;
    })
  );
}

/** Ages are rounded and messages take time, so the same change never computes to exactly the same moment twice. */
const sameMomentMs = 400;

/**
 * The marks of the rows in a new window. A row keeps the very mark it had while it tells of the same change, so that
 * its fading goes on rather than starting again.
 */
export function mergeMarks(
  before: ReadonlyMap<string, RowMark>,
  rows: readonly RowView[],
  now: number,
): ReadonlyMap<string, RowMark> {
  const marks = new Map<string, RowMark>();
  for (const row of rows) {
    if (row.change === undefined || row.ageMs == null) continue;
    const since = now - row.ageMs;
    const old = before.get(row.key);
    const unchanged = old !== undefined && old.change === row.change && Math.abs(old.since - since) < sameMomentMs;
    marks.set(row.key, unchanged ? old : { change: row.change, since });
  }
  return marks;
}

/** The row at `index` among the matching rows, if it is in the window. */
export function rowAt(window: TableWindow | undefined, index: number): RowView | undefined {
  return window?.rows[index - window.offset];
}
