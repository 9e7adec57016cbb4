import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bucketsOf, quantile, subtractBuckets } from './histogram.ts';

const cumulative = [
  { le: Number.POSITIVE_INFINITY, count: 10 },
  { le: 1, count: 4 },
  { le: 2, count: 8 },
];

test('cumulative counts become counts per bucket, in order', () => {
  expect(bucketsOf(cumulative)).toEqual([
    { upTo: 1, count: 4 },
    { upTo: 2, count: 4 },
    { upTo: Number.POSITIVE_INFINITY, count: 2 },
  ]);
});

test('quantiles are interpolated within a bucket', () => {
  const buckets = bucketsOf(cumulative);
  expect(quantile(buckets, 0.2)).toBeCloseTo(0.5);
  expect(quantile(buckets, 0.5)).toBeCloseTo(1.25);
  expect(quantile(buckets, 0.99)).toBe(2);
  expect(quantile([], 0.5)).toBe(undefined);
});

test('a quantile lies in the bucket of the observation that it stands for', () => {
  const bounds = [0.001, 0.01, 0.1, 1];
  fc.assert(
    fc.property(fc.array(fc.double({ min: 0, max: 0.999, noNaN: true }), { minLength: 1 }), (observations) => {
      const buckets = bucketsOf(bounds.map((le) => ({ le, count: observations.filter((o) => o <= le).length })));
      const sorted = observations.toSorted((a, b) => a - b);
      const median = sorted[Math.ceil(sorted.length / 2) - 1] as number;
      const upper = bounds.find((bound) => median <= bound) as number;
      const lower = bounds[bounds.indexOf(upper) - 1] ?? 0;
      const found = quantile(buckets, 0.5) as number;
      return found >= lower && found <= upper;
    }),
  );
});

test('a restart of the server does not give negative counts', () => {
  expect(subtractBuckets([{ upTo: 1, count: 5 }], [{ upTo: 1, count: 3 }])).toEqual([{ upTo: 1, count: 2 }]);
  expect(subtractBuckets([{ upTo: 1, count: 2 }], [{ upTo: 1, count: 3 }])).toEqual([{ upTo: 1, count: 2 }]);
});
