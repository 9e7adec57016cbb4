/** The embedded server: how fast it starts, publishes, and runs the transfer workload. */
import { setTimeout as sleep } from 'node:timers/promises';
import { connectAccounts, subscribed } from '../support/clients.ts';
import { bundleFixture, newAccount, publishOk } from '../support/modules.ts';
import { type Standalone, startStandalone } from '../support/standalone.ts';
import { median, metric, quantile } from './metric.ts';

const accountCount = 1000;

export async function benchServer(): Promise<void> {
  const starts: number[] = [];
  for (let i = 0; i < 5; i++) {
    const begin = performance.now();
    const server = await startStandalone();
    starts.push(performance.now() - begin);
    await server.dispose();
  }
  metric('server_start', median(starts), 'ms');

  const server = await startStandalone();
  try {
    const owner = await newAccount(server.uri);
    const bundle = await bundleFixture('accounts');
    const begin = performance.now();
    await publishOk(server.uri, 'accounts', bundle, owner.token);
    metric('publish_http', performance.now() - begin, 'ms');
    await benchTransfer(server, { connections: 1, inFlight: 1, seconds: 5 });
    await benchTransfer(server, { connections: 64, inFlight: 40, seconds: 8 });
    await verify(server);
  } finally {
    await server.dispose();
  }
}

interface Load {
  connections: number;
  /** Calls that each connection keeps open. */
  inFlight: number;
  seconds: number;
}

/** Confirmed reads, uniform choice of accounts; a call counts when it succeeded inside the window. */
async function benchTransfer(server: Standalone, load: Load): Promise<void> {
  const clients = await Promise.all(
    Array.from({ length: load.connections }, () => connectAccounts(server.uri, 'accounts')),
  );
  await clients[0]?.connection.reducers.seed({ n: accountCount, initialBalance: 1_000_000_000n });
  const latencies: number[] = [];
  const end = performance.now() + load.seconds * 1000;
  let draw = 0x12345678;
  // A linear congruential generator is random enough to spread the load and costs nothing inside the window.
  const account = (): number => {
    draw = (Math.imul(draw, 1664525) + 1013904223) >>> 0;
    return draw % accountCount;
  };
  const lane = async (connection: (typeof clients)[number]['connection']): Promise<void> => {
    while (performance.now() < end) {
      const from = account();
      const began = performance.now();
      await connection.reducers.transfer({
        from,
        to: (from + 1 + (account() % (accountCount - 1))) % accountCount,
        amount: 1n,
      });
      const now = performance.now();
      if (now < end) latencies.push(now - began);
    }
  };
  const lanes = clients.flatMap(({ connection }) => Array.from({ length: load.inFlight }, () => lane(connection)));
  await Promise.all(lanes);
  const name = `transfer_${load.connections}x${load.inFlight}`;
  metric(`${name}_throughput`, latencies.length / load.seconds, 'calls/s');
  metric(`${name}_p50`, quantile(latencies, 0.5), 'ms');
  metric(`${name}_p99`, quantile(latencies, 0.99), 'ms');
  for (const { connection } of clients) connection.disconnect();
  await sleep(200);
}

/** The sum of balances must be what was seeded, or the numbers above mean nothing. */
async function verify(server: Standalone): Promise<void> {
  const client = await connectAccounts(server.uri, 'accounts');
  await subscribed(client.connection, ['SELECT * FROM accounts']);
  const sum = [...client.connection.db.accounts.iter()].reduce((total, row) => total + row.balance, 0n);
  if (sum !== BigInt(accountCount) * 1_000_000_000n) throw new Error(`transfers lost money: the sum is ${sum}`);
  client.connection.disconnect();
}
