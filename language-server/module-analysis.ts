/** One module of the workspace, read from text: its definition, and what the rules say about it. */
import type { Problem } from '../schema/problem.ts';
import { checkModule } from '../schema/rules/index.ts';
import type { Extraction } from './extract/extraction.ts';
import { extractTypeScript } from './extract/typescript/extract.ts';
import type { ReadFile } from './extract/typescript/program.ts';
import type { ModuleFolder } from './module-folders.ts';

export interface ModuleAnalysis {
  readonly folder: ModuleFolder;
  readonly extraction: Extraction;
  readonly problems: readonly Problem[];
}

export function analyzeModule(folder: ModuleFolder, read: ReadFile, sources: readonly string[]): ModuleAnalysis {
  const extraction = extractTypeScript(folder.entry, read, sources);
  return { folder, extraction, problems: checkModule(extraction.raw) };
}
