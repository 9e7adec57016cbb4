/** The chat module that `npm start` opens: a copy of the fixture that its user may change. */
import { existsSync } from 'node:fs';
import { cp, mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { root, workDirectory } from './paths.ts';

/** Makes the copy unless it is there, with the `spacetimedb` package in reach; returns its folder. */
export async function ensureSample(): Promise<string> {
  const folder = join(workDirectory, 'sample', 'chat');
  if (existsSync(folder)) return folder;
  await cp(join(root, 'test', 'fixtures', 'chat'), folder, { recursive: true });
  await mkdir(join(folder, 'node_modules'), { recursive: true });
  await symlink(join(root, 'node_modules', 'spacetimedb'), join(folder, 'node_modules', 'spacetimedb'), 'junction');
  return folder;
}

if (import.meta.main) console.log(await ensureSample());
