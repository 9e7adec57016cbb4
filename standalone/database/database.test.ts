import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ProductValue, SumValue } from '../../schema/value.ts';
import { fixtureBundle } from '../host/testing/modules.ts';
import { rowsOf } from '../protocol/testing/decode.ts';
import { type Connection, WorkerClient } from './testing/worker-client.ts';

let chat: string;
let accounts: string;
let database: WorkerClient;
let lastSocket = 0;

beforeAll(async () => {
  [chat, accounts] = await Promise.all([fixtureBundle('chat'), fixtureBundle('accounts')]);
  database = new WorkerClient();
  await database.request('open', {});
  expect(await database.publish(chat)).toEqual({ ok: true, op: 'created' });
});
afterAll(() => database.kill());

async function connected(...args: [Parameters<WorkerClient['connect']>[1]?]): Promise<Connection> {
  const connection = await database.connect(++lastSocket, ...args);
  expect(connection.reply).toEqual({ ok: true });
  expect((await connection.next()).tag).toBe('InitialConnection');
  return connection;
}

/** Tables of an update or of applied rows, with their row counts. */
function counts(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (_key, part) => {
      if (part && typeof part === 'object' && 'rows_data' in part) return rowsOf(part as ProductValue).length;
      return typeof part === 'bigint' ? String(part) : part;
    }),
  );
}

const send = (connection: Connection, text: string): number =>
  connection.call('send_message', (writer) => writer.string(text));

describe('publishing the chat', () => {
  it('runs init, whose output is in the log with its place in the source', async () => {
    await expect
      .poll(() => database.logs)
      .toContainEqual(
        expect.objectContaining({
          level: 'Info',
          message: 'The chat is open.',
          function: 'init',
          filename: 'src/index.ts',
        }),
      );
    const schema = await database.request('schema', {});
    expect(schema.ok && Object.keys(JSON.parse(schema.json))).toEqual(['sections']);
  });
});

describe('connections', () => {
  it('run their hooks and are in st_client while they last', async () => {
    const connection = await connected();
    const identity = `0x${BigInt(`0x${connection.identity}`).toString(16)}`;
    const row = [identity, expect.anything()];
    expect(await database.rows('SELECT * FROM st_client')).toContainEqual(row);
    const user = async (): Promise<unknown> =>
      (await database.rows(`SELECT * FROM user WHERE identity = 0x${connection.identity}`))[0];
    expect(await user()).toEqual([[identity], [1, []], true]);
    await database.disconnect(connection);
    expect(await user()).toEqual([[identity], [1, []], false]);
    expect(await database.rows('SELECT * FROM st_client')).not.toContainEqual(row);
    await database.disconnect(connection);
    expect(await user()).toEqual([[identity], [1, []], false]);
  });

  it('keep the credentials from everybody but the owner', async () => {
    await expect(database.rows('SELECT * FROM st_connection_credentials', '00'.repeat(32))).rejects.toThrow(
      'no such table',
    );
    expect(await database.rows('SELECT * FROM st_connection_credentials')).toBeInstanceOf(Array);
  });
});

