/**
 * Specs with carets: module text in which a line of `^^^^ rule-id` names the rule that must report exactly the text
 * above the carets. A line `// @file src/other.ts` begins another file; text before the first is `src/index.ts`.
 */
import type { Diagnostic } from 'vscode-languageserver';
import { loadParser } from '../extract/typescript/parser.ts';
import { diagnosticsByFile } from '../feature/diagnostics.ts';
import { analyzeModule, type ModuleAnalysis } from '../module-analysis.ts';
import { SourceStore } from '../source-store.ts';

const root = '/module';
const parse = await loadParser();

interface Finding {
  readonly file: string;
  readonly rule: string;
  /** 1-based line, then UTF-16 columns as the carets show them: 0-based, end exclusive. */
  readonly at: string;
}

/** What is expected of the text, and what the rules found: errors and warnings, sorted by place. */
export function runSpec(spec: string): { expected: Finding[]; found: Finding[] } {
  const { files, expected } = readSpec(spec);
  const analysis = analyzeFiles(files);
  const found: Finding[] = [];
  for (const [file, diagnostics] of diagnosticsByFile(analysis)) {
    for (const diagnostic of diagnostics) found.push(findingOf(file.slice(root.length + 1), diagnostic));
  }
  return { expected: expected.sort(byPlace), found: found.sort(byPlace) };
}

/** Reads a module from texts by path below its root. */
export function analyzeFiles(files: ReadonlyMap<string, string>): ModuleAnalysis {
  const store = new SourceStore(parse);
  for (const [file, text] of files) store.open(`${root}/${file}`, text);
  const others = [...files.keys()].filter((file) => file !== 'src/index.ts').map((file) => `${root}/${file}`);
  return analyzeModule({ root, entry: `${root}/src/index.ts` }, store.read, others);
}

export function readSpec(spec: string): { files: Map<string, string>; expected: Finding[] } {
  const files = new Map<string, string>();
  const expected: Finding[] = [];
  let file = 'src/index.ts';
  let lines: string[] = [];
  const finish = (): void => {
    if (lines.length > 0) files.set(file, lines.join('\n'));
    lines = [];
  };
  for (const line of spec.replace(/^\n/, '').split('\n')) {
    const [, next] = /^\/\/ @file (\S+)$/.exec(line) ?? [];
    const [, before, carets, rule] = /^(\s*)(\^+) ([a-z0-9-]+)$/.exec(line) ?? [];
    if (next) {
      finish();
      file = next;
    } else if (before !== undefined && carets && rule) {
      expected.push({ file, rule, at: `${lines.length}:${before.length}-${before.length + carets.length}` });
    } else lines.push(line);
  }
  finish();
  return { files, expected };
}

function findingOf(file: string, { code, range }: Diagnostic): Finding {
  const { start, end } = range;
  const to = end.line === start.line ? `${end.character}` : `${end.line + 1}:${end.character}`;
  return { file, rule: String(code), at: `${start.line + 1}:${start.character}-${to}` };
}

const sortKey = ({ file, rule, at }: Finding): string => {
  const [line = '', start = ''] = at.split(/[:-]/);
  return `${file} ${line.padStart(6, '0')} ${start.padStart(6, '0')} ${rule}`;
};
const byPlace = (a: Finding, b: Finding): number => (sortKey(a) < sortKey(b) ? -1 : 1);
