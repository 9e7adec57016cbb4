/** When a server process ends: at a signal, or when its parent is gone. */

/**
 * Set to `1` by a parent that keeps the server's stdin open: the server then stops when stdin ends, so that it does not
 * outlive a parent that crashed.
 */
export const EXIT_WITH_PARENT = 'SPACETIMEDB_EXIT_WITH_PARENT';

/**
 * Waits for the first SIGTERM or SIGINT (or the end of stdin, when the parent asked for that), then runs `close`.
 * A second signal ends the process at once: confirmed transactions are safe in the log anyway.
 */
export async function untilStopped(close: () => Promise<void>): Promise<void> {
  await stopRequested();
  const now = () => process.exit(1);
  process.once('SIGTERM', now);
  process.once('SIGINT', now);
  try {
    await close();
  } finally {
    process.off('SIGTERM', now);
    process.off('SIGINT', now);
  }
}

function stopRequested(): Promise<void> {
  return new Promise((resolve) => {
    const stop = () => {
      process.off('SIGTERM', stop);
      process.off('SIGINT', stop);
      process.stdin.off('end', stop).off('close', stop);
      process.stdin.pause();
      resolve();
    };
    process.on('SIGTERM', stop);
    process.on('SIGINT', stop);
    if (process.env[EXIT_WITH_PARENT] === '1') {
      // A broken stdin also means that the parent is gone.
      process.stdin.on('end', stop).on('close', stop).on('error', stop);
      process.stdin.resume();
    }
  });
}
