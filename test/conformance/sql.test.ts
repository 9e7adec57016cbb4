/** The SQL endpoint: its grammar, literals, permissions, errors; what it writes reaches subscribers. */
import { beforeAll, describe, expect, test } from 'vitest';
import { type Account, bundleSource, newAccount, publishOk } from '../support/modules.ts';
import { freshName, useServer } from './server-under-test.ts';

const source = `
import { schema, table, t } from 'spacetimedb/server';
const person = table({ public: true, indexes: [{ accessor: 'byTeam', algorithm: 'btree', columns: ['teamId'] }] }, {
  id: t.u64().primaryKey().autoInc(),
  name: t.string().unique(),
  teamId: t.u32(),
  score: t.f64(),
  active: t.bool(),
  balance: t.i128(),
  note: t.option(t.string()),
});
const team = table({ public: true }, { id: t.u32().primaryKey(), title: t.string() });
const secret = table({}, { id: t.u32().primaryKey(), text: t.string() });
const key = table({ public: true }, { owner: t.identity(), conn: t.connectionId(), bytes: t.byteArray(), at: t.timestamp() });
const spacetimedb = schema({ person, team, secret, key });
export default spacetimedb;
export const fill = spacetimedb.reducer(ctx => {
  for (const [id, title] of [[1, 'red'], [2, 'blue']] as const) ctx.db.team.insert({ id, title });
  const people = [['Ann', 1, 1.5, true], ['Bob', 1, -2, false], ['Cid', 2, 0, true], ["O'Hara", 9, 3, true]] as const;
  for (const [name, teamId, score, active] of people) {
    ctx.db.person.insert({ id: 0n, name, teamId, score, active, balance: 2n ** 100n, note: name === 'Ann' ? 'first' : undefined });
  }
  ctx.db.secret.insert({ id: 1, text: 'hidden' });
  ctx.db.key.insert({ owner: ctx.sender, conn: ctx.connectionId!, bytes: new Uint8Array([0xab, 0xcd]), at: ctx.timestamp });
});
`;

const server = useServer();
const database = freshName('sql');
let owner: Account;
let guest: Account;

interface Result {
  schema: { elements: { name: { some: string }; algebraic_type: unknown }[] };
  rows: unknown[][];
  stats: { rows_inserted: number; rows_deleted: number; rows_updated: number };
}

const send = (query: string, account: Account): Promise<Response> =>
  fetch(`${server.uri}/v1/database/${database}/sql`, {
    method: 'POST',
    headers: { authorization: `Bearer ${account.token}` },
    body: query,
  });

async function sql(query: string, account = owner): Promise<Result> {
  const response = await send(query, account);
  const text = await response.text();
  if (!response.ok) throw new Error(text);
  return (JSON.parse(text) as [Result])[0];
}

const rows = async (query: string, account = owner): Promise<unknown[][]> => (await sql(query, account)).rows;
const names = async (query: string): Promise<unknown[]> => (await rows(query)).map(([name]) => name).sort();

async function refusal(query: string, account = owner): Promise<string> {
  const response = await send(query, account);
  expect(response.status, query).toBe(400);
  return (await response.text()).replace(/, executing: [\s\S]*/, '');
}

beforeAll(async () => {
  owner = await newAccount(server.uri);
  guest = await newAccount(server.uri);
  await publishOk(server.uri, database, await bundleSource(source), owner.token);
  const filled = await fetch(`${server.uri}/v1/database/${database}/call/fill`, {
    method: 'POST',
    headers: { authorization: `Bearer ${owner.token}`, 'content-type': 'application/json' },
    body: '[]',
  });
  expect(filled.status).toBe(200);
});

