/**
 * Latency per reducer, for calls by every client, out of the server's own metrics.
 * Source of the names and labels: reference "protocol" 1.10.
 */

import type { ReducerLatency } from '../../webviews/protocol.ts';
import type { RoundTripSummary } from '../connection/round-trips.ts';
import { type Bucket, bucketsOf, quantile, subtractBuckets } from './histogram.ts';
import type { Sample } from './prometheus.ts';

const elapsed = 'spacetime_txn_elapsed_time_sec_bucket';
const transactions = 'spacetime_num_txns_total';

export const latencyMetrics = (name: string): boolean => name === elapsed || name === transactions;

/** Points of the trend that a panel shows. */
const trendLength = 60;

interface Reading {
  buckets: Bucket[];
  calls: number;
  errors: number;
}

export class LatencyTracker {
  readonly #database: string;
  #last = new Map<string, Reading>();
  #lastAt: number | undefined;
  readonly #trends = new Map<string, ReducerLatency['trend']>();

  /** `database`: 64 hex digits, the label of the metrics. */
  constructor(database: string) {
    this.#database = database;
  }

  /**
   * Takes one reading. `reducers` are listed even before their first call.
   * `at`: milliseconds, from any clock that does not jump.
   */
  update(
    samples: readonly Sample[],
    reducers: readonly string[],
    at: number,
    roundTrip: (reducer: string) => RoundTripSummary | undefined,
  ): ReducerLatency[] {
    const readings = this.#read(samples);
    const seconds = this.#lastAt === undefined ? undefined : (at - this.#lastAt) / 1000;
    const names = [...new Set([...reducers, ...readings.keys()])];
    const report = names.map((name) => {
      const reading = readings.get(name) ?? { buckets: [], calls: 0, errors: 0 };
      if (seconds) this.#extendTrend(name, reading, seconds);
      return toLatency(name, reading, this.#trends.get(name) ?? [], roundTrip(name));
    });
    this.#last = readings;
    this.#lastAt = at;
    return report;
  }

  #read(samples: readonly Sample[]): Map<string, Reading> {
    const cumulative = new Map<string, { le: number; count: number }[]>();
    const readings = new Map<string, Reading>();
    const reading = (reducer: string): Reading => {
      const known = readings.get(reducer) ?? { buckets: [], calls: 0, errors: 0 };
      readings.set(reducer, known);
      return known;
    };
    for (const { name, labels, value } of samples) {
      const { reducer, le } = labels;
      if (labels.db !== this.#database || labels.txn_type !== 'Reducer' || !reducer) continue;
      if (name === elapsed && le !== undefined) {
        const bound = le === '+Inf' ? Number.POSITIVE_INFINITY : Number(le);
        cumulative.set(reducer, [...(cumulative.get(reducer) ?? []), { le: bound, count: value }]);
      } else if (name === transactions) {
        reading(reducer).calls += value;
        if (labels.committed === 'false') reading(reducer).errors += value;
      }
    }
    for (const [reducer, counts] of cumulative) {
      const entry = reading(reducer);
      entry.buckets = bucketsOf(counts);
      // A server that counts no transactions still has them in the histogram.
      entry.calls ||= entry.buckets.reduce((sum, bucket) => sum + bucket.count, 0);
    }
    return readings;
  }

  #extendTrend(name: string, reading: Reading, seconds: number): void {
    const before = this.#last.get(name);
    const recent = subtractBuckets(reading.buckets, before?.buckets ?? []);
    const calls = reading.calls - (before && before.calls <= reading.calls ? before.calls : 0);
    const trend = this.#trends.get(name) ?? [];
    this.#trends.set(name, trend);
    trend.push({ callsPerSecond: calls / seconds, p95: toMs(quantile(recent, 0.95)) });
    if (trend.length > trendLength) trend.shift();
  }
}

const toMs = (seconds: number | undefined): number | undefined => (seconds === undefined ? undefined : seconds * 1000);

function toLatency(
  reducer: string,
  { buckets, calls, errors }: Reading,
  trend: ReducerLatency['trend'],
  roundTrip: RoundTripSummary | undefined,
): ReducerLatency {
  return {
    reducer,
    calls,
    errors,
    p50: toMs(quantile(buckets, 0.5)),
    p95: toMs(quantile(buckets, 0.95)),
    p99: toMs(quantile(buckets, 0.99)),
    buckets: buckets.map(({ upTo, count }) => ({
      upToMs: upTo === Number.POSITIVE_INFINITY ? null : upTo * 1000,
      count,
    })),
    trend: [...trend],
    roundTrip,
  };
}
