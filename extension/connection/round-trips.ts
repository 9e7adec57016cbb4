/** Round trips of the extension's own calls, per reducer, as the latency panel shows them. */

/** Only so many of the latest are kept. */
const kept = 1000;

export interface RoundTripSummary {
  count: number;
  /** Milliseconds. */
  p50: number;
  p95: number;
}

export class RoundTrips {
  readonly #byReducer = new Map<string, { count: number; latest: number[] }>();

  add(reducer: string, ms: number): void {
    const entry = this.#byReducer.get(reducer) ?? { count: 0, latest: [] };
    this.#byReducer.set(reducer, entry);
    entry.count++;
    entry.latest.push(ms);
    if (entry.latest.length > kept) entry.latest.shift();
  }

  summary(reducer: string): RoundTripSummary | undefined {
    const entry = this.#byReducer.get(reducer);
    if (!entry) return undefined;
    const sorted = entry.latest.toSorted((a, b) => a - b);
    const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
    return { count: entry.count, p50: at(0.5), p95: at(0.95) };
  }
}