describe('SELECT', () => {
  test('columns under their names and aliases, in the order asked', async () => {
    const result = await sql("SELECT team_id AS team, p.name, note FROM person AS p WHERE p.name = 'Ann'");
    expect(result.schema.elements.map(({ name }) => name.some)).toEqual(['team', 'name', 'note']);
    expect(result.schema.elements[0]?.algebraic_type).toEqual({ U32: [] });
    expect(result.rows).toEqual([[1, 'Ann', [0, 'first']]]);
    expect(await rows("SELECT teamId FROM person WHERE name = 'Cid'")).toEqual([[2]]);
  });

  test('conditions by type', async () => {
    expect(await names('SELECT name FROM person WHERE team_id = 1 AND active')).toEqual(['Ann']);
    expect(await names('SELECT name FROM person WHERE team_id = 1e0 OR score >= 3')).toEqual(['Ann', 'Bob', "O'Hara"]);
    expect(await names('SELECT name FROM person WHERE active = FALSE')).toEqual(['Bob']);
    expect(await names("SELECT name FROM person WHERE name = 'O''Hara'")).toEqual(["O'Hara"]);
    expect(await names('SELECT name FROM person WHERE score < 0 AND (team_id > 0 AND team_id <= 1)')).toEqual(['Bob']);
    expect(await names(`SELECT name FROM person WHERE balance = ${2n ** 100n}`)).toHaveLength(4);
    expect(await names(`SELECT name FROM person WHERE balance < ${2n ** 100n}`)).toHaveLength(0);
    expect(await rows(`SELECT bytes FROM key WHERE owner = 0x${owner.identity}`)).toEqual([['abcd']]);
    expect(await rows("SELECT bytes FROM key WHERE bytes = X'ABCD'")).toEqual([['abcd']]);
    expect(await rows("SELECT bytes FROM key WHERE at > '2020-01-01T00:00:00Z' AND owner = :sender")).toHaveLength(1);
    expect(await rows('SELECT bytes FROM key WHERE owner = :sender', guest)).toHaveLength(0);
  });

  test('COUNT and LIMIT', async () => {
    expect(await sql('SELECT COUNT(*) AS n FROM person WHERE active')).toMatchObject({
      rows: [[3]],
      schema: { elements: [{ name: { some: 'n' }, algebraic_type: { U64: [] } }] },
    });
    expect(await rows('SELECT COUNT(*) AS n FROM person')).toEqual([[4]]);
    expect(await rows('SELECT * FROM person LIMIT 2')).toHaveLength(2);
    expect(await rows('SELECT * FROM person LIMIT 0')).toHaveLength(0);
  });

  test('joins of several tables, indexed or not', async () => {
    const joined = 'FROM person p JOIN team t ON p.team_id = t.id';
    expect(await rows(`SELECT p.name, t.title ${joined} WHERE t.title = 'red' AND p.active = TRUE`)).toEqual([
      ['Ann', 'red'],
    ]);
    expect((await rows(`SELECT t.* ${joined}`)).sort()).toEqual([
      [1, 'red'],
      [1, 'red'],
      [2, 'blue'],
    ]);
    expect(await rows(`SELECT COUNT(*) AS n ${joined}`)).toEqual([[3]]);
    expect(await rows('SELECT COUNT(*) AS n FROM team a JOIN team b')).toEqual([[4]]);
    const three = `SELECT p.name, q.name AS other ${joined} JOIN person q ON q.balance = p.balance WHERE q.team_id = t.id AND p.score > 1`;
    expect((await rows(three)).sort()).toEqual([
      ['Ann', 'Ann'],
      ['Ann', 'Bob'],
    ]);
    const same = `SELECT COUNT(*) AS n ${joined} JOIN person q ON q.balance = p.balance`;
    expect(await rows(same)).toEqual([[12]]);
  });

  test('says what the dialect does not have', async () => {
    expect(await refusal('SELECT * FROM nowhere')).toBe(
      'no such table: `nowhere`. If the table exists, it may be marked private.',
    );
    expect(await refusal('SELECT * FROM secret', guest)).toContain('no such table: `secret`');
    expect(await refusal('SELECT wrong FROM person')).toBe('`wrong` is not in scope');
    expect(await refusal('SELECT x.* FROM person')).toBe('`x` is not in scope');
    expect(await refusal('SELECT * FROM person JOIN team ON person.team_id = team.id')).toBe(
      'SELECT * is not supported for joins',
    );
    expect(await refusal('SELECT name FROM person JOIN team')).toBe('Names must be qualified when using joins');
    expect(await refusal('SELECT * FROM person, team')).toBe('Implicit joins are not supported');
    expect(await refusal('SELECT person.* FROM person LEFT JOIN team ON person.id = team.id')).toBe(
      'Non-inner joins are not supported',
    );
    expect(await refusal('SELECT COUNT(*) FROM person')).toBe('Aggregate expressions must have column aliases');
    expect(await refusal('SELECT *, name FROM person')).toBe('Mixed wildcard projections are not supported');
    expect(await refusal('SELECT name, score AS name FROM person')).toBe('Duplicate name `name`');
    expect(await refusal('SELECT * FROM person WHERE id = name')).toBe(
      'Unexpected type: (expected) String != U64 (inferred)',
    );
    expect(await refusal("SELECT * FROM person WHERE id = 'x'")).toBe(
      'The literal expression `x` cannot be parsed as type `U64`',
    );
    expect(await refusal("SELECT * FROM person WHERE note = 'first'")).toBe(
      'The literal expression `first` cannot be parsed as type `(some: String | none: ())`',
    );
    expect(await refusal('SELECT * FROM person; SELECT * FROM team')).toBe('Multiple SQL statements are not supported');
    expect(await refusal(' ; ')).toBe('Empty SQL query');
    expect(await refusal('SELECT 1')).toMatch(/Unsupported|FROM clause/);
    for (const rest of ['ORDER BY name', 'GROUP BY name', 'OFFSET 1']) {
      expect(await refusal(`SELECT * FROM person ${rest}`)).toContain('Unsupported');
    }
    for (const condition of ["name LIKE 'A%'", 'id IN (1)', 'note IS NULL', 'NOT active', 'lower(name) = 1']) {
      expect(await refusal(`SELECT * FROM person WHERE ${condition}`)).toContain('Unsupported expression');
    }
    expect(await refusal('CREATE TABLE x (id INT)')).toContain('Unsupported');
  });
});

