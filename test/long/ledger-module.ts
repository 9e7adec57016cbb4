/** A module whose rows show whether anything went wrong: whatever is called, in whatever order, `isSound` must hold. */
export const ledgerModule = `
  import { schema, t, table, SenderError } from 'spacetimedb/server';
  const account = table({ public: true }, { id: t.u32().primaryKey(), balance: t.i64() });
  const entry = table({ public: true }, {
    id: t.u64().primaryKey().autoInc(), name: t.string().index('btree'),
    tags: t.array(t.string()), size: t.option(t.f64()), on: t.bool(),
  });
  const copy = table({ public: true }, { id: t.u64(), name: t.string() });
  const shout = table({ public: true, event: true }, { text: t.string() });
  const hidden = table({}, { secret: t.string() });
  const db = schema({ account, entry, copy, shout, hidden });
  export default db;
  export const init = db.init((ctx) => {
    for (let id = 0; id < 10; id++) ctx.db.account.insert({ id, balance: 1000n });
    ctx.db.hidden.insert({ secret: 'hidden' });
  });
  export const transfer = db.reducer({ from: t.u32(), to: t.u32(), amount: t.i64() }, (ctx, { from, to, amount }) => {
    const source = ctx.db.account.id.find(from);
    if (!source || amount < 0n) throw new SenderError('no');
    ctx.db.account.id.update({ id: from, balance: source.balance - amount });
    const target = ctx.db.account.id.find(to);
    if (!target) throw new Error('no target');
    ctx.db.account.id.update({ id: to, balance: target.balance + amount });
    if (ctx.db.account.id.find(from).balance < 0n) throw new SenderError('poor');
  });
  export const note = db.reducer(
    { name: t.string(), tags: t.array(t.string()), size: t.option(t.f64()), on: t.bool() },
    (ctx, { name, tags, size, on }) => {
      if (ctx.db.entry.count() > 200n) { ctx.db.entry.clear(); ctx.db.copy.clear(); }
      const row = ctx.db.entry.insert({ id: 0n, name, tags, size, on });
      ctx.db.copy.insert({ id: row.id, name });
      ctx.db.shout.insert({ text: name });
    },
  );
`;

/** Queries of all forms, some of them wrong. */
export const ledgerQueries = [
  'SELECT * FROM account',
  "SELECT * FROM entry WHERE name = 'a' AND (on = true OR id > 3)",
  'SELECT * FROM *',
  'SELECT e.* FROM entry e WHERE e.id <= 10',
  'SELECT * FROM hidden',
  "SELECT c.* FROM copy c JOIN entry e ON c.id = e.id WHERE e.name = 'b'",
  'SELECT * FROM st_client WHERE identity = :sender',
  'SELECT * FROM shout',
  'SELECT * FROM entry WHERE size = 1.5',
];

/** Rows in the untyped JSON form. Returns what is wrong, or undefined. */
export async function ledgerProblem(rows: (query: string) => Promise<unknown[][]>): Promise<string | undefined> {
  const accounts = await rows('SELECT * FROM account');
  if (accounts.length !== 10) return `there are ${accounts.length} accounts`;
  const sum = accounts.reduce((total, [, balance]) => total + Number(balance), 0);
  if (sum !== 10_000) return `the balances add up to ${sum}`;
  if (accounts.some(([, balance]) => Number(balance) < 0)) return 'a balance is negative';
  const text = (list: unknown[]): string => JSON.stringify(list);
  const entries = (await rows('SELECT * FROM entry')).map(([id, name]) => text([id, name])).sort();
  const copies = (await rows('SELECT * FROM copy')).map(text).sort();
  if (entries.join() !== copies.join()) return 'two tables that are written together differ';
  if ((await rows('SELECT * FROM hidden')).length !== 1) return 'the private row changed';
  if ((await rows('SELECT * FROM shout')).length !== 0) return 'an event row stayed';
  return undefined;
}
