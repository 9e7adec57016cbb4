import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CommitLog } from './commit-log.ts';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'commit-log-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

interface Opened {
  log: CommitLog;
  records: string[];
  notes: string[];
  durable: bigint[];
}

function open(at = directory): Opened {
  const opened: Omit<Opened, 'log'> = { records: [], notes: [], durable: [] };
  const log = new CommitLog({
    directory: at,
    onRecord: (payload) => opened.records.push(payload.toString()),
    nextOffset: () => BigInt(opened.records.length),
    onNote: (note) => opened.notes.push(note),
    onDurable: (offset) => opened.durable.push(offset),
    onFailure: (error) => {
      throw error;
    },
  });
  return { ...opened, log };
}

const texts = ['first', 'second record', 'x', 'a longer record that ends the log'];

async function writeTexts(): Promise<void> {
  const { log } = open();
  for (const [i, text] of texts.entries()) log.append(BigInt(i), (out) => out.raw(Buffer.from(text)));
  await log.close();
}

const segment = (): string => join(directory, readdirSync(directory).find((name) => name.endsWith('.log')) as string);

describe('commit log', () => {
  it('gives back what was appended, and goes on after it', async () => {
    await writeTexts();
    const again = open();
    expect(again.records).toEqual(texts);
    expect(again.notes).toEqual([]);
    again.log.append(4n, (out) => out.raw(Buffer.from('fifth')));
    await again.log.close();
    const third = open();
    expect(third.records).toEqual([...texts, 'fifth']);
    await third.log.close();
  });

  it('reports many records with one write', async () => {
    const { log, durable } = open();
    for (let i = 0n; i < 100n; i++) log.append(i, (out) => out.raw(Buffer.from(`record ${i}`)));
    expect(durable).toEqual([]);
    await log.flush();
    expect(durable).toEqual([99n]);
    await log.close();
  });

  it('restores a prefix of whole records, cut at any byte', async () => {
    await writeTexts();
    const whole = readFileSync(segment());
    for (let size = 0; size < whole.length; size++) {
      const at = join(directory, `cut-${size}`);
      const cut = open(at);
      await cut.log.close();
      writeFileSync(join(at, '00000000000000000000.log'), whole.subarray(0, size));
      const restored = open(at);
      expect(restored.records).toEqual(texts.slice(0, restored.records.length));
      restored.log.append(9n, (out) => out.raw(Buffer.from('new')));
      await restored.log.close();
      const next = open(at);
      expect(next.records).toEqual([...restored.records, 'new']);
      expect(next.notes).toEqual([]);
      await next.log.close();
    }
  });

  it('restores the records before a flipped bit, wherever it is', async () => {
    await writeTexts();
    const whole = readFileSync(segment());
    const format = 8;
    for (let at = 0; at < whole.length; at++) {
      if (at >= format && at < format + 4) continue; // another format is refused, see below
      const folder = join(directory, `flip-${at}`);
      await open(folder).log.close();
      const broken = Buffer.from(whole);
      broken[at] = (broken[at] as number) ^ 0x10;
      writeFileSync(join(folder, '00000000000000000000.log'), broken);
      const restored = open(folder);
      expect(restored.records.length).toBeLessThan(texts.length);
      expect(restored.records).toEqual(texts.slice(0, restored.records.length));
      expect(restored.notes[0]).toContain('damaged');
      await restored.log.close();
    }
  });

  it('refuses a log of another format and leaves it alone', async () => {
    await writeTexts();
    const whole = readFileSync(segment());
    whole[8] = 77;
    writeFileSync(segment(), whole);
    expect(() => open()).toThrow('The commit log has format 77');
    expect(readFileSync(segment())).toEqual(whole);
  });

  it('starts a new segment after a long one, and sets later ones aside when an earlier one is damaged', async () => {
    const megabyte = Buffer.alloc(1024 * 1024, 'x');
    const { log } = open();
    for (let i = 0n; i < 70n; i++) {
      log.append(i, (out) => out.raw(megabyte));
      await log.flush();
    }
    await log.close();
    const names = readdirSync(directory).sort();
    expect(names.length).toBe(2);
    const again = open();
    expect(again.records.length).toBe(70);
    await again.log.close();
    const first = join(directory, names[0] as string);
    const bytes = readFileSync(first);
    bytes[bytes.length - 1] = 0;
    writeFileSync(first, bytes);
    const damaged = open();
    expect(damaged.records.length).toBeLessThan(70);
    expect(readdirSync(directory).filter((name) => name.endsWith('.dropped'))).toEqual([`${names[1]}.dropped`]);
    await damaged.log.close();
  });
});
