/** What the server says about itself: on the terminal, and in `logs/spacetime-standalone.YYYY-MM-DD.log`. */
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf } from './node-error.ts';

/** Where the server's own messages go. None holds a token. */
export interface ServerLogger {
  info(message: string): void;
  warn(message: string): void;
  error(message: string): void;
}

/** Information on stdout as it is, so that tools can wait for a line; the rest on stderr with its level. */
export const terminalLogger: ServerLogger = {
  info: (message) => write(process.stdout, message),
  warn: (message) => write(process.stderr, `WARN ${message}`),
  error: (message) => write(process.stderr, `ERROR ${message}`),
};

const guarded = new Set<NodeJS.WriteStream>();

function write(stream: NodeJS.WriteStream, line: string): void {
  if (!guarded.has(stream)) {
    guarded.add(stream);
    // Whoever read the output is gone, often because it crashed: the server must still stop in order.
    stream.on('error', () => {});
  }
  stream.write(`${line}\n`);
}

/** Passes everything on, and appends it with time and level to the file of the day. */
export function withLogFile(logger: ServerLogger, directory: string): ServerLogger {
  let broken = false;
  const both = (level: 'info' | 'warn' | 'error') => (message: string) => {
    logger[level](message);
    if (broken) return;
    const time = new Date().toISOString();
    const file = join(directory, `spacetime-standalone.${time.slice(0, 10)}.log`);
    try {
      appendFileSync(file, `${time} ${level.toUpperCase()} ${message}\n`);
    } catch (error) {
      // A full disk must not stop the server; the terminal still has the message.
      broken = true;
      logger.warn(`The server log ${file} cannot be written, so it ends here: ${messageOf(error)}`);
    }
  };
  return { info: both('info'), warn: both('warn'), error: both('error') };
}
