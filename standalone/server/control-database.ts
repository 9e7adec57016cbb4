/** Which databases exist: names, owners, programs, replicas. Small, held in memory, written as a whole when it changes. */
import { copyFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { writeDurably } from './durable-file.ts';
import { hasCode } from './node-error.ts';

export interface DatabaseRecord {
  /** 64 hex digits, as `owner`. */
  readonly identity: string;
  readonly owner: string;
  readonly names: readonly string[];
  /** Keccak-256 of the program published last, hex. */
  readonly programHash: string;
  /** Folder number under `replicas/`; never reused. */
  readonly replicaId: number;
  /** Protected against deletion and reset. */
  readonly locked: boolean;
}

interface Content {
  nextReplicaId: number;
  databases: readonly DatabaseRecord[];
}

export class ControlDatabase {
  readonly #file: string;
  #content: Content;
  /** The last write; the next one waits for it, so that writes land in order. */
  #writing: Promise<void> = Promise.resolve();

  private constructor(file: string, content: Content) {
    this.#file = file;
    this.#content = content;
  }

  /** Reads the newest whole state. Throws when there are files, but none of them is whole. */
  static async open(directory: string, warn: (message: string) => void): Promise<ControlDatabase> {
    const file = join(directory, 'control.json');
    const candidates = [file, previous(file)];
    const damaged: string[] = [];
    for (const candidate of candidates) {
      const content = await readContent(candidate);
      if (content === 'missing') continue;
      if (content === 'damaged') {
        damaged.push(candidate);
        continue;
      }
      if (candidate !== file) {
        warn(`${file} is ${damaged.length > 0 ? 'damaged' : 'missing'}; the state before its last change is used.`);
      }
      return new ControlDatabase(file, content);
    }
    if (damaged.length > 0) {
      throw new Error(
        `The list of databases is damaged (${damaged.join(', ')}). ` +
          'Restore it from a backup, or start with another data directory (--data-dir). The data of the databases was not touched.',
      );
    }
    return new ControlDatabase(file, { nextReplicaId: 1, databases: [] });
  }

  all(): readonly DatabaseRecord[] {
    return this.#content.databases;
  }

  byIdentity(identity: string): DatabaseRecord | undefined {
    return this.#content.databases.find((database) => database.identity === identity);
  }

  byName(name: string): DatabaseRecord | undefined {
    return this.#content.databases.find((database) => database.names.includes(name));
  }

  /** Reserves a folder number for a database that does not exist yet. Durable when it resolves. */
  async reserveReplica(): Promise<number> {
    let id = 0;
    await this.#change((content) => {
      id = content.nextReplicaId;
      return { ...content, nextReplicaId: id + 1 };
    });
    return id;
  }

  /** Adds a database. Durable when it resolves. */
  add(record: DatabaseRecord): Promise<void> {
    return this.#change((content) => ({ ...content, databases: [...content.databases, record] }));
  }

  /** Changes some fields of a database; one that was removed meanwhile stays removed. Durable when it resolves. */
  update(identity: string, fields: Partial<Omit<DatabaseRecord, 'identity'>>): Promise<void> {
    return this.#change((content) => ({
      ...content,
      databases: content.databases.map((record) => (record.identity === identity ? { ...record, ...fields } : record)),
    }));
  }

  /** Forgets a database and frees its names. Durable when it resolves. */
  remove(identity: string): Promise<void> {
    return this.#change((content) => ({
      ...content,
      databases: content.databases.filter((database) => database.identity !== identity),
    }));
  }

  #change(edit: (content: Content) => Content): Promise<void> {
    const write = this.#writing.then(async () => {
      const next = edit(this.#content);
      await writeContent(this.#file, next);
      this.#content = next;
    });
    // A failed write is reported to its caller; the next change starts from the last state that was written.
    this.#writing = write.catch(() => {});
    return write;
  }
}

const previous = (file: string): string => `${file}.previous`;

async function writeContent(file: string, content: Content): Promise<void> {
  const text = JSON.stringify(content, null, 2);
  await writeDurably(file, `${crc32(text).toString(16)}\n${text}\n`, async () => {
    await copyFile(file, previous(file)).catch((error: unknown) => {
      if (!hasCode(error, 'ENOENT')) throw error;
    });
  });
}

async function readContent(file: string): Promise<Content | 'missing' | 'damaged'> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return 'missing';
    throw error;
  }
  const [, sum = '', body = ''] = /^([0-9a-f]+)\n([\s\S]*)\n$/.exec(text) ?? [];
  // The checksum covers the whole body, so a body that fits it is one that writeContent wrote.
  return body !== '' && crc32(body).toString(16) === sum ? (JSON.parse(body) as Content) : 'damaged';
}
