/** The modules of the workspace and what is known about each; the one place that decides when to read again. */
import path from 'node:path';
import type { ParseText } from './extract/typescript/parser.ts';
import { analyzeModule, type ModuleAnalysis } from './module-analysis.ts';
import { findModuleFolders, type ModuleFolder, moduleFolderAt, moduleFolderOf, sourceFiles } from './module-folders.ts';
import { SourceStore } from './source-store.ts';

export class Workspace {
  readonly sources: SourceStore;
  readonly #modules = new Map<string, ModuleFolder>();
  readonly #analyses = new Map<string, ModuleAnalysis>();
  readonly #sourceLists = new Map<string, readonly string[]>();
  /** Files that were found to be in no module, until the disk changes; the search walks up the folders. */
  readonly #homeless = new Set<string>();

  constructor(parse: ParseText) {
    this.sources = new SourceStore(parse);
  }

  get modules(): Iterable<ModuleFolder> {
    return this.#modules.values();
  }

  /** Searches a workspace folder. */
  addFolder(folder: string): void {
    for (const module of findModuleFolders(folder)) this.#modules.set(module.root, module);
  }

  /** The module of a file, searched above the file when the workspace folders did not hold it. */
  moduleOf(file: string): ModuleFolder | undefined {
    const holds = (module: ModuleFolder): boolean => file.startsWith(path.dirname(module.entry) + path.sep);
    const reads = (module: ModuleFolder): boolean =>
      this.#analyses.get(module.root)?.extraction.files.has(file) ?? false;
    const modules = [...this.#modules.values()];
    const known = modules.find(holds) ?? modules.find(reads);
    if (known) return known;
    if (this.#homeless.has(file)) return undefined;
    const found = moduleFolderOf(file);
    if (found && holds(found)) {
      this.#modules.set(found.root, found);
      return found;
    }
    this.#homeless.add(file);
    return undefined;
  }

  /** The current analysis, made when there is none. */
  analysis(module: ModuleFolder): ModuleAnalysis {
    const known = this.#analyses.get(module.root);
    if (known) return known;
    let list = this.#sourceLists.get(module.root);
    if (!list) {
      list = sourceFiles(module);
      this.#sourceLists.set(module.root, list);
    }
    const analysis = analyzeModule(module, this.sources.read, list);
    this.#analyses.set(module.root, analysis);
    return analysis;
  }

  /** What was concluded about a module no longer holds. */
  invalidate(module: ModuleFolder): void {
    this.#analyses.delete(module.root);
  }

  /** A file appeared, changed or vanished on disk. Returns the modules that this may concern. */
  changedOnDisk(file: string): ModuleFolder[] {
    this.sources.forget(file);
    this.#homeless.clear();
    const root = path.dirname(path.basename(path.dirname(file)) === 'src' ? path.dirname(file) : file);
    const appeared = moduleFolderAt(root);
    if (appeared) this.#modules.set(appeared.root, appeared);
    const concerned = [...this.#modules.values()].filter((module) => file.startsWith(module.root + path.sep));
    for (const module of concerned) {
      this.#sourceLists.delete(module.root);
      this.invalidate(module);
    }
    return concerned;
  }
}
