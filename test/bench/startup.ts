/**
 * How long a server needs to open a database of 1,000,000 rows after 1,000,000 logged transactions: from its log alone,
 * and with the snapshots it wrote beside it. `STARTUP_SCALE=0.1` makes everything ten times smaller.
 */
import { readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { connectAccounts } from '../support/clients.ts';
import { type Account, bundleFixture, newAccount, publishOk } from '../support/modules.ts';
import { type Standalone, startStandalone } from '../support/standalone.ts';
import { metric } from './metric.ts';

const scale = Number(process.env.STARTUP_SCALE ?? 1);
const rows = Math.round(1_000_000 * scale);
const transactions = Math.round(1_000_000 * scale);
const connections = 8;
const inFlight = 200;
/** Longer than the quiet after which a database writes a snapshot, with time to write it. */
const quietMs = 12_000;

export async function benchStartup(): Promise<void> {
  const server = await startStandalone();
  try {
    const owner = await newAccount(server.uri);
    await publishOk(server.uri, 'accounts', await bundleFixture('accounts'), owner.token);
    await fill(server);
    await sleep(quietMs);
    await server.stop();
    const log = path.join(server.directory, 'data/replicas/1/clog');
    const files = readdirSync(log);
    metric('startup_log_segments', files.filter((name) => name.endsWith('.log')).length, 'files');
    metric('startup_snapshots', files.filter((name) => name.endsWith('.snapshot')).length, 'files');
    await open(server, owner, 'startup_with_snapshot');
    for (const name of files) if (name.endsWith('.snapshot')) rmSync(path.join(log, name), { force: true });
    await open(server, owner, 'startup_log_only');
  } finally {
    await server.dispose();
  }
}

async function fill(server: Standalone): Promise<void> {
  const clients = await Promise.all(Array.from({ length: connections }, () => connectAccounts(server.uri, 'accounts')));
  const begin = performance.now();
  await clients[0]?.connection.reducers.seed({ n: rows, initialBalance: 1_000_000n });
  metric('startup_seed', performance.now() - begin, 'ms');
  let called = 0;
  const lane = async (connection: (typeof clients)[number]['connection']): Promise<void> => {
    while (called < transactions) {
      const from = (called++ * 7919) % rows;
      await connection.reducers.transfer({ from, to: (from + 1) % rows, amount: 1n });
    }
  };
  await Promise.all(clients.flatMap(({ connection }) => Array.from({ length: inFlight }, () => lane(connection))));
  metric('startup_fill', performance.now() - begin, 'ms');
  for (const { connection } of clients) connection.disconnect();
}

/** From the start of the process to the first answer that needs the data. */
async function open(server: Standalone, owner: Account, name: string): Promise<void> {
  const begin = performance.now();
  await server.restart();
  for (;;) {
    const answer = await fetch(`${server.uri}/v1/database/accounts/sql`, {
      method: 'POST',
      headers: { authorization: `Bearer ${owner.token}` },
      body: `SELECT * FROM accounts WHERE id = ${rows - 1}`,
    });
    if (answer.ok) {
      const [result] = (await answer.json()) as { rows: unknown[] }[];
      if (result?.rows.length !== 1) throw new Error('the last account is missing after the restart');
      break;
    }
    if (answer.status !== 503) throw new Error(`the query answered ${answer.status}: ${await answer.text()}`);
  }
  metric(name, performance.now() - begin, 'ms');
  await server.stop();
}
