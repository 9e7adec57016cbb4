import { describe, expect, it } from 'vitest';
import type { ReducerLatency } from '../protocol.ts';
import { defaultSort, histogramBars, nextLatencySort, sortRows, sparklinePath } from './rows.ts';

const row = (reducer: string, more: Partial<ReducerLatency> = {}): ReducerLatency => ({
  reducer,
  calls: 0,
  errors: 0,
  p50: undefined,
  p95: undefined,
  p99: undefined,
  buckets: [],
  trend: [],
  roundTrip: undefined,
  ...more,
});
const names = (rows: ReducerLatency[]) => rows.map(({ reducer }) => reducer).join(' ');

describe('sortRows', () => {
  const rows = [row('c', { calls: 2, p95: 9 }), row('a', { calls: 5 }), row('b', { calls: 2, p95: 30 })];
  it('puts the busiest first, equal ones by name', () => {
    expect(names(sortRows(rows, defaultSort))).toBe('a b c');
  });
  it('keeps reducers without a measurement at the end both ways', () => {
    expect(names(sortRows(rows, { column: 'p95', descending: true }))).toBe('b c a');
    expect(names(sortRows(rows, { column: 'p95', descending: false }))).toBe('c b a');
  });
  it('leaves the report untouched', () => {
    sortRows(rows, { column: 'reducer', descending: false });
    expect(names(rows)).toBe('c a b');
  });
  it('turns the order round', () => {
    expect(nextLatencySort(defaultSort, 'calls')).toEqual({ column: 'calls', descending: false });
    expect(nextLatencySort(defaultSort, 'p99')).toEqual({ column: 'p99', descending: true });
    expect(nextLatencySort(defaultSort, 'reducer')).toEqual({ column: 'reducer', descending: false });
  });
});

describe('histogramBars', () => {
  it('leaves out empty buckets at the ends but one', () => {
    const buckets = [0.1, 0.5, 1, 5, 10, null].map((upToMs, index) => ({
      upToMs,
      count: [0, 0, 4, 8, 0, 0][index] ?? 0,
    }));
    expect(histogramBars(buckets)).toEqual([
      { from: 0.1, to: 0.5, count: 0, share: 0 },
      { from: 0.5, to: 1, count: 4, share: 0.5 },
      { from: 1, to: 5, count: 8, share: 1 },
      { from: 5, to: 10, count: 0, share: 0 },
    ]);
  });
  it('shows the open last bucket', () => {
    expect(
      histogramBars([
        { upToMs: 1, count: 0 },
        { upToMs: null, count: 3 },
      ]).at(-1),
    ).toEqual({
      from: 1,
      to: undefined,
      count: 3,
      share: 1,
    });
  });
  it('is empty without calls', () => {
    expect(histogramBars([{ upToMs: 1, count: 0 }])).toEqual([]);
    expect(histogramBars([])).toEqual([]);
  });
});

describe('sparklinePath', () => {
  it('spans the box', () => {
    expect(sparklinePath([0, 5, 10], 100, 20)).toBe('M0.0 20.0L50.0 10.0L100.0 0.0');
  });
  it('breaks where nothing was measured', () => {
    expect(sparklinePath([1, undefined, 1, 1], 30, 10)).toBe('M0.0 0.0M20.0 0.0L30.0 0.0');
  });
  it('draws nothing of one value, and a flat line of zeros', () => {
    expect(sparklinePath([1], 30, 10)).toBe('');
    expect(sparklinePath([0, 0], 30, 10)).toBe('M0.0 10.0L30.0 10.0');
  });
});
