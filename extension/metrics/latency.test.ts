import { expect, test } from 'vitest';
import { LatencyTracker } from './latency.ts';
import { parseSamples } from './prometheus.ts';

const db = 'c200'.padEnd(64, '1');
const metrics = (send: number, slow: number, failed: number): string => `
spacetime_txn_elapsed_time_sec_bucket{txn_type="Reducer",db="${db}",reducer="send",le="0.001"} ${send}
spacetime_txn_elapsed_time_sec_bucket{txn_type="Reducer",db="${db}",reducer="send",le="0.01"} ${send + slow}
spacetime_txn_elapsed_time_sec_bucket{txn_type="Reducer",db="${db}",reducer="send",le="+Inf"} ${send + slow}
spacetime_num_txns_total{txn_type="Reducer",db="${db}",reducer="send",committed="true"} ${send + slow - failed}
spacetime_num_txns_total{txn_type="Reducer",db="${db}",reducer="send",committed="false"} ${failed}
spacetime_num_txns_total{txn_type="Reducer",db="other",reducer="send",committed="true"} 999
spacetime_num_txns_total{txn_type="Sql",db="${db}",reducer="send",committed="true"} 999
`;

test('counts, percentiles in milliseconds, and the trend between readings', () => {
  const tracker = new LatencyTracker(db);
  const none = () => undefined;
  const [first, second] = tracker.update(parseSamples(metrics(8, 2, 1)), ['send', 'idle'], 0, none);
  expect(first).toMatchObject({ reducer: 'send', calls: 10, errors: 1, trend: [] });
  expect(first?.p50).toBeCloseTo(0.625);
  expect(first?.p95).toBeCloseTo(7.75);
  expect(first?.buckets).toEqual([
    { upToMs: 1, count: 8 },
    { upToMs: 10, count: 2 },
    { upToMs: null, count: 0 },
  ]);
  expect(second).toMatchObject({ reducer: 'idle', calls: 0, p50: undefined });

  const [later] = tracker.update(parseSamples(metrics(28, 2, 1)), ['send'], 2000, () => ({ count: 1, p50: 3, p95: 3 }));
  expect(later?.trend).toHaveLength(1);
  expect(later?.trend[0]?.callsPerSecond).toBe(10);
  expect(later?.trend[0]?.p95).toBeCloseTo(0.95);
  expect(later?.roundTrip).toEqual({ count: 1, p50: 3, p95: 3 });
});

test('a server that was restarted counts from the beginning', () => {
  const tracker = new LatencyTracker(db);
  tracker.update(parseSamples(metrics(100, 0, 0)), ['send'], 0, () => undefined);
  const [send] = tracker.update(parseSamples(metrics(3, 0, 0)), ['send'], 1000, () => undefined);
  expect(send?.trend[0]?.callsPerSecond).toBe(3);
});
