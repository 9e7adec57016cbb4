/** `spacetime build`: type-check and bundle side by side, then write dist/bundle.js. */
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { writeFileAtomically } from '../write-file.ts';
import { type BuildProblem, problemOfModule } from './build-problem.ts';
import { bundleModule } from './bundle.ts';
import { detectModuleLanguage } from './detect.ts';
import { type TypeCheckOutcome, typeCheckModule } from './type-check.ts';

export interface BuildOptions {
  /** Absolute folder of the module. */
  readonly directory: string;
  readonly debug: boolean;
}

export interface BuiltModule {
  readonly ok: true;
  /** Absolute path of the written bundle. */
  readonly path: string;
  readonly text: string;
  readonly warnings: readonly BuildProblem[];
  /** Why types were not checked, when they were not. */
  readonly hint: string | undefined;
}

export interface FailedBuild {
  readonly ok: false;
  readonly exitCode: number;
  /** What the compiler printed, as it printed it. */
  readonly compilerOutput: string;
  readonly problems: readonly BuildProblem[];
}

/** Builds the module. Nothing is written unless both the types and the bundle are right. */
export async function buildModule(options: BuildOptions): Promise<BuiltModule | FailedBuild> {
  const refusal = moduleRefusal(options.directory);
  if (refusal) return failed(1, '', [problemOfModule(refusal)]);
  const [types, bundle] = await Promise.all([typeCheckModule(options.directory), bundleModule(options)]);
  if (types.kind === 'failed') {
    // A package that is missing fails both; the bundler's message says what to do.
    const output = bundle.ok ? types.output : '';
    return failed(types.exitCode, output, bundle.ok ? [] : bundle.problems);
  }
  if (!bundle.ok) return failed(1, '', bundle.problems);
  const path = join(options.directory, 'dist', 'bundle.js');
  try {
    await writeFileAtomically(path, bundle.text);
  } catch (error) {
    return failed(1, '', [
      problemOfModule(
        `${path} could not be written: ${error instanceof Error ? error.message : error}. Make the folder writable.`,
      ),
    ]);
  }
  return { ok: true, path, text: bundle.text, warnings: bundle.warnings, hint: hintOf(types) };
}

const failed = (exitCode: number, compilerOutput: string, problems: readonly BuildProblem[]): FailedBuild => ({
  ok: false,
  exitCode,
  compilerOutput,
  problems,
});

const hintOf = (types: TypeCheckOutcome): string | undefined => (types.kind === 'skipped' ? types.why : undefined);

/** Why `directory` cannot be built here at all; undefined when it can. */
function moduleRefusal(directory: string): string | undefined {
  if (!existsSync(directory))
    return `The module folder ${directory} does not exist. Name the right one with --module-path.`;
  if (!statSync(directory).isDirectory())
    return `${directory} is not a folder. Name the folder of the module with --module-path.`;
  const language = detectModuleLanguage(directory);
  if (!language) {
    return `${directory} holds no module: there is no package.json (TypeScript), Cargo.toml (Rust), .csproj (C#) or CMakeLists.txt (C++). Name the module's folder with --module-path.`;
  }
  if (language === 'TypeScript') return undefined;
  return `This module is written in ${language}, and the embedded tool builds TypeScript modules only. Install SpacetimeDB from https://spacetimedb.com/install and run its \`spacetime\` instead.`;
}
