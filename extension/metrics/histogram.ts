/** Quantiles of a histogram whose buckets say how many observations were at most so large. */

export interface Bucket {
  /** Upper bound, inclusive; Infinity for the last. */
  upTo: number;
  /** Observations in this bucket alone. */
  count: number;
}

/** From Prometheus' cumulative counts, in any order. */
export function bucketsOf(cumulative: readonly { le: number; count: number }[]): Bucket[] {
  let before = 0;
  return cumulative
    .toSorted((a, b) => a.le - b.le)
    .map(({ le, count }) => {
      const own = Math.max(0, count - before);
      before = Math.max(before, count);
      return { upTo: le, count: own };
    });
}

/** What happened between two readings of the same histogram; a counter that fell was reset by a restart. */
export function subtractBuckets(now: readonly Bucket[], before: readonly Bucket[]): Bucket[] {
  const counts = new Map(before.map((bucket) => [bucket.upTo, bucket.count]));
  const reset = now.some((bucket) => bucket.count < (counts.get(bucket.upTo) ?? 0));
  return now.map(({ upTo, count }) => ({ upTo, count: reset ? count : count - (counts.get(upTo) ?? 0) }));
}

/**
 * The value below which a share of the observations lies, interpolated within its bucket; undefined without
 * observations. What lies in the unbounded bucket counts as the largest bound.
 */
export function quantile(buckets: readonly Bucket[], share: number): number | undefined {
  const total = buckets.reduce((sum, bucket) => sum + bucket.count, 0);
  if (total === 0) return undefined;
  const rank = share * total;
  let seen = 0;
  let lower = 0;
  for (const { upTo, count } of buckets) {
    if (count > 0 && seen + count >= rank) {
      return upTo === Number.POSITIVE_INFINITY ? lower : lower + ((upTo - lower) * (rank - seen)) / count;
    }
    seen += count;
    if (upTo !== Number.POSITIVE_INFINITY) lower = upTo;
  }
  return lower;
}
