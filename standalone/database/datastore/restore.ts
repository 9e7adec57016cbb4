/** Opens the log directory of a database: the newest snapshot that can be used, then the log from there on. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { CommitLog, type CommitLogOptions } from './commit-log.ts';
import { listSegments, listSnapshots, offsetOf, removeUnfinished, segmentName, setAside } from './log-files.ts';
import { Replay } from './replay.ts';
import { type RestoredState, readSnapshot } from './snapshot.ts';

export type RestoreOptions = Pick<CommitLogOptions, 'directory' | 'onNote' | 'onDurable' | 'onFailure'>;

/** Throws when the log cannot be used as it is; then nothing in the directory has been changed that it needs. */
export function openLogDirectory(options: RestoreOptions): { replay: Replay; log: CommitLog } {
  const { directory } = options;
  mkdirSync(directory, { recursive: true });
  removeUnfinished(directory);
  const snapshot = newestSnapshot(options);
  const replay = new Replay(snapshot);
  if (!snapshot) checkBeginning(directory);
  const log = new CommitLog({
    ...options,
    ...(snapshot ? { from: segmentName(snapshot.offset + 1n) } : {}),
    onRecord: (payload) => replay.apply(payload),
    nextOffset: () => replay.offset + 1n,
  });
  return { replay, log };
}

/**
 * A snapshot begins a new segment of the log, so one without that segment is beyond the log: transactions that came
 * after it could not be told from those before. It is not used, and neither is a damaged one.
 */
function newestSnapshot({ directory, onNote }: RestoreOptions): RestoredState | undefined {
  const segments = new Set(listSegments(directory));
  for (const name of listSnapshots(directory)) {
    const goesOn = segments.has(segmentName(offsetOf(name) + 1n));
    const read = goesOn ? readSnapshot(join(directory, name)) : { ok: false as const, message: 'it is beyond the log' };
    if (read.ok) return read.value;
    const aside = setAside(directory, name);
    onNote(
      `The snapshot ${name} is not used (${read.message}) and was set aside as ${aside}; an older one and the log are used instead.`,
    );
  }
  return undefined;
}

function checkBeginning(directory: string): void {
  const [first] = listSegments(directory);
  if (first === undefined || offsetOf(first) === 0n) return;
  throw new Error(
    `The commit log begins with transaction ${offsetOf(first)}. What came before is only in snapshots, and none of them can be read. Restore the missing files of the database's log directory from a copy.`,
  );
}
