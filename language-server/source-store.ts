/** The text of every file the server knows: unsaved buffers win over disk; trees are kept and parsed incrementally. */
import type { Edit, ParseText } from './extract/typescript/parser.ts';
import { readSourceFile, type SourceFile } from './extract/typescript/source-file.ts';
import { textOf } from './module-folders.ts';

/** Larger files are not source that a person writes, and would block the server. */
const maxLength = 5_000_000;

interface Entry {
  readonly source: SourceFile;
  readonly text: string;
}

export class SourceStore {
  readonly #parse: ParseText;
  readonly #entries = new Map<string, Entry>();
  readonly #open = new Set<string>();

  constructor(parse: ParseText) {
    this.#parse = parse;
  }

  /** The file from its buffer, else from disk; undefined when there is none or it is no text of sensible size. */
  read = (file: string): SourceFile | undefined => {
    const known = this.#entries.get(file);
    if (known) return known.source;
    const text = textOf(file);
    if (text === undefined || text.length > maxLength || text.includes('\0')) return undefined;
    return this.#store(file, text);
  };

  isOpen = (file: string): boolean => this.#open.has(file);

  open(file: string, text: string): void {
    this.#open.add(file);
    if (this.#entries.get(file)?.text !== text) this.#replace(file, text);
  }

  /** New text of an open buffer. With edits the tree is reused; without, the text is parsed from scratch. */
  change(file: string, text: string, edits: readonly Edit[] | undefined): void {
    const known = this.#entries.get(file);
    if (!known || !edits || text.length > maxLength) {
      this.#replace(file, text);
      return;
    }
    const { tree } = known.source;
    for (const edit of edits) tree.edit(edit);
    const next = this.#parse(text, tree);
    tree.delete();
    this.#entries.set(file, { source: readSourceFile(file, next), text });
  }

  /** The buffer is gone: the disk counts again. */
  close(file: string): void {
    this.#open.delete(file);
    this.forget(file);
  }

  /** The file changed on disk. A buffer hides that. */
  forget(file: string): void {
    if (this.#open.has(file)) return;
    this.#entries.get(file)?.source.tree.delete();
    this.#entries.delete(file);
  }

  #replace(file: string, text: string): void {
    this.#entries.get(file)?.source.tree.delete();
    this.#entries.delete(file);
    this.#store(file, text.length > maxLength ? '' : text);
  }

  #store(file: string, text: string): SourceFile {
    const source = readSourceFile(file, this.#parse(text));
    this.#entries.set(file, { source, text });
    return source;
  }
}
