/**
 * Damages the files of a log directory (segments and snapshots) and opens it. What is restored must be exactly the
 * state after some transaction: the last one when only snapshots were damaged, and never one that there was not.
 */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { RawModuleDef } from '../../schema/raw-module-def.ts';
import { rawModuleDefFromJson } from '../../schema/raw-module-def-codec.ts';
import { toByteString } from '../../standalone/database/datastore/byte-string.ts';
import { ByteWriter } from '../../standalone/database/datastore/byte-writer.ts';
import { type Catalog, type CatalogTable, firstUserId } from '../../standalone/database/datastore/catalog.ts';
import type { TablePlacement } from '../../standalone/database/datastore/catalog-change.ts';
import { CommitLog } from '../../standalone/database/datastore/commit-log.ts';
import { type RecordInput, writeRecord } from '../../standalone/database/datastore/log-record.ts';
import { Replay } from '../../standalone/database/datastore/replay.ts';
import { openLogDirectory } from '../../standalone/database/datastore/restore.ts';
import { captureState, writeSnapshot } from '../../standalone/database/datastore/snapshot.ts';
import type { TableChange } from '../../standalone/database/datastore/transaction.ts';
import { InProcessDatabase, publishTo } from '../support/in-process-database.ts';
import { bundleSource } from '../support/modules.ts';
import { mutated, type Random, randomFrom } from '../support/random.ts';

const moduleSource = (more: string): string => `
  import { schema, t, table } from 'spacetimedb/server';
  const item = table({ public: true }, { id: t.u32().primaryKey().autoInc(), name: t.string().index('btree')${more} });
  const bag = table({ public: true }, { x: t.i16() });
  export default schema({ item, bag });
`;

const transactions = 40;
const republishAt = 20;
/** A snapshot is made after these. */
const snapshotsAt = [12, 29];

interface Original {
  directory: string;
  /** Texts of the states by offset; -1 is the empty database. */
  states: Map<bigint, string>;
  last: bigint;
}

export interface LogFuzzResult {
  cases: number;
  wholeRestored: number;
  prefixRestored: number;
  refused: number;
}

/** Throws when a damaged directory crashes the server or gives a state that never was. */
export async function fuzzLog(cases: number, seed: number): Promise<LogFuzzResult> {
  const random = randomFrom(seed);
  const root = mkdtempSync(path.join(tmpdir(), 'fuzz-log-'));
  try {
    const original = await write(path.join(root, 'original'));
    const result: LogFuzzResult = { cases: 0, wholeRestored: 0, prefixRestored: 0, refused: 0 };
    const files = new Map(
      readdirSync(original.directory).map((name) => [name, readFileSync(path.join(original.directory, name))]),
    );
    for (; result.cases < cases; result.cases++) {
      const directory = path.join(root, 'case');
      mkdirSync(directory);
      const outcome = await oneCase(directory, files, original, random);
      result[outcome]++;
      rmSync(directory, { recursive: true });
    }
    return result;
  } finally {
    rmSync(root, { recursive: true });
  }
}

async function oneCase(
  directory: string,
  files: ReadonlyMap<string, Buffer>,
  { states, last }: Original,
  random: Random,
): Promise<'wholeRestored' | 'prefixRestored' | 'refused'> {
  const names = [...files.keys()];
  const damaged = new Set([random.pick(names)]);
  if (random.chance(0.3)) damaged.add(random.pick(names));
  for (const [name, bytes] of files) {
    writeFileSync(path.join(directory, name), damaged.has(name) ? mutated(bytes, random) : bytes);
  }
  const describe = (): string => `with damage to ${[...damaged].join(' and ')}`;
  let opened: ReturnType<typeof openLogDirectory>;
  try {
    opened = openLogDirectory({
      directory,
      onNote: () => undefined,
      onDurable: () => undefined,
      onFailure: (error) => {
        throw error;
      },
    });
  } catch (error) {
    // Another format, or a log that does not fit together, is refused in words.
    if (error instanceof Error && /commit log/i.test(error.message)) return 'refused';
    throw new Error(`opening failed otherwise ${describe()}`, { cause: error });
  }
  const { replay, log } = opened;
  await log.close();
  if (stateText(replay.catalog) !== states.get(replay.offset)) {
    throw new Error(`transaction ${replay.offset} was restored with other rows ${describe()}`);
  }
  if (replay.offset === last) return 'wholeRestored';
  if ([...damaged].every((name) => name.endsWith('.snapshot'))) {
    throw new Error(`transactions were lost although the log was whole ${describe()}`);
  }
  return 'prefixRestored';
}

