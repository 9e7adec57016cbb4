/**
 * Which `spacetime` to use: the one that the settings name, else the one on PATH, else the embedded one.
 * All three are called alike; nothing else in the extension knows which it is.
 */
import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import path from 'node:path';

export type ToolSource = 'setting' | 'PATH' | 'embedded';

/** How to call `spacetime`: `command` with `prefixArgs` before the real arguments. */
export interface Tool {
  source: ToolSource;
  command: string;
  prefixArgs: string[];
  /** Added to the environment of every call. */
  env: Record<string, string>;
  /** What people are shown as the tool's place. */
  location: string;
}

export interface ToolSearch {
  /** The setting `spacetimedb.path`; empty when unset. */
  configured: string;
  env: NodeJS.ProcessEnv;
  platform: NodeJS.Platform;
  /** The program that runs JavaScript for us: the VS Code that hosts the extension. */
  execPath: string;
  /** `dist/spacetime.cjs` of the extension. */
  embeddedScript: string;
  isExecutable(file: string): Promise<boolean>;
}

/** Never fails: the embedded tool is always there. */
export async function findTool(search: ToolSearch): Promise<Tool> {
  if (search.configured !== '') return program('setting', search.configured);
  const onPath = await findOnPath(search);
  if (onPath) return program('PATH', onPath);
  return {
    source: 'embedded',
    command: search.execPath,
    prefixArgs: [search.embeddedScript],
    // VS Code's own binary behaves as plain Node with this, and the real Node ignores it.
    env: { ELECTRON_RUN_AS_NODE: '1' },
    location: search.embeddedScript,
  };
}

const program = (source: ToolSource, command: string): Tool => ({
  source,
  command,
  prefixArgs: [],
  env: {},
  location: command,
});

async function findOnPath(search: ToolSearch): Promise<string | undefined> {
  const paths = search.platform === 'win32' ? path.win32 : path.posix;
  const folders = (readVariable(search, 'PATH') ?? '').split(paths.delimiter).filter((folder) => folder !== '');
  for (const folder of folders) {
    for (const name of programNames(search)) {
      // Windows allows quotes around entries of PATH.
      const file = paths.join(folder.replace(/^"(.*)"$/, '$1'), name);
      if (await search.isExecutable(file)) return file;
    }
  }
  return undefined;
}

/** On Windows a program is found by its extension. Batch files are left out: they cannot be run without a shell. */
function programNames(search: ToolSearch): string[] {
  if (search.platform !== 'win32') return ['spacetime'];
  const extensions = (readVariable(search, 'PATHEXT') ?? '.COM;.EXE').split(';').map((e) => e.toLowerCase());
  return extensions.filter((e) => e === '.exe' || e === '.com').map((e) => `spacetime${e}`);
}

/** Names of environment variables ignore case on Windows, but a copied environment does not. */
function readVariable(search: ToolSearch, name: string): string | undefined {
  const key = search.platform === 'win32' ? Object.keys(search.env).find((k) => k.toUpperCase() === name) : name;
  return key === undefined ? undefined : search.env[key];
}

/** Whether a file exists and may be run. */
export async function isExecutable(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK);
    return (await stat(file)).isFile();
  } catch {
    // Not there or not ours to run: both mean "look further".
    return false;
  }
}
