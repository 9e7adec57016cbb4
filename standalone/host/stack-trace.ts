/** Stacks of module code, mapped to the module's sources and cut where the package begins. Reference 1.7. */
import { SourceMap } from 'node:module';

/** Name of the compiled bundle in stacks. */
export const moduleScriptName = 'spacetimedb_module';
const userCodeEnd = '__spacetimedb_end_short_backtrace';

export interface Frame {
  function: string | undefined;
  file: string;
  /** 1-based. */
  line: number;
  column: number;
}

/** The part of node:module's SourceMap that is used; lines and columns 0-based. */
export interface Mapping {
  findEntry(line: number, column: number): object;
}

/** Reads the source map that esbuild made; undefined when there is none. */
export function readSourceMap(json: string): Mapping | undefined {
  if (json === '') return undefined;
  return new SourceMap(JSON.parse(json));
}

const frameLine = /^\s*at (?:(async )?(.*?) \()?([^()\s]+):(\d+):(\d+)\)?$/;

/** Frames of module code in a stack, innermost first, up to the package's wrapper around user functions. */
export function moduleFrames(stack: string, map: Mapping | undefined): Frame[] {
  const frames: Frame[] = [];
  for (const line of stack.split('\n')) {
    const match = frameLine.exec(line);
    if (!match) continue;
    const [, , name, file, row, column] = match;
    if (name?.includes(userCodeEnd)) break;
    if (file !== moduleScriptName) continue;
    frames.push(mapFrame({ function: name, file, line: Number(row), column: Number(column) }, map));
  }
  return frames;
}

function mapFrame(frame: Frame, map: Mapping | undefined): Frame {
  const entry = map?.findEntry(frame.line - 1, frame.column - 1);
  if (!entry || !('originalSource' in entry) || typeof entry.originalSource !== 'string') return frame;
  const { originalSource, originalLine, originalColumn } = entry as {
    originalSource: string;
    originalLine: number;
    originalColumn: number;
  };
  return { ...frame, file: shortSource(originalSource), line: originalLine + 1, column: originalColumn + 1 };
}

/** Sources as the map names them, without the ways up and the scheme that bundlers put before them. */
function shortSource(source: string): string {
  return source.replace(/^file:\/\//, '').replace(/^(\.\.?\/)+/, '');
}

/** Text as in the module log: the error, then one line per frame. */
export function formatError(name: string, message: string, frames: readonly Frame[]): string {
  const head = `Uncaught ${name}: ${message}`;
  const lines = frames.map(
    (frame) => `\tat ${frame.function ?? '<anonymous>'} (${frame.file}:${frame.line}:${frame.column})`,
  );
  return [head, ...lines].join('\n');
}
