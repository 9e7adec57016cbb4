/** What spacetime.json says about a module, as far as the extension needs it. Source: reference "cli" 4. */
import path from 'node:path';
import JSON5 from 'json5';
import { fail, ok, type Result } from '../../schema/result.ts';

/** One database that a workspace publishes: a module with its name and server. */
export interface ModuleTarget {
  /** Folder of spacetime.json, or the folder above `spacetimedb/`: where the tool runs. */
  root: string;
  /** Folder of the module's package.json. */
  modulePath: string;
  /** spacetime.json, when there is one. */
  configFile: string | undefined;
  /** Name or identity; undefined until one is chosen. */
  database: string | undefined;
  /** URL or nickname. */
  server: string | undefined;
  /** Whether spacetime.json itself says what to generate. */
  hasGenerateEntries: boolean;
}

type Config = Record<string, unknown>;

/** Reads one layer. JSON5, because the real tool does. */
export function parseConfig(text: string): Result<Config> {
  try {
    const value: unknown = JSON5.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return ok(value as Config);
    return fail('it holds no object');
  } catch (error) {
    return fail(error instanceof Error ? error.message.replace(/^JSON5: /, '') : String(error));
  }
}

/** Where a syntax error is, counted from 0; JSON5 writes `at line:column` at the end. */
export function errorPosition(message: string): { line: number; column: number } {
  const [, line = '1', column = '1'] = /at (\d+):(\d+)$/.exec(message) ?? [];
  return { line: Number(line) - 1, column: Number(column) - 1 };
}

/** Later layers win, key by key; keys may be written with `-` or `_`. */
export function mergeConfigs(layers: readonly Config[]): Config {
  const merged: Config = {};
  for (const layer of layers) {
    for (const [key, value] of Object.entries(layer)) merged[key.replaceAll('_', '-')] = value;
  }
  return merged;
}

/** The databases of one merged configuration: itself, or its children, which inherit what they leave out. */
export function targetsOf(config: Config, configFile: string, defaultModulePath: string): ModuleTarget[] {
  const root = path.dirname(configFile);
  const children = Array.isArray(config.children) ? (config.children as Config[]) : [];
  const entries: Config[] = [
    ...(children.length === 0 || text(config.database) !== undefined ? [config] : []),
    ...children.map((child) => ({ ...config, generate: undefined, ...mergeConfigs([child]) })),
  ];
  return entries.map((entry) => ({
    root,
    modulePath: path.resolve(root, text(entry['module-path']) ?? defaultModulePath),
    configFile,
    database: text(entry.database),
    server: text(entry.server),
    hasGenerateEntries: Array.isArray(config.generate) && config.generate.length > 0,
  }));
}

const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);

/** Whether a package.json belongs to a module or a client of SpacetimeDB. */
export function dependsOnSpacetime(packageJson: string): boolean {
  try {
    const { dependencies, devDependencies, peerDependencies } = JSON.parse(packageJson) as Record<string, object>;
    return 'spacetimedb' in { ...dependencies, ...devDependencies, ...peerDependencies };
  } catch {
    // A package.json in the middle of an edit is no module for now.
    return false;
  }
}

/** What people know a module by. */
export const moduleLabel = (target: ModuleTarget): string => target.database ?? path.basename(target.root);

/** The rule for names of databases. */
export const databaseNameProblem = (name: string): string | undefined =>
  /^[a-z0-9]+(-[a-z0-9]+)*$/.test(name)
    ? undefined
    : 'Use lower-case letters, digits and single hyphens between them, for instance my-game.';
