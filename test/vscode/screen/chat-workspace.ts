/** A folder with the chat module, as a person has it after `npm install`, and the independent client beside it. */
import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { bundleProgram } from '../../support/run-bundled.ts';
import { repository } from '../../support/standalone.ts';

export interface ChatWorkspace {
  folder: string;
  /** Text of the module's entry file on disk. */
  source(): Promise<string>;
  writeSource(text: string): Promise<void>;
  /** The generated `index.ts`, or undefined while it does not exist. */
  bindings(): Promise<{ text: string; changedMs: number } | undefined>;
  /** Runs the client program on the unmodified SDK: its own connection, its own identity. Returns what it printed. */
  sendFromElsewhere(uri: string, text: string): Promise<string>;
  remove(): Promise<void>;
}

export async function createChatWorkspace(): Promise<ChatWorkspace> {
  const parent = await mkdtemp(path.join(tmpdir(), 'stdb-ws-'));
  const folder = path.join(parent, 'chat');
  await cp(path.join(repository, 'test/fixtures/chat'), folder, {
    recursive: true,
    filter: (source) => !/module_bindings|node_modules|[\\/]dist$/.test(source),
  });
  // What `npm install` would make, without installing again.
  await symlink(path.join(repository, 'node_modules'), path.join(folder, 'node_modules'), 'dir');
  const entry = path.join(folder, 'spacetimedb/src/index.ts');
  const index = path.join(folder, 'src/module_bindings/index.ts');
  const client = await bundleProgram(path.join(repository, 'test/fixtures/chat/src/main.ts'));
  return {
    folder,
    source: () => readFile(entry, 'utf8'),
    writeSource: (text) => writeFile(entry, text),
    async bindings() {
      try {
        return { text: await readFile(index, 'utf8'), changedMs: (await stat(index)).mtimeMs };
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
        throw error;
      }
    },
    async sendFromElsewhere(uri, text) {
      const env = { ...process.env, SPACETIMEDB_URI: uri, SPACETIMEDB_DATABASE: 'chat' };
      const { stdout } = await promisify(execFile)(process.execPath, [client, text], { env, timeout: 30_000 });
      return stdout;
    },
    remove: () => rm(parent, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }),
  };
}

/** Path of the packaged extension; `npm test` makes it first. */
export function packagedExtension(): string {
  const vsix = process.env.WORKBENCH_TEST_VSIX;
  if (!vsix) throw new Error('WORKBENCH_TEST_VSIX names no VSIX. Run the specs with: npm test -- screen');
  return vsix;
}
