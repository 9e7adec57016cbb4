/** `console.time` and `console.timeEnd` of one instance. */
import { errno, HostError } from '../../database/datastore/errno.ts';

export class ConsoleTimers {
  readonly #started = new Map<number, { name: string; at: number }>();
  #next = 1;

  start(name: string): number {
    const id = this.#next++;
    this.#started.set(id, { name, at: performance.now() });
    return id;
  }

  /** Text of the log line that ends a timer. */
  end(id: number): string {
    const timer = this.#started.get(id);
    if (!timer) throw new HostError(errno.noSuchConsoleTimer);
    this.#started.delete(id);
    return `Timing span ${JSON.stringify(timer.name)}: ${formatDuration(performance.now() - timer.at)}`;
  }

  endCall(): void {
    this.#started.clear();
  }
}

function formatDuration(milliseconds: number): string {
  if (milliseconds < 1) return `${(milliseconds * 1000).toFixed(3)}µs`;
  return milliseconds < 1000 ? `${milliseconds.toFixed(3)}ms` : `${(milliseconds / 1000).toFixed(3)}s`;
}
