/** Finds the places that compilers and bundlers name in the output of `build`, `generate` and `publish`. */
import { stripAnsi } from './output.ts';

export interface OutputProblem {
  /** As printed: absolute, or relative to the module or to the working directory. */
  file: string;
  /** From 1. */
  line: number;
  /** From 1. */
  column: number;
  message: string;
  severity: 'error' | 'warning';
}

const location = String.raw`(?<file>(?:[A-Za-z]:)?[^:\n()╭┌]+?\.[A-Za-z]+)`;
/** `src/index.ts(3,7): error TS2322: message` and the coloured form `src/index.ts:3:7 - error TS2322: message`. */
const tsc = new RegExp(
  String.raw`^${location}(?:\((?<line>\d+),(?<column>\d+)\)|:(?<line2>\d+):(?<column2>\d+)) ?[:-] (?<severity>error|warning) (?<message>.*)$`,
);
/** `src/index.ts:3:7: error: message` and `src/index.ts:3:7 message`; not a stack frame. */
const plain = new RegExp(String.raw`^\s*${location}:(?<line>\d+):(?<column>\d+):?\s+(?<message>\S.*)$`);
/** A place alone on its line, below or inside the message that belongs to it. */
const bare = new RegExp(String.raw`^\s*${location}:(?<line>\d+):(?<column>\d+):?$`);
const boxed = new RegExp(String.raw`[╭┌]─+\[\s*${location}:(?<line>\d+):(?<column>\d+)\s*\]`);
/** A frame of a stack trace that points into source: `at f (src/index.ts:3:7)`. */
const frame = new RegExp(String.raw`^\s*at .*?\(?${location}:(?<line>\d+):(?<column>\d+)\)?$`);
/** esbuild and rolldown print the message first. */
const heading = /^\s*(?:[✘X▲] )?\[(?<kind>[A-Z_]+)\]:? (?<message>.*)$/;

export function findProblems(output: string): OutputProblem[] {
  const problems: OutputProblem[] = [];
  let pending: { message: string; severity: 'error' | 'warning' } | undefined;
  for (const line of stripAnsi(output).split(/\r?\n/)) {
    const direct = tsc.exec(line) ?? plain.exec(line);
    const place = bare.exec(line) ?? boxed.exec(line) ?? (pending ? frame.exec(line) : null);
    const head = heading.exec(line) ?? /^\s*(?:Uncaught )?(?:\w*Error): (?<message>.*)$/.exec(line);
    if (direct && !frame.test(line)) problems.push(toProblem(direct.groups ?? {}));
    else if (place && pending) {
      problems.push({ ...toProblem(place.groups ?? {}), ...pending });
      pending = undefined;
    } else if (head?.groups) {
      pending = {
        message: head.groups.message ?? '',
        severity: head.groups.kind === 'WARNING' ? 'warning' : 'error',
      };
    }
  }
  return unique(problems);
}

function toProblem(groups: Record<string, string | undefined>): OutputProblem {
  const message = (groups.message ?? '').replace(/^(error|warning):? /i, '');
  const warns = groups.severity === 'warning' || /^warning\b/i.test(groups.message ?? '');
  return {
    file: (groups.file ?? '').trim(),
    line: Number(groups.line ?? groups.line2),
    column: Number(groups.column ?? groups.column2),
    message,
    severity: warns ? 'warning' : 'error',
  };
}

function unique(problems: OutputProblem[]): OutputProblem[] {
  const seen = new Map(problems.map((p) => [`${p.file}:${p.line}:${p.column}:${p.message}`, p]));
  return [...seen.values()];
}
