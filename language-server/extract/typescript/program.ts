/** The files of one module, and how its imports lead from one to another. */
import path from 'node:path';
import type { SourceFile } from './source-file.ts';

/** Gives a file of the workspace, from an unsaved buffer or from disk; undefined when there is none. */
export type ReadFile = (file: string) => SourceFile | undefined;

const endings = ['', '.ts', '.tsx', '.mts', '/index.ts', '/index.tsx'];

export class Program {
  readonly entry: SourceFile | undefined;
  /** Files met so far, in the order they were met. */
  readonly files = new Map<string, SourceFile>();
  readonly #read: ReadFile;

  constructor(entry: string, read: ReadFile) {
    this.#read = read;
    this.entry = this.file(entry);
  }

  file(file: string): SourceFile | undefined {
    const known = this.files.get(file);
    if (known) return known;
    const read = this.#read(file);
    if (read) this.files.set(file, read);
    return read;
  }

  /** The file that a relative import names; packages are not followed. */
  resolve(from: SourceFile, module: string): SourceFile | undefined {
    if (!module.startsWith('.')) return undefined;
    const base = path.join(path.dirname(from.path), module);
    const plain = base.replace(/\.[cm]?jsx?$/, '');
    const candidates = [...endings.map((ending) => base + ending), ...endings.map((ending) => plain + ending)];
    for (const candidate of candidates) {
      if (!/\.[cm]?tsx?$/.test(candidate)) continue;
      const file = this.file(candidate);
      if (file) return file;
    }
    return undefined;
  }
}
