/** The unmodified client SDK with generated bindings: connect, subscribe, call, see others' changes. */
import { beforeAll, describe, expect, test } from 'vitest';
import { connectChat, subscribed } from '../support/clients.ts';
import { bundleFixture, newAccount, publishOk } from '../support/modules.ts';
import { until } from '../support/wait.ts';
import { freshName, useServer } from './server-under-test.ts';

const server = useServer();
const database = freshName('chat');

beforeAll(async () => {
  const owner = await newAccount(server.uri);
  await publishOk(server.uri, database, await bundleFixture('chat'), owner.token);
});

describe.each([{ compression: 'none' as const }, { compression: 'gzip' as const }])(
  'compression $compression',
  (options) => {
    test('a message sent by one client reaches the other', async () => {
      const alice = await connectChat(server.uri, database, options);
      const bob = await connectChat(server.uri, database, options);
      await subscribed(bob.connection, ['SELECT * FROM message', 'SELECT * FROM user']);
      const text = `hello ${options.compression} ${'long '.repeat(500)}`;
      const inserted = new Promise<string>((resolve) =>
        bob.connection.db.message.onInsert((_context, row) => row.text === text && resolve(row.sender.toHexString())),
      );
      await alice.connection.reducers.sendMessage({ text });
      expect(await inserted).toBe(alice.identity.toHexString());
      const row = [...bob.connection.db.message.iter()].find((m) => m.text === text);
      expect(row?.id).toBeGreaterThan(0n);
      expect(Math.abs(Number((row?.sent.microsSinceUnixEpoch ?? 0n) / 1000n) - Date.now())).toBeLessThan(60_000);
      alice.connection.disconnect();
      bob.connection.disconnect();
    });
  },
);

test('connect and disconnect hooks run, and an update keeps the primary key', async () => {
  const watcher = await connectChat(server.uri, database);
  await subscribed(watcher.connection, ['SELECT * FROM user']);
  const guest = await connectChat(server.uri, database);
  const find = () => watcher.connection.db.user.identity.find(guest.identity);
  await until('the guest is online', () => find()?.online);
  const updates: [string | undefined, string | undefined][] = [];
  watcher.connection.db.user.onUpdate((_context, old, row) => {
    if (row.identity.isEqual(guest.identity)) updates.push([old.name, row.name]);
  });
  await guest.connection.reducers.setName({ name: 'Grace' });
  await until('the name arrives', () => updates.length > 0);
  expect(updates[0]).toEqual([undefined, 'Grace']);
  guest.connection.disconnect();
  await until('the guest is offline', () => find()?.online === false);
  expect(find()?.name).toBe('Grace');
  watcher.connection.disconnect();
});

test('SenderError reaches the caller word for word and leaves nothing behind', async () => {
  const client = await connectChat(server.uri, database);
  await subscribed(client.connection, ['SELECT * FROM message']);
  const before = client.connection.db.message.count();
  await expect(client.connection.reducers.sendMessage({ text: '' })).rejects.toThrow('Messages must not be empty');
  expect(client.connection.db.message.count()).toBe(before);
  client.connection.disconnect();
});

test('the caller sees its own rows when the call resolves', async () => {
  const client = await connectChat(server.uri, database);
  await subscribed(client.connection, ['SELECT * FROM message']);
  const before = client.connection.db.message.count();
  for (let i = 0; i < 5; i++) {
    await client.connection.reducers.sendMessage({ text: `own ${i}` });
    expect(client.connection.db.message.count()).toBe(before + BigInt(i) + 1n);
  }
  const ids = [...client.connection.db.message.iter()].filter((m) => m.text.startsWith('own ')).map((m) => m.id);
  expect(new Set(ids).size).toBe(5);
  client.connection.disconnect();
});

test('a token gives back the same identity, no token a new one', async () => {
  const first = await connectChat(server.uri, database);
  const account = await newAccount(server.uri);
  const named = await connectChat(server.uri, database, { token: account.token });
  const again = await connectChat(server.uri, database, { token: account.token });
  expect(named.identity.toHexString()).toBe(account.identity);
  expect(again.identity.toHexString()).toBe(account.identity);
  expect(first.identity.toHexString()).not.toBe(account.identity);
  for (const client of [first, named, again]) client.connection.disconnect();
});

test('a query that names no table is an error of the subscription, and the connection goes on', async () => {
  const client = await connectChat(server.uri, database);
  await expect(subscribed(client.connection, ['SELECT * FROM nothing_here'])).rejects.toThrow(/nothing_here/);
  await client.connection.reducers.sendMessage({ text: 'still here' });
  client.connection.disconnect();
});

test('unsubscribing ends the updates and drops the rows', async () => {
  const client = await connectChat(server.uri, database);
  await client.connection.reducers.sendMessage({ text: 'before' });
  const handle = await new Promise<{ unsubscribeThen(done: () => void): void }>((resolve) => {
    const subscription = client.connection
      .subscriptionBuilder()
      .onApplied(() => resolve(subscription))
      .subscribe('SELECT * FROM message');
  });
  expect(client.connection.db.message.count()).toBeGreaterThan(0n);
  await new Promise<void>((resolve) => handle.unsubscribeThen(resolve));
  expect(client.connection.db.message.count()).toBe(0n);
  await client.connection.reducers.sendMessage({ text: 'after' });
  expect(client.connection.db.message.count()).toBe(0n);
  client.connection.disconnect();
});

test('many calls in flight from many clients are all applied, in order per client', async () => {
  const clients = await Promise.all(
    Array.from({ length: 8 }, () => connectChat(server.uri, database, { confirmed: false })),
  );
  const watcher = await connectChat(server.uri, database);
  await subscribed(watcher.connection, ['SELECT * FROM message']);
  const tag = freshName('burst');
  await Promise.all(
    clients.flatMap((client, c) =>
      Array.from({ length: 25 }, (_, i) => client.connection.reducers.sendMessage({ text: `${tag}/${c}/${i}` })),
    ),
  );
  const mine = () => [...watcher.connection.db.message.iter()].filter((m) => m.text.startsWith(tag));
  await until('all 200 messages arrive', () => mine().length === 200);
  for (let c = 0; c < clients.length; c++) {
    const own = mine().filter((m) => m.text.startsWith(`${tag}/${c}/`));
    const byId = [...own].sort((a, b) => (a.id < b.id ? -1 : 1)).map((m) => Number(m.text.split('/')[2]));
    expect(byId).toEqual(Array.from({ length: 25 }, (_, i) => i));
  }
  for (const client of [...clients, watcher]) client.connection.disconnect();
});
