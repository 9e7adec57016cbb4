/** What `spacetime generate` is told to write, and where. */
import path from 'node:path';
import type { ModuleTarget } from '../module/config.ts';

export interface GenerateArguments {
  args: string[];
  cwd: string;
}

/**
 * The arguments for a module: its own `generate` entries when spacetime.json has them, else TypeScript bindings for
 * the client next to the module. Undefined when there is no such client. `exists` tells whether a file is there.
 */
export async function generateArguments(
  target: ModuleTarget,
  exists: (file: string) => Promise<boolean>,
): Promise<GenerateArguments | undefined> {
  const { root, modulePath, database, hasGenerateEntries } = target;
  if (hasGenerateEntries) return { args: ['generate', ...(database ? [database] : []), '--yes'], cwd: root };
  const outDir = path.join(root, 'src', 'module_bindings');
  const hasClient = root !== modulePath && (await exists(path.join(root, 'package.json')));
  if (!hasClient && !(await exists(outDir))) return undefined;
  const args = ['generate', '--lang', 'typescript', '--out-dir', outDir, '--module-path', modulePath];
  return { args: [...args, '--no-config', '--yes'], cwd: root };
}

/** Whether saving this file changes what the module is. */
export function concernsModule(modulePath: string, file: string): boolean {
  const relative = path.relative(modulePath, file);
  if (relative.startsWith('..') || path.isAbsolute(relative)) return false;
  const parts = relative.split(path.sep);
  if (parts.some((part) => part === 'node_modules' || part === 'dist' || part === 'module_bindings')) return false;
  return /\.(ts|tsx|mts|cts|js|jsx|mjs|cjs)$|^package\.json$|^tsconfig.*\.json$/.test(
    parts.length > 1 ? file : relative,
  );
}
