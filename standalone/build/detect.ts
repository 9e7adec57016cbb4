/** What language a module is written in, and which package manager its folder uses. Reference "cli and generate" 5. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

export type ModuleLanguage = 'Rust' | 'C#' | 'TypeScript' | 'C++';

/** The language of the module in `directory`, by its project file; undefined when there is none. */
export function detectModuleLanguage(directory: string): ModuleLanguage | undefined {
  const files = existsSync(directory) ? readdirSync(directory) : [];
  if (files.includes('Cargo.toml')) return 'Rust';
  if (files.some((file) => file.endsWith('.csproj'))) return 'C#';
  if (files.includes('package.json')) return 'TypeScript';
  if (files.includes('CMakeLists.txt')) return 'C++';
  return undefined;
}

export type ClientLanguage = 'typescript' | 'rust' | 'csharp';

/** The language of the client project in `directory`; undefined when there is none. */
export function detectClientLanguage(directory: string): ClientLanguage | undefined {
  const files = existsSync(directory) ? readdirSync(directory) : [];
  if (files.includes('package.json')) return 'typescript';
  if (files.includes('Cargo.toml')) return 'rust';
  if (files.some((file) => file.endsWith('.csproj'))) return 'csharp';
  return undefined;
}

/** `./spacetimedb` when it exists, else the folder itself. */
export function defaultModuleDirectory(directory: string): string {
  const nested = join(directory, 'spacetimedb');
  return existsSync(nested) ? nested : directory;
}

const lockFiles: readonly (readonly [file: string, manager: string])[] = [
  ['pnpm-lock.yaml', 'pnpm'],
  ['yarn.lock', 'yarn'],
  ['bun.lockb', 'bun'],
  ['bun.lock', 'bun'],
];

/** The name of the program that installs packages in `directory`. */
export const packageManager = (directory: string): string =>
  lockFiles.find(([file]) => existsSync(join(directory, file)))?.[1] ?? 'npm';
