/** Finding the modules of a workspace: folders whose package depends on `spacetimedb` and that have `src/index.ts`. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

export interface ModuleFolder {
  /** Absolute path of the folder with `package.json`. */
  readonly root: string;
  /** Absolute path of the entry file. */
  readonly entry: string;
}

const skipped: ReadonlySet<string> = new Set(['node_modules', 'dist', 'build', 'out', 'target', 'module_bindings']);
/** Folders deeper than this are not searched. */
const maxDepth = 6;

/** The module that a folder is, if it is one. */
export function moduleFolderAt(root: string): ModuleFolder | undefined {
  const entry = path.join(root, 'src', 'index.ts');
  if (!existsSync(entry) || !dependsOnSpacetime(path.join(root, 'package.json'))) return undefined;
  return importsServer(root) ? { root, entry } : undefined;
}

/** Every module below a workspace folder, also those that a `spacetime.json` names. */
export function findModuleFolders(workspace: string): ModuleFolder[] {
  const found = new Map<string, ModuleFolder>();
  const visit = (folder: string, depth: number): void => {
    for (const root of [folder, ...modulePaths(path.join(folder, 'spacetime.json'))]) {
      const module = moduleFolderAt(root);
      if (module) found.set(module.root, module);
    }
    if (depth < maxDepth) for (const child of folders(folder)) visit(child, depth + 1);
  };
  visit(path.resolve(workspace), 0);
  return [...found.values()];
}

/** The module a file belongs to: the nearest folder above it that is one. */
export function moduleFolderOf(file: string): ModuleFolder | undefined {
  for (let folder = path.dirname(file); ; folder = path.dirname(folder)) {
    const module = moduleFolderAt(folder);
    if (module) return module;
    if (folder === path.dirname(folder)) return undefined;
  }
}

/** The source files in a module's `src`, without declaration files and tests. */
export function sourceFiles({ entry }: ModuleFolder): string[] {
  const files: string[] = [];
  const visit = (folder: string, depth: number): void => {
    for (const name of names(folder)) {
      const isSource = /\.tsx?$/.test(name) && !/\.(d|test|spec)\.tsx?$/.test(name);
      if (isSource) files.push(path.join(folder, name));
    }
    if (depth < maxDepth) for (const child of folders(folder)) visit(child, depth + 1);
  };
  visit(path.dirname(entry), 0);
  return files.filter((file) => file !== entry);
}

function dependsOnSpacetime(manifest: string): boolean {
  const json = readJson(manifest);
  return ['dependencies', 'devDependencies', 'peerDependencies'].some((kind) => {
    const list = json?.[kind];
    return typeof list === 'object' && list !== null && 'spacetimedb' in list;
  });
}

/** A client has the same dependency; a module is what imports the server side of it. */
function importsServer(root: string): boolean {
  const pattern = /['"]spacetimedb\/server['"]/;
  const entry = path.join(root, 'src', 'index.ts');
  return [entry, ...sourceFiles({ root, entry })].some((file) => pattern.test(textOf(file) ?? ''));
}

function modulePaths(config: string): string[] {
  const json = readJson(config);
  const value = json?.['module-path'];
  return typeof value === 'string' ? [path.resolve(path.dirname(config), value)] : [];
}

function readJson(file: string): Record<string, unknown> | undefined {
  const text = textOf(file);
  if (text === undefined) return undefined;
  try {
    const json: unknown = JSON.parse(text);
    return typeof json === 'object' && json !== null ? (json as Record<string, unknown>) : undefined;
  } catch {
    // A manifest that does not parse makes no module; its own editor support says what is wrong with it.
    return undefined;
  }
}

export function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    // Missing, unreadable or a folder: there is no text.
    return undefined;
  }
}

function names(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    // A folder that vanished or may not be read has no files for us.
    return [];
  }
}

function folders(folder: string): string[] {
  try {
    const entries = readdirSync(folder, { withFileTypes: true });
    return entries
      .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.') && !skipped.has(entry.name))
      .map((entry) => path.join(folder, entry.name));
  } catch {
    // As above.
    return [];
  }
}
