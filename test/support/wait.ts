/** Waiting for something to become true, with a clear error when it does not. */
import { setTimeout as sleep } from 'node:timers/promises';

type Truthy<T> = Exclude<T, undefined | null | false | 0 | ''>;

/** Calls `probe` until it gives something truthy; rejects after `timeoutMs` with the last error, if any. */
export async function until<T>(what: string, probe: () => T | Promise<T>, timeoutMs = 10_000): Promise<Truthy<T>> {
  const end = Date.now() + timeoutMs;
  let last: unknown;
  for (;;) {
    try {
      const value = await probe();
      if (value) return value as Truthy<T>;
      last = undefined;
    } catch (error) {
      last = error;
    }
    if (Date.now() > end) {
      throw new Error(
        `${what} did not happen within ${timeoutMs} ms`,
        last === undefined ? undefined : { cause: last },
      );
    }
    await sleep(20);
  }
}
