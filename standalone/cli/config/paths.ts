/** Where the tool keeps its files; the same places as the real one. Source: reference "cli and generate" 3. */
import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';

export interface ToolPaths {
  readonly cliToml: string;
  /** Holds the server's signing keys. */
  readonly configDir: string;
  readonly dataDir: string;
}

export interface PathOptions {
  readonly rootDir?: string | undefined;
  readonly configPath?: string | undefined;
}

/** Locations for this person and platform, moved by `--root-dir` and `--config-path`. */
export function toolPaths(
  options: PathOptions,
  env: Readonly<Record<string, string | undefined>>,
  cwd: string,
  platform: NodeJS.Platform = process.platform,
): ToolPaths {
  const { configDir, dataDir } = options.rootDir
    ? { configDir: resolve(cwd, options.rootDir, 'config'), dataDir: resolve(cwd, options.rootDir, 'data') }
    : defaults(env, platform);
  return {
    configDir,
    dataDir,
    cliToml: options.configPath ? resolve(cwd, options.configPath) : join(configDir, 'cli.toml'),
  };
}

function defaults(env: Readonly<Record<string, string | undefined>>, platform: NodeJS.Platform) {
  const home = env.HOME || homedir();
  if (platform === 'win32') {
    const base = join(env.LOCALAPPDATA || join(env.USERPROFILE || home, 'AppData', 'Local'), 'SpacetimeDB');
    return { configDir: join(base, 'config'), dataDir: join(base, 'data') };
  }
  // The XDG specification says that relative paths in these variables are to be ignored.
  const xdg = (value: string | undefined, fallback: string): string =>
    value && isAbsolute(value) ? value : join(home, fallback);
  return {
    configDir: join(xdg(env.XDG_CONFIG_HOME, '.config'), 'spacetime'),
    dataDir: join(xdg(env.XDG_DATA_HOME, join('.local', 'share')), 'spacetime', 'data'),
  };
}
