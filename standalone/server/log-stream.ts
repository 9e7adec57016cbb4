/** A module log as the body of an HTTP response: history, then live lines when following. */
import { MAX_FOLLOW_HISTORY, type ModuleLog } from './module-log.ts';

export const LOG_CONTENT_TYPE = 'application/x-ndjson';
/** Live text that a reader may leave unread before it is disconnected. */
const MAX_UNREAD = 8 * 1024 * 1024;

/** `lines` undefined: all of today, or with `follow` only what comes. */
export function followLog(log: ModuleLog, lines: number | undefined, follow: boolean): ReadableStream<Uint8Array> {
  const live: Uint8Array[] = [];
  let unread = 0;
  let ended = false;
  let wake: () => void = () => {};
  const wanted = follow ? Math.min(lines ?? 0, MAX_FOLLOW_HISTORY) : lines;
  const reading = log.read(
    wanted,
    follow
      ? (text) => {
          if (text === undefined) {
            ended = true;
          } else {
            const bytes = Buffer.from(text);
            live.push(bytes);
            unread += bytes.length;
          }
          wake();
        }
      : undefined,
  );
  const history = reading.history[Symbol.iterator]();
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = history.next();
      if (!done) {
        controller.enqueue(value);
        return;
      }
      if (!follow) {
        controller.close();
        return;
      }
      if (live.length === 0 && !ended) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      if (unread > MAX_UNREAD) {
        reading.stop();
        controller.error(new Error('the reader of a log is too slow'));
        return;
      }
      if (live.length === 0) {
        if (ended) controller.close();
        return;
      }
      const text = Buffer.concat(live.splice(0));
      unread = 0;
      controller.enqueue(text);
    },
    cancel() {
      reading.stop();
      history.return?.();
      wake();
    },
  });
}
