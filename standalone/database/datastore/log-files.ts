/**
 * The files of a database's log directory, by their names: segments of the commit log carry the offset of their first
 * transaction, snapshots that of the last transaction they contain. Twenty digits, so that names sort like offsets.
 */
import { existsSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';

const digits = (offset: bigint): string => offset.toString().padStart(20, '0');

export const segmentName = (firstOffset: bigint): string => `${digits(firstOffset)}.log`;
export const snapshotName = (offset: bigint): string => `${digits(offset)}.snapshot`;
export const offsetOf = (name: string): bigint => BigInt(name.slice(0, 20));

/** Names of the segments, oldest first. */
export const listSegments = (directory: string): string[] =>
  readdirSync(directory)
    .filter((name) => /^\d{20}\.log$/.test(name))
    .sort();

/** Names of the snapshots, newest first. */
export const listSnapshots = (directory: string): string[] =>
  readdirSync(directory)
    .filter((name) => /^\d{20}\.snapshot$/.test(name))
    .sort()
    .reverse();

/** Gives a file that is no longer part of the log a name that says so; nothing is deleted. Returns the name. */
export function setAside(directory: string, name: string): string {
  let aside = `${name}.dropped`;
  for (let i = 2; existsSync(join(directory, aside)); i++) aside = `${name}.${i}.dropped`;
  renameSync(join(directory, name), join(directory, aside));
  return aside;
}

/** Snapshots that a crash left half written. */
export function removeUnfinished(directory: string): void {
  for (const name of readdirSync(directory)) {
    if (/^\d{20}\.snapshot\.tmp$/.test(name)) rmSync(join(directory, name), { force: true });
  }
}

/**
 * What is kept after a new snapshot: the two newest snapshots, every segment that the older of the two needs, and as
 * much of the log before that as fits in `keepBytes`. So while a log is small it can always be replayed from its first
 * transaction, and a large one survives the loss of a snapshot.
 */
export function removeObsolete(directory: string, keepBytes: number): void {
  const [, older, ...obsolete] = listSnapshots(directory);
  for (const name of obsolete) rmSync(join(directory, name), { force: true });
  if (older === undefined) return;
  const firstNeeded = segmentName(offsetOf(older) + 1n);
  const segments = listSegments(directory).map((name) => ({ name, size: statSync(join(directory, name)).size }));
  let total = segments.reduce((sum, { size }) => sum + size, 0);
  for (const { name, size } of segments) {
    if (name >= firstNeeded || total <= keepBytes) return;
    rmSync(join(directory, name), { force: true });
    total -= size;
  }
}
