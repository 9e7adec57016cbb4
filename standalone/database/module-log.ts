/** Lines of the module log: what the module prints, what went wrong in it, and what the host has to say. */
import type { ModuleLogLine } from '../host/syscalls/call-context.ts';
import type { LogLevel, LogRecord } from './messages.ts';

const hostName = '__spacetimedb__';
const levels: Readonly<Record<number, LogLevel>> = {
  0: 'Error',
  1: 'Warn',
  2: 'Info',
  3: 'Debug',
  4: 'Trace',
  101: 'Panic',
};
/** Characters; longer messages are cut. */
const longestMessage = 64 * 1024;

/** Microseconds since the Unix epoch. */
export const nowMicros = (): number => Math.round((performance.timeOrigin + performance.now()) * 1000);

export class ModuleLog {
  readonly #send: (records: LogRecord[]) => void;
  #waiting: LogRecord[] = [];

  constructor(send: (records: LogRecord[]) => void) {
    this.#send = send;
  }

  /** A line that module code printed while `functionName` ran. */
  module(line: ModuleLogLine, functionName: string | undefined): void {
    this.#push({
      level: levels[line.level] ?? 'Debug',
      ts: nowMicros(),
      target: undefined,
      filename: line.filename,
      line_number: line.lineNumber,
      function: functionName,
      message: line.message,
    });
  }

  host(level: LogLevel, message: string): void {
    this.#push({
      level,
      ts: nowMicros(),
      target: hostName,
      filename: hostName,
      line_number: undefined,
      function: hostName,
      message,
    });
  }

  #push(record: LogRecord): void {
    if (record.message.length > longestMessage) {
      record.message = `${record.message.slice(0, longestMessage)}… (${record.message.length} characters)`;
    }
    this.#waiting.push(record);
    if (this.#waiting.length === 1) setImmediate(() => this.flush());
  }

  flush(): void {
    if (this.#waiting.length === 0) return;
    const records = this.#waiting;
    this.#waiting = [];
    this.#send(records);
  }
}
