/** Published programs by hash, `program-bytes/<xx>/<rest>`. */
import { mkdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { keccak_256 } from '@noble/hashes/sha3.js';
import { writeDurably } from './durable-file.ts';
import { hasCode } from './node-error.ts';

/** Keccak-256 of a program, 64 hex digits. */
export const hashProgram = (program: Uint8Array): string => Buffer.from(keccak_256(program)).toString('hex');

export class ProgramStore {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** Stores a program and gives its hash. Durable when it resolves. */
  async put(program: Uint8Array): Promise<string> {
    const hash = hashProgram(program);
    const file = this.#file(hash);
    await mkdir(dirname(file), { recursive: true });
    await writeDurably(file, program);
    return hash;
  }

  /** The program, or undefined when it is missing or no longer what was stored. */
  async get(hash: string): Promise<Uint8Array | undefined> {
    try {
      const program = await readFile(this.#file(hash));
      return hashProgram(program) === hash ? program : undefined;
    } catch (error) {
      if (hasCode(error, 'ENOENT')) return undefined;
      throw error;
    }
  }

  #file(hash: string): string {
    return join(this.#directory, hash.slice(0, 2), hash.slice(2));
  }
}
