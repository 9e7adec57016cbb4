/** What was confirmed is there after a crash. Needs a server that the test may kill. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connectAccounts, connectChat, subscribed } from '../support/clients.ts';
import { type Account, bundleFixture, newAccount, publishOk } from '../support/modules.ts';
import { type Standalone, startStandalone } from '../support/standalone.ts';
import { until } from '../support/wait.ts';
import { externalUri } from './server-under-test.ts';

let server: Standalone;
let owner: Account;

// A server named by SPACETIMEDB_URI belongs to somebody else and must not be killed.
const local = test.skipIf(externalUri !== undefined);

beforeAll(async () => {
  server = await startStandalone();
  owner = await newAccount(server.uri);
  await publishOk(server.uri, 'chat', await bundleFixture('chat'), owner.token);
  await publishOk(server.uri, 'accounts', await bundleFixture('accounts'), owner.token);
});
afterAll(() => server.dispose());

local('confirmed messages survive kill -9, and so do names, owners and tokens', async () => {
  const writer = await connectChat(server.uri, 'chat', { token: owner.token });
  const confirmed: string[] = [];
  for (let i = 0; i < 20; i++) {
    const text = `durable ${i}`;
    await writer.connection.reducers.sendMessage({ text });
    confirmed.push(text);
  }
  await server.stop('SIGKILL');
  await server.restart();
  const reader = await connectChat(server.uri, 'chat', { token: owner.token });
  expect(reader.identity.toHexString()).toBe(owner.identity);
  await subscribed(reader.connection, ['SELECT * FROM message', 'SELECT * FROM user']);
  expect([...reader.connection.db.message.iter()].map((m) => m.text)).toEqual(expect.arrayContaining(confirmed));
  await reader.connection.reducers.sendMessage({ text: 'after the crash' });
  const ids = [...reader.connection.db.message.iter()].map((m) => m.id);
  expect(new Set(ids).size).toBe(confirmed.length + 1);
  reader.connection.disconnect();
});

local('clients that a crash cut off are marked offline after the restart', async () => {
  const guest = await connectChat(server.uri, 'chat');
  await guest.connection.reducers.setName({ name: 'Cut off' });
  await server.stop('SIGKILL');
  await server.restart();
  const watcher = await connectChat(server.uri, 'chat');
  await subscribed(watcher.connection, ['SELECT * FROM user']);
  await until(
    'the disconnect hook has run',
    () => watcher.connection.db.user.identity.find(guest.identity)?.online === false,
  );
  watcher.connection.disconnect();
});

local('no transfer is half there after kill -9 in the middle of many', async () => {
  const accounts = 50;
  const client = await connectAccounts(server.uri, 'accounts');
  await client.connection.reducers.seed({ n: accounts, initialBalance: 1000n });
  for (let i = 0; i < 3000; i++) {
    // Never awaited: the server is killed while these are on their way.
    client.connection.reducers
      .transfer({ from: i % accounts, to: (i * 7 + 1) % accounts, amount: 1n })
      .catch(() => undefined);
  }
  await new Promise((resolve) => setTimeout(resolve, 40));
  await server.stop('SIGKILL');
  await server.restart();
  const reader = await connectAccounts(server.uri, 'accounts');
  await subscribed(reader.connection, ['SELECT * FROM accounts']);
  const rows = [...reader.connection.db.accounts.iter()];
  expect(rows.length).toBe(accounts);
  expect(rows.reduce((sum, row) => sum + row.balance, 0n)).toBe(BigInt(accounts) * 1000n);
  reader.connection.disconnect();
});

local('a clean stop closes connections and loses nothing', async () => {
  const client = await connectChat(server.uri, 'chat');
  await client.connection.reducers.sendMessage({ text: 'last words' });
  await server.stop('SIGTERM');
  await client.ended;
  await server.restart();
  const reader = await connectChat(server.uri, 'chat');
  await subscribed(reader.connection, ['SELECT * FROM message']);
  expect([...reader.connection.db.message.iter()].some((m) => m.text === 'last words')).toBe(true);
  reader.connection.disconnect();
});