describe('subscriptions', () => {
  it('give the rows, then every change; the caller hears of its own in the result', async () => {
    const [writer, reader] = [await connected(), await connected()];
    for (const connection of [writer, reader])
      connection.subscribe(1, 'SELECT * FROM message', 'SELECT * FROM "user" WHERE online = true');
    for (const connection of [writer, reader]) {
      const applied = await connection.next();
      expect(applied.tag).toBe('SubscribeApplied');
      expect(counts(applied.value.rows)).toEqual({ tables: [{ table: 'user', rows: expect.any(Number) }] });
    }
    const requestId = send(writer, 'hello');
    const result = await writer.next();
    expect(result).toMatchObject({ tag: 'ReducerResult', value: { request_id: requestId, result: { tag: 'Ok' } } });
    const sets = [
      {
        query_set_id: { id: 1 },
        tables: [{ table_name: 'message', rows: [{ tag: 'PersistentTable', value: { inserts: 1, deletes: 0 } }] }],
      },
    ];
    const { transaction_update } = (result.value.result as SumValue).value as ProductValue;
    expect(counts(transaction_update)).toEqual({ query_sets: sets });
    const update = await reader.next();
    expect(update.tag).toBe('TransactionUpdate');
    expect(counts(update.value)).toEqual({ query_sets: sets });
    for (const connection of [writer, reader]) await database.disconnect(connection);
  });

  it('tell SenderErrors to the caller and nothing to others', async () => {
    const [writer, reader] = [await connected(), await connected()];
    reader.subscribe(1, 'SELECT * FROM message');
    await reader.next();
    send(writer, '');
    const refused = await writer.next();
    expect(refused.value.result).toEqual({ tag: 'Err', value: expect.any(Uint8Array) });
    const text = new TextDecoder().decode(((refused.value.result as SumValue).value as Uint8Array).subarray(4));
    expect(text).toBe('Messages must not be empty');
    send(writer, 'heard');
    expect((await reader.next()).tag).toBe('TransactionUpdate');
    expect(reader.unread).toBe(0);
    for (const connection of [writer, reader]) await database.disconnect(connection);
  });

  it('end with Unsubscribe, with or without the dropped rows', async () => {
    const connection = await connected();
    connection.subscribe(5, 'SELECT * FROM message');
    connection.subscribe(6, 'SELECT * FROM message');
    connection.unsubscribe(5, true);
    connection.unsubscribe(6, false);
    connection.unsubscribe(6, false);
    await connection.next();
    await connection.next();
    const dropped = await connection.next();
    expect(dropped.tag).toBe('UnsubscribeApplied');
    expect(counts(dropped.value.rows)).toEqual({
      tag: 'some',
      value: { tables: [{ table: 'message', rows: expect.any(Number) }] },
    });
    expect(await connection.next()).toMatchObject({ tag: 'UnsubscribeApplied', value: { rows: { tag: 'none' } } });
    expect(await connection.next()).toMatchObject({
      tag: 'SubscriptionError',
      value: { error: 'Subscription not found: 6', request_id: { tag: 'some' } },
    });
    send(connection, 'unheard');
    expect(counts((await connection.next()).value.result)).toMatchObject({
      value: { transaction_update: { query_sets: [] } },
    });
    await database.disconnect(connection);
  });

  it('are refused as a whole with the query that is wrong', async () => {
    const connection = await connected();
    const error = async (query: string): Promise<unknown> => {
      connection.subscribe(9, 'SELECT * FROM message', query);
      const answer = await connection.next();
      expect(answer.tag).toBe('SubscriptionError');
      return answer.value.error;
    };
    expect(await error('SELECT * FROM nothing')).toBe(
      'no such table: `nothing`. If the table exists, it may be marked private., executing: `SELECT * FROM nothing`',
    );
    expect(await error('SELECT * FROM st_connection_credentials')).toContain('no such table');
    expect(await error('SELECT text FROM message')).toContain('Column projections are not supported');
    expect(await error("SELECT * FROM message WHERE sender = 'zz'")).toContain('cannot be parsed as type');
    expect(await error('SELECT * FROM message WHERE wrong = 5')).toContain('`wrong` is not in scope');
    expect(await error('DELETE FROM message')).toContain('Non-SELECT');
    expect(await error('SELECT * FROM message m JOIN user u ON m.sender = u.identity')).toContain(
      'SELECT * is not supported for joins',
    );
    await database.disconnect(connection);
  });

  it('close the connection when a set number is used twice or a frame cannot be read', async () => {
    const connection = await connected();
    connection.subscribe(1, 'SELECT * FROM user');
    connection.subscribe(1, 'SELECT * FROM user');
    await connection.next();
    await database.request('metrics', {});
    const other = await connected();
    other.sendFrame(new Uint8Array([77]));
    await expect
      .poll(() => database.closed)
      .toMatchObject([
        { socket: connection.socket, code: 1011, reason: expect.stringContaining('already exists') },
        { socket: other.socket, code: 1011, reason: expect.stringContaining('could not be decoded') },
      ]);
    for (const gone of [connection, other]) await database.disconnect(gone);
  });

  it('answer one-off queries, also compressed and over v2', async () => {
    for (const compression of ['Gzip', 'Brotli', 'None'] as const) {
      const connection = await connected({ compression, protocol: 'v2' });
      send(connection, 'x'.repeat(3000));
      await connection.next();
      connection.query("SELECT m.* FROM message AS m WHERE m.sender = :sender AND (m.id > 0 OR text = 'it''s')");
      const answer = await connection.next();
      expect(counts(answer.value.result)).toEqual({ tag: 'ok', value: { tables: [{ table: 'message', rows: 1 }] } });
      connection.query('SELECT * FROM nope');
      expect((await connection.next()).value.result).toMatchObject({ tag: 'err' });
      await database.disconnect(connection);
    }
  });
});

