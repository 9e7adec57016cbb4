/** One line of a module's log. Source: reference "protocol" 1.9. */
import { parseJson } from '../../schema/sats-json.ts';

export type LogLevel = 'error' | 'warn' | 'info' | 'debug' | 'trace';

export interface LogLine {
  level: LogLevel;
  text: string;
}

const levels: Readonly<Record<string, LogLevel>> = {
  Error: 'error',
  Panic: 'error',
  Warn: 'warn',
  Info: 'info',
  Debug: 'debug',
  Trace: 'trace',
};

/** Text that is not JSON is shown as it is. */
export function formatLogLine(line: string): LogLine {
  const json = parseJson(line);
  if (!json.ok || typeof json.value !== 'object' || json.value === null || Array.isArray(json.value)) {
    return { level: 'info', text: line };
  }
  const record = json.value as Record<string, unknown>;
  const time = typeof record.ts === 'number' || typeof record.ts === 'bigint' ? timeOf(record.ts) : '';
  const host = record.function === '__spacetimedb__';
  const file = !host && typeof record.filename === 'string' ? record.filename : undefined;
  const place = file ? ` (${file}${record.line_number === undefined ? '' : `:${record.line_number}`})` : '';
  const who = !host && typeof record.function === 'string' ? `${record.function}: ` : '';
  const frames = Array.isArray(record.trace) ? record.trace.map(formatFrame) : [];
  const text = `${time}${who}${record.message ?? ''}${place}`;
  return { level: levels[String(record.level)] ?? 'info', text: [text, ...frames].join('\n') };
}

/** Microseconds since the epoch → `12:30:01.250 `; the day is in the log's own time stamp. */
const timeOf = (micros: number | bigint): string => {
  const date = new Date(Number(micros) / 1000);
  return Number.isNaN(date.getTime()) ? '' : `${date.toISOString().slice(11, 23)}Z `;
};

function formatFrame(frame: unknown): string {
  const { module_name, func_name } = (frame ?? {}) as { module_name?: string; func_name?: string };
  return `    in ${[module_name, func_name].filter((part) => part).join(' :: ')}`;
}
