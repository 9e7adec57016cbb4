/** spacetime.json and the layers over it. Source: reference "cli and generate" 4. */
import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import JSON5 from 'json5';
import { CliError, messageOf } from '../errors.ts';

/** Keys in their canonical spelling, values as in the file. */
export type ConfigTable = Readonly<Record<string, unknown>>;

/** One database that the project describes. */
export interface Target {
  readonly settings: ConfigTable;
  readonly generate: readonly ConfigTable[];
}

export interface Project {
  /** Folder of spacetime.json; its relative paths start here. */
  readonly directory: string;
  readonly files: readonly string[];
  readonly targets: readonly Target[];
}

const inheritable = [
  'database',
  'server',
  'module-path',
  'wasm-file',
  'js-file',
  'build-options',
  'break-clients',
  'num-replicas',
  'organization',
  'parent',
  'native-aot',
  'dotnet-version',
  'anon-identity',
];
const ownOnly = ['generate', 'children', 'dev'];
const generateKeys = [
  'language',
  'out-dir',
  'uproject-dir',
  'namespace',
  'unreal-module-name',
  'module-prefix',
  'include-private',
  'module-path',
  'build-options',
  'dotnet-version',
];
/** The documentation's spellings of keys whose names in the real tool are others. */
const synonyms: Readonly<Record<string, string>> = {
  'bin-path': 'wasm-file',
  'js-path': 'js-file',
  anonymous: 'anon-identity',
};

/** The project that `cwd` belongs to: the nearest spacetime.json upwards, with its layers; undefined without one. */
export function loadProject(cwd: string, env: string | undefined): Project | undefined {
  for (let directory = cwd; ; directory = dirname(directory)) {
    if (existsSync(join(directory, 'spacetime.json'))) return readProject(directory, env);
    if (dirname(directory) === directory) return undefined;
  }
}

function readProject(directory: string, env: string | undefined): Project {
  const names = ['spacetime.json', 'spacetime.local.json'];
  if (env) names.push(`spacetime.${env}.json`, `spacetime.${env}.local.json`);
  const files = names.map((name) => join(directory, name)).filter((path) => existsSync(path));
  const merged = files.map(readLayer).reduce(mergeLayers, {});
  return { directory, files, targets: targetsOf(merged) };
}

function readLayer(path: string): ConfigTable {
  let parsed: unknown;
  try {
    parsed = JSON5.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new CliError(syntaxMessage(path, error));
  }
  return normalize(tableOf(parsed, `${basename(path)} must hold one JSON object.`));
}

/** json5 says `JSON5: invalid character 'x' at 3:7`; say it as compilers do. */
function syntaxMessage(path: string, error: unknown): string {
  const [, what, line, column] = /^JSON5: (.*) at (\d+):(\d+)$/.exec(messageOf(error)) ?? [];
  if (!what) return `${path} could not be read: ${messageOf(error)}`;
  return `${path}:${line}:${column}: ${what}. The file must be valid JSON (comments and trailing commas are allowed).`;
}

function tableOf(value: unknown, message: string): ConfigTable {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as ConfigTable;
  throw new CliError(message);
}

const canonicalKey = (key: string): string => {
  const dashed = key.replaceAll('_', '-');
  return synonyms[dashed] ?? dashed;
};

const normalize = (table: ConfigTable): ConfigTable =>
  Object.fromEntries(Object.entries(table).map(([key, value]) => [canonicalKey(key), value]));

/** Later layers win per key; children are merged by position. */
function mergeLayers(below: ConfigTable, above: ConfigTable): ConfigTable {
  const merged = { ...below, ...above };
  if (!Array.isArray(below.children) || !Array.isArray(above.children)) return merged;
  const count = Math.max(below.children.length, above.children.length);
  const layers = [below.children, above.children];
  merged.children = Array.from({ length: count }, (_, i) => {
    const [lower, upper] = layers.map((list) => normalize((list[i] ?? {}) as ConfigTable));
    return mergeLayers(lower ?? {}, upper ?? {});
  });
  return merged;
}

function targetsOf(table: ConfigTable, inherited: ConfigTable = {}): Target[] {
  rejectUnknown(table, [...inheritable, ...ownOnly]);
  if (table.dev !== undefined) rejectUnknown(normalize(tableOf(table.dev, '`dev` must be an object.')), ['run']);
  const settings = { ...inheritedBy(table, inherited), ...pick(table, inheritable) };
  const generate = listOf(table.generate, 'generate').map((entry) => generateEntry(entry));
  const children = listOf(table.children, 'children').flatMap((child) => targetsOf(normalize(child), settings));
  const own = table.database !== undefined || children.length === 0 ? [{ settings, generate }] : [];
  return [...own, ...children];
}

/** A child that names a module source of its own takes none of its parent's. */
function inheritedBy(table: ConfigTable, inherited: ConfigTable): ConfigTable {
  const sources = ['module-path', 'wasm-file', 'js-file'];
  if (!sources.some((key) => table[key] !== undefined)) return inherited;
  return pick(
    inherited,
    inheritable.filter((key) => !sources.includes(key)),
  );
}

function generateEntry(entry: ConfigTable): ConfigTable {
  const table = normalize(entry);
  rejectUnknown(table, generateKeys);
  return table;
}

function listOf(value: unknown, key: string): ConfigTable[] {
  if (value === undefined) return [];
  const message = `Config key '${key}' must be an array of objects.`;
  if (!Array.isArray(value)) throw new CliError(message);
  return value.map((entry) => tableOf(entry, message));
}

const pick = (table: ConfigTable, keys: readonly string[]): ConfigTable =>
  Object.fromEntries(Object.entries(table).filter(([key]) => keys.includes(key)));

function rejectUnknown(table: ConfigTable, known: readonly string[]): void {
  const unknown = Object.keys(table).find((key) => !known.includes(key));
  if (unknown === undefined) return;
  throw new CliError(
    `Config key '${unknown}' is not supported in the config file. Available keys: ${[...known].sort().join(', ')}`,
  );
}

/** A setting that must be text. */
export function textSetting(table: ConfigTable, key: string): string | undefined {
  const value = table[key];
  if (value === undefined || typeof value === 'string') return value;
  throw new CliError(`Config key '${key}' must be text.`);
}

/** A setting that must be true or false. */
export function flagSetting(table: ConfigTable, key: string): boolean {
  const value = table[key];
  if (value === undefined || typeof value === 'boolean') return value ?? false;
  throw new CliError(`Config key '${key}' must be true or false.`);
}
