/** Lines of a module's log as text. Source: reference "protocol" 1.9, "cli and generate" 2.1. */
import { formatTimestamp } from '../../schema/value-text.ts';

/** From the least to the most serious. */
export const levels = ['trace', 'debug', 'info', 'warn', 'error', 'panic'];
export const isLevel = (text: string): boolean => levels.includes(text);

/** Whether a line of `level` (as the server writes it) passes a filter. */
export function levelAllows(level: string, wanted: string, exact: boolean): boolean {
  const [own, least] = [level.toLowerCase(), wanted].map((name) => levels.indexOf(name));
  return exact ? own === least : (own ?? 0) >= (least ?? 0);
}

export interface LogLine {
  level: string;
  /** Microseconds since the epoch. */
  ts: number;
  filename?: string;
  line_number?: number;
  function?: string;
  message: string;
  trace?: readonly { module_name?: string; func_name?: string }[];
}

/** `<time> LEVEL: [function ][file:line]: message`, and the frames of a panic below. */
export function formatLogLine(line: LogLine): string {
  const time = formatTimestamp(BigInt(line.ts));
  const place =
    line.filename === undefined ? '' : line.filename + (line.line_number === undefined ? '' : `:${line.line_number}`);
  const origin = [line.function, place].filter(Boolean).join(' ');
  const frames = (line.trace ?? []).map((frame) => `\n    in ${frame.module_name ?? '?'} :: ${frame.func_name ?? '?'}`);
  return `${time} ${line.level.toUpperCase().padStart(5)}: ${origin && `${origin}: `}${line.message}${frames.join('')}`;
}