describe('calls', () => {
  it('that cannot be made are internal errors over the socket', async () => {
    const connection = await connected();
    const outcome = async (): Promise<unknown> => (await connection.next()).value.result;
    connection.call('nothing');
    expect(await outcome()).toEqual({ tag: 'InternalError', value: 'no such reducer' });
    connection.call('init');
    expect(await outcome()).toEqual({
      tag: 'InternalError',
      value: "can't directly call special Init lifecycle reducer",
    });
    connection.call('send_message');
    expect(await outcome()).toMatchObject({
      tag: 'InternalError',
      value: expect.stringContaining('invalid arguments for reducer send_message'),
    });
    connection.callProcedure('nothing');
    expect((await connection.next()).value.status).toEqual({ tag: 'InternalError', value: 'no such procedure' });
    await database.disconnect(connection);
  });

  it('over HTTP take arrays and objects, and answer with a status', async () => {
    expect(await database.call('send_message', ['by position'])).toMatchObject({ ok: true });
    expect(await database.call('send_message', { text: 'by name' })).toMatchObject({ ok: true });
    const texts = (await database.rows('SELECT * FROM message')).map((row) => (row as unknown[])[3]);
    expect(texts).toEqual(expect.arrayContaining(['by position', 'by name']));
    expect(await database.call('send_message', [''])).toEqual({
      ok: false,
      status: 530,
      message: 'Messages must not be empty',
    });
    expect(await database.call('send_message', [5])).toMatchObject({ ok: false, status: 400 });
    expect(await database.call('send_message', [])).toMatchObject({ ok: false, status: 400 });
    expect(await database.call('on_connect')).toMatchObject({ ok: false, status: 400 });
    expect(await database.call('nothing')).toMatchObject({ ok: false, status: 404 });
  });

  it('are counted per reducer', async () => {
    const { metrics } = await database.request('metrics', {});
    const find = (name: string) => metrics.find((metric) => metric.name === name);
    expect(find('spacetime_num_txns_total')?.samples).toContainEqual({
      labels: { txn_type: 'Reducer', db: 'c2'.repeat(32), reducer: 'send_message', committed: 'false' },
      value: expect.any(Number),
    });
    const elapsed = find('spacetime_txn_elapsed_time_sec');
    expect(elapsed).toMatchObject({ kind: 'histogram', buckets: expect.arrayContaining([0.00001, 10]) });
    expect(find('spacetime_num_table_rows')?.samples).toContainEqual({
      labels: expect.objectContaining({ table_name: 'message' }),
      value: (await database.rows('SELECT * FROM message')).length,
    });
  });
});

describe('the accounts', () => {
  it('never lose money, whatever fails', async () => {
    const bank = new WorkerClient();
    await bank.request('open', {});
    expect(await bank.publish(accounts)).toMatchObject({ ok: true });
    expect(await bank.call('seed', [10, 100])).toMatchObject({ ok: true });
    const errors = new Set<string>();
    for (let i = 0; i < 200; i++) {
      const reply = await bank.call('transfer', [i % 11, (i * 7) % 11, (i * 13) % 90]);
      if (!reply.ok) errors.add(reply.message);
    }
    const rows = (await bank.rows('SELECT * FROM accounts')) as [number, number][];
    expect(rows.length).toBe(10);
    expect(rows.reduce((sum, [, balance]) => sum + balance, 0)).toBe(1000);
    expect([...errors].sort()).toEqual([
      'account_missing',
      'insufficient_funds',
      'non_positive_amount',
      'same_account',
    ]);
    await bank.close();
  });
});
