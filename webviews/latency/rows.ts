import type { ReducerLatency } from '../protocol.ts';

/** Columns of the overview, in order. */
export type LatencyColumn =
  | 'reducer'
  | 'calls'
  | 'errors'
  | 'p50'
  | 'p95'
  | 'p99'
  | 'rate'
  | 'roundTripP50'
  | 'roundTripP95';

export interface LatencySort {
  column: LatencyColumn;
  descending: boolean;
}

/** Slowest-to-notice first: the busiest reducers on top. */
export const defaultSort: LatencySort = { column: 'calls', descending: true };

const values: Record<LatencyColumn, (row: ReducerLatency) => number | string | undefined> = {
  reducer: (row) => row.reducer,
  calls: (row) => row.calls,
  errors: (row) => row.errors,
  p50: (row) => row.p50,
  p95: (row) => row.p95,
  p99: (row) => row.p99,
  rate: (row) => row.trend.at(-1)?.callsPerSecond,
  roundTripP50: (row) => row.roundTrip?.p50,
  roundTripP95: (row) => row.roundTrip?.p95,
};

/** Rows in order; those without a value stay at the end in both directions, equal ones are ordered by name. */
export function sortRows(rows: readonly ReducerLatency[], { column, descending }: LatencySort): ReducerLatency[] {
  const value = values[column];
  return [...rows].sort((a, b) => {
    const left = value(a);
    const right = value(b);
    if (left == null || right == null) {
      if (left == null && right == null) return a.reducer.localeCompare(b.reducer);
      return left == null ? 1 : -1;
    }
    const order = typeof left === 'string' ? left.localeCompare(String(right)) : left - Number(right);
    return (descending ? -order : order) || a.reducer.localeCompare(b.reducer);
  });
}

/** Numbers start with the largest, names with A; activating the same column again turns the order round. */
export function nextLatencySort(current: LatencySort, column: LatencyColumn): LatencySort {
  if (current.column === column) return { column, descending: !current.descending };
  return { column, descending: column !== 'reducer' };
}

export interface Bar {
  /** Bounds of the bucket in milliseconds; `to` undefined for the open last one. */
  from: number;
  to: number | undefined;
  count: number;
  /** Height or length from 0 to 1: share of the fullest bucket. */
  share: number;
}

/**
 * Buckets as bars, without the empty ones before the first and after the last call. One empty bucket is kept at either
 * side where there is one, so that a single bar still shows where it lies.
 */
export function histogramBars(buckets: ReducerLatency['buckets']): Bar[] {
  const fullest = Math.max(0, ...buckets.map((bucket) => bucket.count));
  if (fullest === 0) return [];
  const first = buckets.findIndex((bucket) => bucket.count > 0);
  const last = buckets.findLastIndex((bucket) => bucket.count > 0);
  const start = Math.max(0, first - 1);
  return buckets.slice(start, last + 2).map((bucket, index) => ({
    from: buckets[start + index - 1]?.upToMs ?? 0,
    to: bucket.upToMs ?? undefined,
    count: bucket.count,
    share: bucket.count / fullest,
  }));
}

/**
 * Points of a sparkline in a box of `width` by `height`, oldest at the left, zero at the bottom; undefined values break
 * the line. Returns the SVG path, empty with fewer than two values.
 */
export function sparklinePath(series: readonly (number | undefined)[], width: number, height: number): string {
  const known = series.filter((value) => value != null);
  if (known.length < 2) return '';
  const top = Math.max(...known) || 1;
  const step = width / Math.max(1, series.length - 1);
  let path = '';
  let penIsDown = false;
  series.forEach((value, index) => {
    if (value == null) {
      penIsDown = false;
      return;
    }
    const x = (index * step).toFixed(1);
    const y = (height - (value / top) * height).toFixed(1);
    path += `${penIsDown ? 'L' : 'M'}${x} ${y}`;
    penIsDown = true;
  });
  return path;
}