const stateText = (catalog: Catalog): string =>
  JSON.stringify(
    [...catalog.tables.values()]
      .filter(({ isSystem }) => !isSystem)
      .map(({ def, store }) => [def.name, def.columns.length, store.copyRows().sort()]),
  );

/** A log of several segments with two snapshots and a republish, and the state after each of its transactions. */
async function write(directory: string): Promise<Original> {
  const replay = new Replay();
  const log = new CommitLog({
    directory,
    onRecord: () => undefined,
    nextOffset: () => replay.offset + 1n,
    onNote: () => undefined,
    onDurable: () => undefined,
    onFailure: () => undefined,
  });
  const states = new Map([[-1n, stateText(replay.catalog)]]);
  const commit = (record: Pick<RecordInput, 'programChange' | 'changes'>): void => {
    const offset = replay.offset + 1n;
    const out = new ByteWriter();
    const marked = [...replay.catalog.tables.values()];
    writeRecord(out, { ...record, offset, timestamp: offset, marked });
    log.append(offset, (target) => target.raw(out.finish()));
    replay.apply(Buffer.from(out.finish()));
    states.set(offset, stateText(replay.catalog));
  };
  // Rows do not know their program, so a few bytes stand for it and keep the files small.
  const program = Buffer.from('program');
  const first = await definitionOf('');
  const second = await definitionOf(', size: t.u8().default(1)');
  const ids = [firstUserId, firstUserId + 1] as const;
  const place = (names: string[], id: number, from: number | undefined, suffix: string): TablePlacement[] => [
    { name: names[0] as string, id: ids[0], from: from && ids[0], suffix: '' },
    { name: names[1] as string, id, from, suffix },
  ];
  const names = ['bag', 'item'];
  commit({
    programChange: {
      program,
      catalog: { definition: first, reset: false, tables: place(names, ids[1], undefined, '') },
    },
    changes: [],
  });
  for (let n = 0; n < transactions; n++) {
    if (n === republishAt) {
      const tables = place(names, ids[1] + 1, ids[1], '\u0001');
      commit({ programChange: { program, catalog: { definition: second, reset: false, tables } }, changes: [] });
    }
    commit({ programChange: undefined, changes: changesOf(replay.catalog, n, n >= republishAt) });
    if (!snapshotsAt.includes(n)) continue;
    await log.beginSegment(replay.offset + 1n);
    const definition = n >= republishAt ? second : first;
    const { offset, catalog, nextTableId } = replay;
    await writeSnapshot(directory, captureState({ offset, program, definition, catalog, nextTableId }), () => true);
  }
  await log.close();
  return { directory, states, last: replay.offset };
}

/** An inserted item, sometimes a deleted one, sometimes something in the bag. */
function changesOf(catalog: Catalog, n: number, wide: boolean): TableChange[] {
  const table = (name: string): CatalogTable => catalog.tableByName.get(name) as CatalogTable;
  const row = new ByteWriter();
  row.u32(n + 1);
  row.string(`item ${n % 5}`);
  if (wide) row.u8(9);
  const inserts = [toByteString(row.buffer, 0, row.length)];
  const deletes = n % 3 === 2 ? table('item').store.copyRows().slice(0, 1) : [];
  const changes: TableChange[] = [{ table: table('item'), inserts, deletes }];
  if (n % 2 === 0) changes.push({ table: table('bag'), inserts: [String.fromCharCode(n, 0)], deletes: [] });
  return changes;
}

async function definitionOf(more: string): Promise<RawModuleDef> {
  const database = new InProcessDatabase();
  await database.request('open', {});
  await publishTo(database, await bundleSource(moduleSource(more)));
  const schema = await database.request('schema', {});
  if (!schema.ok) throw new Error(schema.message);
  const definition = rawModuleDefFromJson(schema.json);
  if (!definition.ok) throw new Error(definition.message);
  await database.request('close', {});
  return definition.value;
}
