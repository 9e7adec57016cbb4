/**
 * Random transactions through a whole database against a model that is a plain list of rows: what each call answers,
 * what queries give, and what is there after the database was opened again.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { callOf, InProcessDatabase, publishTo, rowsOf } from '../support/in-process-database.ts';
import { bundleSource } from '../support/modules.ts';
import { type Random, randomFrom } from '../support/random.ts';

const moduleSource = `
  import { schema, t, table, SenderError } from 'spacetimedb/server';
  const item = table({
    public: true, indexes: [{ accessor: 'byKindAndSize', algorithm: 'btree', columns: ['kind', 'size'] }],
  }, { id: t.u32().primaryKey(), code: t.string().unique(), kind: t.i8(), size: t.i64() });
  const plain = table({ public: true }, { text: t.string(), n: t.u8() });
  const db = schema({ item, plain });
  export default db;
  const step = t.object('Step', { op: t.u8(), id: t.u32(), code: t.string(), kind: t.i8(), size: t.i64() });
  export const run = db.reducer({ steps: t.array(step), fail: t.u8() }, (ctx, { steps, fail }) => {
    for (const { op, id, code, kind, size } of steps) {
      if (op === 0) ctx.db.item.insert({ id, code, kind, size });
      else if (op === 1) ctx.db.item.id.update({ id, code, kind, size });
      else if (op === 2) ctx.db.item.id.delete(id);
      else if (op === 3) for (const row of [...ctx.db.item.byKindAndSize.filter(kind)]) ctx.db.item.delete(row);
      else if (op === 4) ctx.db.plain.insert({ text: code, n: id });
      else if (op === 5) ctx.db.plain.delete({ text: code, n: id });
      else if (op === 6) { try { ctx.db.item.insert({ id, code, kind, size }); } catch {} }
      else if (op === 7) ctx.db.plain.clear();
    }
    if (fail === 1) throw new SenderError('undone');
    if (fail === 2) throw new Error('undone');
  });
`;

interface Step {
  op: number;
  id: number;
  code: string;
  kind: number;
  size: number;
}

type Item = Pick<Step, 'id' | 'code' | 'kind' | 'size'>;

class Refused extends Error {}

/** The tables as lists; every operation looks at every row. */
class Model {
  items: Item[] = [];
  plain: { text: string; n: number }[] = [];

  copy(): Model {
    const copy = new Model();
    copy.items = [...this.items];
    copy.plain = [...this.plain];
    return copy;
  }

  /** Throws Refused where the reducer fails. */
  apply({ op, id, code, kind, size }: Step): void {
    const item = { id, code, kind, size };
    const same = this.plain.find((row) => row.text === code && row.n === id);
    if (op === 0) this.#insert(item);
    else if (op === 1) this.#update(item);
    else if (op === 2) this.items = this.items.filter((row) => row.id !== id);
    else if (op === 3) this.items = this.items.filter((row) => row.kind !== kind);
    else if (op === 4 && !same) this.plain.push({ text: code, n: id });
    else if (op === 5) this.plain = this.plain.filter((row) => row !== same);
    else if (op === 6) this.#insertIfPossible(item);
    else if (op === 7) this.plain = [];
  }

  #insert(item: Item): void {
    const clashes = this.items.filter((row) => row.id === item.id || row.code === item.code);
    if (clashes.length === 1 && JSON.stringify(clashes[0]) === JSON.stringify(item)) return;
    if (clashes.length > 0) throw new Refused();
    this.items.push(item);
  }

  #insertIfPossible(item: Item): void {
    if (!this.items.some((row) => row.id === item.id || row.code === item.code)) this.items.push(item);
  }

  #update(item: Item): void {
    const place = this.items.findIndex((row) => row.id === item.id);
    if (place < 0 || this.items.some((row, i) => i !== place && row.code === item.code)) throw new Refused();
    this.items[place] = item;
  }
}

export interface ModelResult {
  transactions: number;
  committed: number;
  restarts: number;
}

/** Transactions between two comparisons of all rows, and between two restarts. */
const compareEvery = 20;
const restartEvery = 1000;

/** Throws at the first difference. */
export async function modelTest(transactions: number, seed: number): Promise<ModelResult> {
  const random = randomFrom(seed);
  const directory = mkdtempSync(path.join(tmpdir(), 'model-'));
  const open = async (): Promise<InProcessDatabase> => {
    const database = new InProcessDatabase({ directory, snapshots: { busyBytes: 20_000, keepLogBytes: 100_000 } });
    const opened = await database.request('open', {});
    if (!opened.ok) throw new Error(opened.message);
    return database;
  };
  let database = await open();
  try {
    await publishTo(database, await bundleSource(moduleSource));
    const result: ModelResult = { transactions: 0, committed: 0, restarts: 0 };
    let model = new Model();
    while (result.transactions < transactions) {
      const steps = Array.from({ length: random.integer(6) }, () => randomStep(random));
      const fail = random.chance(0.1) ? 1 + random.integer(2) : 0;
      const after = model.copy();
      const expected = attempt(after, steps) && fail === 0;
      const reply = await callOf(database, 'run', [steps, fail]);
      const text = JSON.stringify(steps);
      if (reply.ok !== expected)
        throw new Error(`the call ${reply.ok ? 'succeeded' : 'failed'} and should not: ${text}`);
      if (expected) {
        model = after;
        result.committed++;
      }
      result.transactions++;
      if (result.transactions % restartEvery === 0) {
        await database.request('close', {});
        database = await open();
        result.restarts++;
      }
      if (result.transactions % compareEvery === 0) await compare(database, model, text);
    }
    await compare(database, model, 'the end');
    return result;
  } finally {
    await database.request('close', {});
    rmSync(directory, { recursive: true });
  }
}

function attempt(model: Model, steps: readonly Step[]): boolean {
  try {
    for (const step of steps) model.apply(step);
    return true;
  } catch (error) {
    if (error instanceof Refused) return false;
    throw error;
  }
}

const randomStep = (random: Random): Step => ({
  op: random.pick([0, 0, 0, 1, 1, 2, 3, 4, 4, 5, 6, 7]),
  id: random.integer(12),
  code: random.pick(['', 'a', 'b', 'a\0', 'é', '\u{10000}', '\uffff', 'c', 'd', 'e', 'f', 'g']),
  kind: random.integer(4) - 2,
  size: random.integer(5) - 2,
});

async function compare(database: InProcessDatabase, model: Model, after: string): Promise<void> {
  const sorted = (rows: unknown[]): string =>
    rows
      .map((row) => JSON.stringify(row))
      .sort()
      .join('\n');
  const demand = async (query: string, expected: unknown[][]): Promise<void> => {
    const found = await rowsOf(database, query);
    if (sorted(found) !== sorted(expected)) {
      throw new Error(`${query} gives\n${sorted(found)}\nand not\n${sorted(expected)}\nafter ${after}`);
    }
  };
  const row = ({ id, code, kind, size }: Item): unknown[] => [id, code, kind, size];
  await demand('SELECT * FROM item', model.items.map(row));
  await demand(
    'SELECT * FROM plain',
    model.plain.map(({ text, n }) => [text, n]),
  );
  await demand(
    'SELECT * FROM item WHERE kind = -1 AND size > 0',
    model.items.filter((i) => i.kind === -1 && i.size > 0).map(row),
  );
  await demand("SELECT * FROM item WHERE code = 'a'", model.items.filter((i) => i.code === 'a').map(row));
  await demand('SELECT * FROM item WHERE id >= 6', model.items.filter((i) => i.id >= 6).map(row));
}
