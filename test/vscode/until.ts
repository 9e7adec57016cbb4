/** Waiting for something that has no event. */
import { setTimeout as delay } from 'node:timers/promises';

export interface UntilOptions {
  /** Ends the sentence "Timed out after … ms waiting for …". */
  what: string;
  /** Milliseconds. */
  timeoutMs?: number;
}

/** Asks again every 100 ms until the answer is truthy, and resolves to it. An error of `ask` is passed on at once. */
export async function until<T>(ask: () => Promise<T> | T, options: UntilOptions): Promise<NonNullable<T>> {
  const timeoutMs = options.timeoutMs ?? 30_000;
  const end = Date.now() + timeoutMs;
  for (;;) {
    const answer = await ask();
    if (answer) return answer;
    if (Date.now() > end) throw new Error(`Timed out after ${timeoutMs} ms waiting for ${options.what}.`);
    await delay(100);
  }
}
