/** What every language's extractor gives: the definition a text declares, and where each part of it stands. */
import { pathKey } from '../../schema/problem.ts';
import type { Path, RawModuleDef } from '../../schema/raw-module-def.ts';

/** Zero-based; characters are UTF-16 units; the end is exclusive. The same as in the language server protocol. */
export interface Range {
  readonly start: { readonly line: number; readonly character: number };
  readonly end: { readonly line: number; readonly character: number };
}
export interface Location {
  /** Absolute path. */
  readonly file: string;
  readonly range: Range;
}

export interface Extraction {
  readonly raw: RawModuleDef;
  /** By `pathKey`. Besides the paths of problem.ts there is `range` below a table or function: its whole declaration. */
  readonly positions: ReadonlyMap<string, Location>;
  /** Every file of the module that was read. */
  readonly files: ReadonlySet<string>;
}

/** The position of a path, or of the longest part of it that has one. */
export function locate({ positions }: Extraction, path: Path): Location | undefined {
  for (let length = path.length; length > 0; length--) {
    const location = positions.get(pathKey(path.slice(0, length)));
    if (location) return location;
  }
  return undefined;
}
