/**
 * One server per data directory. The lock is a file with the holder's process id; a holder that died without removing
 * it is recognised, also when its id was given to another process since.
 */
import { randomUUID } from 'node:crypto';
import { constants, copyFileSync, linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { hasCode } from './node-error.ts';

export interface DirectoryLock {
  release(): void;
}

/** Takes the lock, or throws saying who holds it. */
export function lockDirectory(file: string): DirectoryLock {
  mkdirSync(dirname(file), { recursive: true });
  const mine = `${process.pid}\n${processStat(process.pid)?.startMark ?? ''}\n${randomUUID()}\n`;
  for (let attempt = 0; attempt < 5; attempt++) {
    if (create(file, mine)) return { release: () => release(file, mine) };
    const holder = read(file);
    if (holder === undefined) continue;
    if (isAlive(holder)) throw new Error(heldMessage(file, holder));
    removeStale(file, holder);
  }
  throw new Error(`Could not lock ${file}: other servers keep starting on the same data directory. Start only one.`);
}

function create(file: string, content: string): boolean {
  // Written aside and linked, so that nobody ever reads a lock without its content.
  const aside = `${file}.${randomUUID()}`;
  try {
    writeFileSync(aside, content, { flag: 'wx' });
    placeExclusively(aside, file);
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    throw error;
  } finally {
    rmSync(aside, { force: true });
  }
}

/** Some file systems (exFAT, network shares) have no links; there a copy that refuses to overwrite has to do. */
function placeExclusively(aside: string, file: string): void {
  try {
    linkSync(aside, file);
  } catch (error) {
    if (!hasCode(error, 'EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS')) throw error;
    copyFileSync(aside, file, constants.COPYFILE_EXCL);
  }
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

/** Moves the dead holder's file away, and puts it back when another server took the lock in the same moment. */
function removeStale(file: string, holder: string): void {
  const aside = `${file}.${randomUUID()}`;
  try {
    renameSync(file, aside);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return;
    throw error;
  }
  if (read(aside) !== holder) placeExclusively(aside, file);
  rmSync(aside, { force: true });
}

function release(file: string, mine: string): void {
  if (read(file) === mine) rmSync(file, { force: true });
}

function isAlive(holder: string): boolean {
  const [id = '', mark = ''] = holder.split('\n');
  const pid = Number(id);
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it runs, as somebody else.
    if (!hasCode(error, 'EPERM')) return false;
  }
  const stat = processStat(pid);
  // Killed, but its parent has not asked how it ended; in a container without an init process nobody ever does.
  if (stat?.state === 'Z' || stat?.state === 'X') return false;
  return mark === '' || stat?.startMark === undefined || stat.startMark === mark;
}

interface ProcessStat {
  /** `Z` and `X` are dead. */
  state: string | undefined;
  /** When it started, in ticks since boot; distinguishes a reused id. */
  startMark: string | undefined;
}

/** What the system tells about a process (Linux only). */
function processStat(pid: number): ProcessStat | undefined {
  if (process.platform !== 'linux') return undefined;
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name in parentheses may hold spaces; the state is the first field after it, the start time the 20th.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { state: fields[0], startMark: fields[19] };
  } catch {
    // The process ended, or /proc is hidden: its id alone has to do.
    return undefined;
  }
}

function heldMessage(file: string, holder: string): string {
  const pid = holder.split('\n')[0];
  return (
    `Another server (process ${pid}) uses the data directory ${dirname(file)}. ` +
    'Stop it first, or start with another directory (--data-dir). ' +
    `If process ${pid} is not a SpacetimeDB server, remove ${file}.`
  );
}