describe('writing', () => {
  test('INSERT takes all columns by position, fills auto-increment, and keeps unique columns unique', async () => {
    const columns = '(id, title)';
    expect((await sql(`INSERT INTO team ${columns} VALUES (10, 'ten'), (11, 'eleven')`)).stats.rows_inserted).toBe(2);
    expect(await rows('SELECT * FROM team WHERE id >= 10 AND id < 12')).toHaveLength(2);
    expect(await refusal(`INSERT INTO team ${columns} VALUES (12, 'twelve'), (10, 'other')`)).toContain(
      "Unique constraint violation 'team_id_key' in table 'team'",
    );
    expect(await rows('SELECT * FROM team WHERE id = 12')).toHaveLength(0);
    expect((await sql(`INSERT INTO team ${columns} VALUES (10, 'ten')`)).rows).toEqual([]);
    expect(await rows('SELECT * FROM team WHERE id = 10')).toHaveLength(1);

    expect(await refusal("INSERT INTO team (id) VALUES (1, 'x')")).toBe(
      'The number of fields (1) in the INSERT does not match the number of columns (2) of the table `team`',
    );
    expect(await refusal('INSERT INTO team (id, title) VALUES (1)')).toBe(
      'Inserting a row with 1 values into `team` which has 2 fields',
    );
    expect(await refusal('INSERT INTO team (id, title) VALUES (1, TRUE)')).toBe(
      'Unexpected type: (expected) String != Bool (inferred)',
    );
    expect(await refusal("INSERT INTO team (id, title) VALUES (-1, 'x')")).toBe(
      'The literal expression `-1` cannot be parsed as type `U32`',
    );
  });

  test('UPDATE changes the columns it names, also keys that rows take over from each other', async () => {
    await sql("INSERT INTO team (id, title) VALUES (20, 'a'), (21, 'b'), (23, 'c')");
    const update = await sql("UPDATE team SET title = 'z' WHERE id = 20 OR id = 21");
    expect(update.stats).toEqual({ rows_inserted: 0, rows_deleted: 0, rows_updated: 2 });
    expect(await rows("SELECT * FROM team WHERE title = 'z'")).toHaveLength(2);
    expect(await refusal('UPDATE team SET id = 20 WHERE id = 23')).toContain('Unique constraint violation');
    expect(await rows('SELECT id FROM team WHERE id = 21')).toEqual([[21]]);
    await sql('UPDATE team SET id = 22 WHERE id = 21');
    expect(await rows('SELECT id FROM team WHERE id = 22')).toEqual([[22]]);
    expect(await refusal('UPDATE team SET wrong = 1')).toBe('`team` does not have a field `wrong`');
  });

  test('DELETE removes what its condition admits', async () => {
    await sql("INSERT INTO team (id, title) VALUES (30, 'x'), (31, 'x'), (32, 'y')");
    expect((await sql("DELETE FROM team WHERE title = 'x'")).stats.rows_deleted).toBe(2);
    expect(await rows('SELECT id FROM team WHERE id >= 30 AND id <= 39')).toEqual([[32]]);
  });

  test('is for the owner', async () => {
    const unauthorized = `Caller ${guest.identity} is not authorized to run SQL DML statements`;
    expect(await refusal("INSERT INTO team (id, title) VALUES (40, 'x')", guest)).toBe(unauthorized);
    expect(await refusal('DELETE FROM team', guest)).toBe(unauthorized);
    expect(await refusal('UPDATE team SET id = 1', guest)).toBe(unauthorized);
    expect(await refusal('SET row_limit = 1', guest)).toBe(unauthorized);
    expect(await rows('SELECT text FROM secret')).toEqual([['hidden']]);
    await sql("INSERT INTO secret (id, title) VALUES (2, 'more')");
    expect(await rows('SELECT text FROM secret WHERE id = 2')).toEqual([['more']]);
  });

  test('does not touch what the server keeps itself', async () => {
    expect(await refusal('DELETE FROM st_client')).toContain('system table');
  });
});

describe('the row limit', () => {
  test('holds for others than the owner', async () => {
    await sql('SET row_limit = 3');
    const [[value]] = (await rows('SHOW row_limit')) as [[unknown]];
    expect(value).toEqual([8, 3]);
    expect(await refusal('SELECT * FROM person', guest)).toMatch(
      /^Estimated cardinality \(\d+ rows\) exceeds limit \(3 rows\)$/,
    );
    expect(await rows('SELECT * FROM person WHERE id = 1', guest)).toHaveLength(1);
    expect(await rows('SELECT * FROM person')).toHaveLength(4);
    await sql('SET row_limit TO 1000000');
    expect(await rows('SELECT * FROM person', guest)).toHaveLength(4);
    expect(await refusal('SET colour = 1')).toBe('colour is not a valid system variable');
    expect(await refusal('SHOW colour')).toBe('colour is not a valid system variable');
    expect(await refusal('SET row_limit = TRUE')).toContain('Unexpected type');
  });
});
