/** Files that are either the old or the new content after a crash, never half of one. */
import { randomUUID } from 'node:crypto';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Writes beside the target, syncs, and renames over it. `beforeRename` may move the old file away. */
export async function writeDurably(
  file: string,
  content: string | Uint8Array,
  beforeRename: () => Promise<void> = async () => {},
): Promise<void> {
  const temporary = `${file}.${randomUUID()}.tmp`;
  try {
    await withFile(temporary, 'wx', async (handle) => {
      await handle.writeFile(content);
      await handle.sync();
    });
    await beforeRename();
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncDirectory(dirname(file));
}

/** A rename is durable only when its directory is synced. Windows has no such call, and does not need it. */
async function syncDirectory(directory: string): Promise<void> {
  if (process.platform === 'win32') return;
  await withFile(directory, 'r', (handle) => handle.sync());
}

async function withFile(file: string, flags: string, use: (handle: FileHandle) => Promise<void>): Promise<void> {
  const handle = await open(file, flags);
  try {
    await use(handle);
  } finally {
    await handle.close();
  }
}
