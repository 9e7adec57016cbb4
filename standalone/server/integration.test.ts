/** The whole server: real database threads, the chat fixture, the unmodified SDK. */
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bundleModule } from '../build/bundle.ts';
import { type ChatClient, connectChat } from './testing/chat-client.ts';
import { startTemporaryServer, type TemporaryServer } from './testing/temporary-server.ts';
import { findWorkerFile } from './worker-thread.ts';

let server: TemporaryServer;
let owner: { identity: string; token: string };
let bundle: string;
const open: ChatClient[] = [];

beforeAll(async () => {
  const directory = fileURLToPath(new URL('../../test/fixtures/chat/spacetimedb', import.meta.url));
  const built = await bundleModule({ directory, debug: false });
  if (!built.ok) throw new Error(built.problems.map((problem) => problem.message).join('\n'));
  bundle = built.text;
  server = await startTemporaryServer({}, findWorkerFile());
  owner = await server.account();
  const published = await server.publish('chat', bundle, owner.token);
  expect([published.status, await published.text()]).toEqual([200, expect.stringContaining('"created"')]);
});
afterAll(async () => {
  for (const { connection } of open) connection.disconnect();
  await server.dispose();
});

async function chat(token?: string, compression?: 'none' | 'gzip'): Promise<ChatClient> {
  const client = await connectChat(server.url, 'chat', token, compression);
  open.push(client);
  return client;
}

const texts = ({ connection }: ChatClient) => Array.from(connection.db.message.iter(), (row) => row.text);

test('a row that one client adds appears at another', async () => {
  const alice = await chat();
  const bob = await chat(undefined, 'gzip');
  const arrived = new Promise<string>((resolve) => {
    bob.connection.db.message.onInsert((_context, row) => resolve(row.text));
  });
  await alice.connection.reducers.sendMessage({ text: 'hello' });
  expect(await arrived).toBe('hello');
  expect(texts(alice)).toContain('hello');
  await expect(alice.connection.reducers.sendMessage({ text: '' })).rejects.toThrow('Messages must not be empty');
});

test('rows, names and identities are there after a restart, and clients are told with 1001', async () => {
  const before = await chat(owner.token);
  expect(before.identity.toHexString()).toBe(owner.identity);
  await before.connection.reducers.sendMessage({ text: 'kept' });
  await server.restart();
  await before.ended;
  const after = await chat(owner.token);
  expect(after.identity.toHexString()).toBe(owner.identity);
  expect(texts(after)).toEqual(expect.arrayContaining(['hello', 'kept']));
  await after.connection.reducers.sendMessage({ text: 'and on' });
  expect(texts(after)).toContain('and on');
});

test('publishing again keeps compatible clients connected', async () => {
  const client = await chat();
  const renewed = await server.publish('chat', `${bundle}\n// a new program`, owner.token);
  expect(await renewed.json()).toMatchObject({ Success: { op: 'updated' } });
  await client.connection.reducers.sendMessage({ text: 'after the update' });
  expect(texts(client)).toContain('after the update');
});

test('schema, SQL, logs and metrics come from the running module', async () => {
  const schema = (await (await server.fetch('/database/chat/schema?version=10')).json()) as { sections: object[] };
  expect(schema.sections.flatMap(Object.keys)).toEqual(expect.arrayContaining(['Typespace', 'Tables', 'Reducers']));
  const sql = await server.fetch('/database/chat/sql', { method: 'POST', body: 'SELECT * FROM message' });
  const [result] = (await sql.json()) as { rows: unknown[][] }[];
  expect(result?.rows.map((row) => row[3])).toContain('kept');
  const logs = await (await server.fetch('/database/chat/logs', { token: owner.token })).text();
  expect(logs).toContain('The chat is open.');
  const metrics = await (await server.fetch('/metrics')).text();
  expect(metrics).toMatch(/spacetime_txn_elapsed_time_sec_count\{[^}]*reducer="send_message"[^}]*\} [1-9]/);
  expect(metrics.match(/^# TYPE spacetime_txn_elapsed_time_sec /gm)).toHaveLength(1);
});

test('in memory, the module is there again after a restart and its rows are not', async () => {
  const memory = await startTemporaryServer({ inMemory: true }, findWorkerFile());
  const { token } = await memory.account();
  expect((await memory.publish('chat', bundle, token)).status).toBe(200);
  const first = await connectChat(memory.url, 'chat');
  await first.connection.reducers.sendMessage({ text: 'gone soon' });
  await memory.restart();
  const second = await connectChat(memory.url, 'chat');
  expect(texts(second)).toEqual([]);
  await second.connection.reducers.sendMessage({ text: 'again' });
  second.connection.disconnect();
  await memory.dispose();
});
