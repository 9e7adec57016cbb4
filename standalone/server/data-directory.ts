/** Where things lie in the data directory, and whose directory it is. Layout: reference "protocol" 7.2. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'smol-toml';
import { SERVER_VERSION } from './version.ts';

export interface DataDirectory {
  root: string;
  lockFile: string;
  configFile: string;
  controlDirectory: string;
  programDirectory: string;
  logDirectory: string;
  replica(id: number): ReplicaPaths;
}

export interface ReplicaPaths {
  root: string;
  commitLog: string;
  moduleLogs: string;
}

/**
 * Written to metadata.toml. The commit log of the installed SpacetimeDB (`standalone`) has another format, so neither
 * server may open the other's directory.
 */
const EDITION = 'workbench';

export function describeDataDirectory(root: string): DataDirectory {
  return {
    root,
    lockFile: join(root, 'spacetime.pid'),
    configFile: join(root, 'config.toml'),
    controlDirectory: join(root, 'control-db'),
    programDirectory: join(root, 'program-bytes'),
    logDirectory: join(root, 'logs'),
    replica(id) {
      const replica = join(root, 'replicas', String(id));
      return { root: replica, commitLog: join(replica, 'clog'), moduleLogs: join(replica, 'module_logs') };
    },
  };
}

/** Throws when another edition of SpacetimeDB owns the directory. Call before anything is written into it. */
export function checkEdition(directory: DataDirectory): void {
  const file = join(directory.root, 'metadata.toml');
  if (!existsSync(file)) {
    if (existsSync(join(directory.controlDirectory, 'conf'))) throw foreign(directory, 'the installed SpacetimeDB');
    return;
  }
  const { edition } = parse(readFileSync(file, 'utf8'));
  if (edition !== EDITION) throw foreign(directory, `SpacetimeDB edition "${String(edition)}"`);
}

const foreign = (directory: DataDirectory, owner: string): Error =>
  new Error(
    `The data directory ${directory.root} belongs to ${owner}, whose files the embedded server cannot read. ` +
      'Nothing was changed. Start with another directory (--data-dir), or start the installed server instead.',
  );

/** Creates what is missing. Call while holding the lock. */
export function prepareDataDirectory(directory: DataDirectory): void {
  for (const folder of [directory.controlDirectory, directory.programDirectory, directory.logDirectory]) {
    mkdirSync(folder, { recursive: true });
  }
  const metadata = join(directory.root, 'metadata.toml');
  if (!existsSync(metadata)) writeFileSync(metadata, `version = "${SERVER_VERSION}"\nedition = "${EDITION}"\n`);
}
