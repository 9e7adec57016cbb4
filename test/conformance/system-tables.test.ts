/** The tables that say what a database consists of: by SQL, by subscription, after a republish, after a restart. */
import { beforeAll, expect, test } from 'vitest';
import { type DatabaseHandle, databaseOf } from '../support/database.ts';
import { type Account, bundleSource, newAccount, publishOk } from '../support/modules.ts';
import { connectRaw } from '../support/raw-client.ts';
import { until } from '../support/wait.ts';
import { freshName, useServer } from './server-under-test.ts';

const source = (more = ''): string => `
import { schema, table, t } from 'spacetimedb/server';
const userV2 = table({ public: true, indexes: [{ accessor: 'byName', algorithm: 'btree', columns: ['fullName', 'age'] }] },
  { id: t.u64().primaryKey().autoInc(), fullName: t.string(), age: t.u8() });
const hidden = table({}, { id: t.u32().primaryKey(), tags: t.array(t.string()) });
const bell = table({ public: true, event: true }, { text: t.string() });
${more === '' ? '' : 'const extra = table({ public: true }, { id: t.u32() });'}
const spacetimedb = schema({ userV2, hidden, bell ${more} });
export default spacetimedb;
export const rule = spacetimedb.clientVisibilityFilter.sql('SELECT * FROM user_v_2 WHERE age > 17');
export const add = spacetimedb.reducer(ctx => { ctx.db.userV2.insert({ id: 0n, fullName: 'x', age: 1 }); });
`;

const server = useServer();
const name = freshName('system');
let owner: Account;
let guest: Account;
let database: DatabaseHandle;
let asGuest: DatabaseHandle;

beforeAll(async () => {
  owner = await newAccount(server.uri);
  guest = await newAccount(server.uri);
  await publishOk(server.uri, name, await bundleSource(source()), owner.token);
  database = databaseOf(server.uri, name, owner);
  asGuest = databaseOf(server.uri, name, guest);
});

const tableId = async (table: string): Promise<number> =>
  (await asGuest.rows(`SELECT table_id FROM st_table WHERE table_name = '${table}'`))[0]?.[0] as number;

test('tables, public and private, of the user and of the system', async () => {
  const rows = await asGuest.rows("SELECT * FROM st_table WHERE table_type = 'user'");
  expect(rows.map((row) => row.slice(1)).sort()).toEqual([
    ['bell', 'user', 'public', [1, []]],
    ['hidden', 'user', 'private', [0, [0]]],
    ['user_v_2', 'user', 'public', [0, [0]]],
  ]);
  expect(rows.every(([id]) => (id as number) >= 4096)).toBe(true);
  const system = await asGuest.rows("SELECT table_id, table_name FROM st_table WHERE table_type = 'system'");
  expect(system).toEqual(
    expect.arrayContaining([
      [1, 'st_table'],
      [2, 'st_column'],
      [3, 'st_sequence'],
      [4, 'st_index'],
      [5, 'st_constraint'],
      [6, 'st_module'],
      [7, 'st_client'],
      [8, 'st_var'],
      [11, 'st_connection_credentials'],
    ]),
  );
});

test('columns with their types, indexes, constraints and sequences', async () => {
  const user = await tableId('user_v_2');
  const columns = await asGuest.rows(`SELECT col_pos, col_name, col_type FROM st_column WHERE table_id = ${user}`);
  // Types are BSATN of AlgebraicType: U64 is 13, String is 4, U8 is 7.
  expect(columns.sort()).toEqual([
    [0, 'id', '0d'],
    [1, 'full_name', '04'],
    [2, 'age', '07'],
  ]);
  const indexes = await asGuest.rows(`SELECT index_name, index_algorithm FROM st_index WHERE table_id = ${user}`);
  expect(indexes.sort()).toEqual([
    ['user_v_2_full_name_age_idx_btree', [1, [[1, 2]]]],
    ['user_v_2_id_idx_btree', [1, [[0]]]],
  ]);
  expect(
    await asGuest.rows(`SELECT constraint_name, constraint_data FROM st_constraint WHERE table_id = ${user}`),
  ).toEqual([['user_v_2_id_key', [1, [[0]]]]]);
  const sequence = `SELECT sequence_name, col_pos, increment, start, allocated FROM st_sequence WHERE table_id = ${user}`;
  const [[sequenceName, position, increment, start, before]] = (await asGuest.rows(sequence)) as [unknown[]];
  expect([sequenceName, position, increment, start]).toEqual(['user_v_2_id_seq', 0, 1, 1]);
  await database.run('add');
  const [[, , , , after]] = (await asGuest.rows(sequence)) as [unknown[]];
  expect(after as number).toBeGreaterThan(Math.max(1, before as number));
});

test('the module, rules, events and aliases', async () => {
  const [module] = await asGuest.rows('SELECT owner_identity, program_kind, program_bytes FROM st_module');
  expect(BigInt(module?.[0] as string)).toBe(BigInt(`0x${owner.identity}`));
  expect(module?.[1]).toBe(1);
  expect(Buffer.from(module?.[2] as string, 'hex').toString()).toContain('spacetime:sys@2.0');
  const user = await tableId('user_v_2');
  expect(await asGuest.rows('SELECT * FROM st_row_level_security')).toEqual([
    [user, 'SELECT * FROM user_v_2 WHERE age > 17'],
  ]);
  expect(await asGuest.rows('SELECT * FROM st_event_table')).toEqual([[await tableId('bell')]]);
  expect(await asGuest.rows('SELECT * FROM st_table_accessor')).toEqual([['user_v_2', 'userV2']]);
  expect(await asGuest.rows("SELECT accessor_name FROM st_column_accessor WHERE table_name = 'user_v_2'")).toEqual([
    ['fullName'],
  ]);
});

test('clients come and go', async () => {
  const client = await connectRaw(server.uri, name, guest.token);
  const count = `SELECT COUNT(*) AS n FROM st_client WHERE identity = 0x${guest.identity}`;
  expect(await database.rows(count)).toEqual([[1]]);
  client.close();
  await until('the client has gone', async () => ((await database.rows(count))[0]?.[0] as number) === 0);
});

test('nobody writes them, and credentials are private', async () => {
  await expect(database.rows('DELETE FROM st_table')).rejects.toThrow('system table');
  await expect(asGuest.rows('SELECT * FROM st_connection_credentials')).rejects.toThrow('no such table');
});

test('a subscription to them follows a republish', async () => {
  const client = await connectRaw(server.uri, name, guest.token);
  await client.subscribe(1, "SELECT * FROM st_table WHERE table_type = 'user'");
  const tables = (): string[] =>
    client.held(1, 'st_table', (reader) => {
      reader.u32();
      return reader.string();
    });
  expect(tables().sort()).toEqual(['bell', 'hidden', 'user_v_2']);
  await database.publish(await bundleSource(source(', extra')));
  await until('the new table is announced', () => tables().includes('extra'));
  expect(tables().sort()).toEqual(['bell', 'extra', 'hidden', 'user_v_2']);
  client.close();
});
