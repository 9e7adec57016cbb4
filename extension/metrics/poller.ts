/**
 * Reads a server's metrics once a second while somebody wants them. The server offers no event for them: a count of
 * rows would otherwise cost a subscription to all of them. One request serves everybody who listens.
 */
import { messageOf } from '../errors.ts';
import { fetchMetrics } from '../server/api.ts';

export const pollIntervalMs = 1000;

export type MetricsListener = (reading: { text: string; at: number } | { unavailable: string }) => void;

export class MetricsPoller {
  readonly #url: () => string | undefined;
  readonly #listeners = new Set<MetricsListener>();
  #timer: NodeJS.Timeout | undefined;
  #running = false;

  /** `url` is undefined while the server is down; then nothing is asked. */
  constructor(url: () => string | undefined) {
    this.#url = url;
  }

  /** Calls back about once a second until the returned function is called. */
  listen(listener: MetricsListener): () => void {
    this.#listeners.add(listener);
    void this.#poll();
    return () => {
      this.#listeners.delete(listener);
    };
  }

  /** Reads at once, for instance after a publish. */
  async #poll(): Promise<void> {
    if (this.#running) return;
    this.#running = true;
    clearTimeout(this.#timer);
    const url = this.#url();
    if (url !== undefined) {
      const reading = await fetchMetrics(url, { timeoutMs: 5000 }).then(
        (text) => ({ text, at: performance.now() }),
        (error: unknown) => ({ unavailable: messageOf(error) }),
      );
      for (const listener of [...this.#listeners]) listener(reading);
    }
    this.#running = false;
    if (this.#listeners.size === 0) return;
    this.#timer = setTimeout(() => void this.#poll(), pollIntervalMs);
    this.#timer.unref();
  }
}
