/** The server as the whole work of a process: until a signal, or until its parent is gone. */
import { messageOf } from './node-error.ts';
import { type RunningServer, type ServerOptions, startServer } from './start.ts';

/**
 * Set to `1` by a parent that keeps the server's stdin open: the server then stops when stdin ends, so that it does not
 * outlive a parent that crashed.
 */
export const EXIT_WITH_PARENT = 'SPACETIMEDB_EXIT_WITH_PARENT';

/** Starts a server and resolves to the exit code after it has stopped. Throws when it cannot start. */
export async function serve(options: ServerOptions): Promise<number> {
  const server = await startServer(options);
  await stopRequested();
  return closeOnce(server);
}

/** Resolves at the first SIGTERM or SIGINT, or at the end of stdin when the parent asked for that. */
function stopRequested(): Promise<void> {
  return new Promise((resolve) => {
    const stop = () => resolve();
    process.once('SIGTERM', stop);
    process.once('SIGINT', stop);
    if (process.env[EXIT_WITH_PARENT] === '1') {
      process.stdin.on('end', stop).on('close', stop).on('error', stop);
      process.stdin.resume();
    }
  });
}

async function closeOnce(server: RunningServer): Promise<number> {
  // Somebody who asks twice does not want to wait; confirmed transactions are safe in the log anyway.
  const now = () => process.exit(1);
  process.once('SIGTERM', now);
  process.once('SIGINT', now);
  try {
    await server.close();
    return 0;
  } catch (error) {
    process.stderr.write(`ERROR The server did not stop cleanly: ${messageOf(error)}\n`);
    return 1;
  } finally {
    process.off('SIGTERM', now);
    process.off('SIGINT', now);
    process.stdin.pause();
  }
}
