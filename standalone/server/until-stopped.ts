/** When a server process ends: at a signal, or when its parent is gone. */

/**
 * Set to `1` by a parent that keeps the server's stdin open: the server then stops when stdin ends, so that it does not
 * outlive a parent that crashed.
 */
export const EXIT_WITH_PARENT = 'SPACETIMEDB_EXIT_WITH_PARENT';

/**
 * Starts, waits for the first SIGTERM or SIGINT (or the end of stdin, when the parent asked for that), and closes.
 * Listens for signals before it starts, because whoever sees the server come up may stop it in the same moment.
 * A second signal ends the process at once: confirmed transactions are safe in the log anyway.
 */
export async function untilStopped(start: () => Promise<{ close(): Promise<void> }>): Promise<void> {
  let wanted = false;
  let stop: () => void = () => {};
  const stopped = new Promise<void>((resolve) => {
    stop = resolve;
  });
  const signal = () => {
    if (wanted) process.exit(1);
    wanted = true;
    stop();
  };
  process.on('SIGTERM', signal);
  process.on('SIGINT', signal);
  if (process.env[EXIT_WITH_PARENT] === '1') {
    // A broken stdin also means that the parent is gone.
    process.stdin.on('end', stop).on('close', stop).on('error', stop);
    process.stdin.resume();
  }
  try {
    const server = await start();
    await stopped;
    await server.close();
  } finally {
    process.off('SIGTERM', signal);
    process.off('SIGINT', signal);
    process.stdin.off('end', stop).off('close', stop);
    process.stdin.pause();
  }
}
