/**
 * Kills a database with SIGKILL at random moments, again and again: while clients write, while snapshots are written,
 * and while it starts. After every restart each confirmed call must be there, in order and once, and no half of any.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { build } from 'esbuild';
import type {
  DatabaseWorkerOptions,
  FromWorker,
  RequestArgs,
  RequestName,
  RequestReply,
} from '../../standalone/database/messages.ts';
import { type DatabaseHandle, databaseOf } from '../support/database.ts';
import { callOf, type DatabasePort, databaseOptions, publishTo, rowsOf } from '../support/in-process-database.ts';
import { bundleSource, newAccount, publishOk } from '../support/modules.ts';
import { type Random, randomFrom } from '../support/random.ts';
import { repository, spacetimeProgram, startStandalone } from '../support/standalone.ts';

const moduleSource = `
  import { schema, t, table } from 'spacetimedb/server';
  const left = table({ public: true }, { id: t.u64().primaryKey().autoInc(), lane: t.u32(), seq: t.u32() });
  const right = table({ public: true }, { lane: t.u32(), seq: t.u32() });
  const total = table({ public: true }, { id: t.u8().primaryKey(), calls: t.u32(), note: t.string() });
  const db = schema({ left, right, total });
  export default db;
  export const init = db.init((ctx) => { ctx.db.total.insert({ id: 0, calls: 0, note: '' }); });
  export const put = db.reducer({ lane: t.u32(), seq: t.u32(), size: t.u32() }, (ctx, { lane, seq, size }) => {
    ctx.db.left.insert({ id: 0n, lane, seq });
    const { calls } = ctx.db.total.id.find(0);
    ctx.db.total.id.update({ id: 0, calls: calls + 1, note: 'x'.repeat(size) });
    ctx.db.right.insert({ lane, seq });
  });
  export const forget = db.reducer((ctx) => {
    ctx.db.left.clear();
    ctx.db.right.clear();
    ctx.db.total.id.update({ id: 0, calls: 0, note: '' });
  });
`;

/** Something that can be killed and started again on the same data. */
interface Victim {
  /** Starts; rejects when it was killed meanwhile. */
  start(): Promise<void>;
  kill(): Promise<void>;
  /** Resolves with true when the call was confirmed, with false when the victim died first. */
  put(lane: number, seq: number, size: number): Promise<boolean>;
  forget(): Promise<void>;
  rows(query: string): Promise<unknown[][]>;
  dispose(): Promise<void>;
}

export interface CrashResult {
  rounds: number;
  /** Rounds in which the victim was killed before it was up. */
  killedWhileStarting: number;
  confirmed: number;
  /** Calls that were not confirmed and were found after the restart all the same, which they may. */
  unconfirmedFound: number;
}

const laneCount = 6;

/** Throws with what is wrong when a restart shows another state than it may. */
async function crashRounds(victim: Victim, rounds: number, random: Random): Promise<CrashResult> {
  const result: CrashResult = { rounds: 0, killedWhileStarting: 0, confirmed: 0, unconfirmedFound: 0 };
  /** Per lane: how many calls were confirmed since the tables were emptied. */
  let confirmed = new Array<number>(laneCount).fill(0);
  for (; result.rounds < rounds; result.rounds++) {
    if (random.chance(0.15)) {
      const starting = victim.start().catch(() => undefined);
      await sleep(random.integer(400));
      await victim.kill();
      await starting;
      result.killedWhileStarting++;
    }
    await victim.start();
    const found = await check(victim, confirmed);
    result.unconfirmedFound += found.reduce((sum, count, lane) => sum + count - (confirmed[lane] as number), 0);
    confirmed = found;
    if (result.rounds % 10 === 9) {
      await victim.forget();
      confirmed.fill(0);
    }
    const lanes = confirmed.map(async (first, lane) => {
      for (let seq = first; await victim.put(lane, seq, random.integer(6000)); seq++) {
        confirmed[lane] = seq + 1;
        result.confirmed++;
      }
    });
    await sleep(random.integer(random.chance(0.2) ? 400 : 60));
    await victim.kill();
    await Promise.all(lanes);
  }
  await victim.start();
  await check(victim, confirmed);
  return result;
}

/** Checks everything and gives the number of calls found per lane. */
async function check(victim: Victim, confirmed: readonly number[]): Promise<number[]> {
  const left = await victim.rows('SELECT * FROM left');
  const right = await victim.rows('SELECT * FROM right');
  const [total] = await victim.rows('SELECT * FROM total');
  const key = (lane: unknown, seq: unknown): string => `${lane} ${seq}`;
  const calls = left.map(([, lane, seq]) => key(lane, seq)).sort();
  const others = right.map(([lane, seq]) => key(lane, seq)).sort();
  if (calls.join() !== others.join()) throw new Error('a transaction is there with one of its rows only');
  if (total?.[1] !== calls.length)
    throw new Error(`the counter says ${total?.[1]} calls, and ${calls.length} are there`);
  if (new Set(left.map(([id]) => id)).size !== left.length) throw new Error('an id was given twice');
  const present = new Set(calls);
  if (present.size !== calls.length) throw new Error('a call is there twice');
  const counts = confirmed.map((count, lane) => {
    for (let seq = 0; seq < count; seq++) {
      if (!present.has(key(lane, seq))) throw new Error(`call ${seq} of lane ${lane} was confirmed and is missing`);
    }
    // A lane waits for each call, so only one can be there without a confirmation.
    return present.has(key(lane, count)) ? count + 1 : count;
  });
  if (counts.reduce((sum, count) => sum + count, 0) !== calls.length) throw new Error('there are calls nobody made');
  return counts;
}

/** A database process with rules that make it write snapshots all the time. */
async function databaseVictim(bundle: string): Promise<Victim> {
  const program = await bundledChild();
  const directory = mkdtempSync(path.join(tmpdir(), 'crash-'));
  const snapshots = { busyBytes: 100_000, quietBytes: 1000, quietTime: 5, keepLogBytes: 1_000_000 };
  let child: ChildDatabase | undefined;
  const running = (): ChildDatabase => {
    if (!child) throw new Error('the database is not running');
    return child;
  };
  return {
    async start() {
      child = new ChildDatabase(program, { directory, snapshots });
      const opened = await child.request('open', {});
      if (!opened.ok) throw new Error(`the database does not open: ${opened.message}`);
      if (!opened.hasProgram) await publishTo(child, bundle);
    },
    kill: () => running().kill(),
    put: (lane, seq, size) =>
      callOf(running(), 'put', [lane, seq, size]).then(
        ({ ok }) => {
          if (!ok) throw new Error('a call was refused');
          return true;
        },
        (error: unknown) => {
          if (error instanceof Killed) return false;
          throw error;
        },
      ),
    async forget() {
      const reply = await callOf(running(), 'forget', []);
      if (!reply.ok) throw new Error(reply.message);
    },
    rows: (query) => rowsOf(running(), query),
    async dispose() {
      await child?.kill();
      rmSync(directory, { recursive: true });
    },
  };
}

/** One file starts several times faster than many. */
async function bundledChild(): Promise<string> {
  const outfile = path.join(repository, '.work/programs/crash-child.cjs');
  await build({
    entryPoints: [path.join(repository, 'test/long/crash-child.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node22',
    mainFields: ['module', 'main'],
    external: ['esbuild'],
    banner: { js: 'const importMetaUrl = require("node:url").pathToFileURL(__filename).href;' },
    define: { 'import.meta.url': 'importMetaUrl' },
    logLevel: 'warning',
  });
  return outfile;
}

class Killed extends Error {}

class ChildDatabase implements DatabasePort {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, { resolve(reply: never): void; reject(error: Error): void }>();
  #lastId = 0;

  constructor(program: string, options: Partial<DatabaseWorkerOptions>) {
    this.#child = fork(program, [JSON.stringify(databaseOptions(options))], {
      serialization: 'advanced',
      execArgv: [],
    });
    this.#child.on('message', (message: FromWorker) => {
      if (message.kind !== 'reply') return;
      this.#waiting.get(message.id)?.resolve(message.reply as never);
      this.#waiting.delete(message.id);
    });
    this.#child.once('exit', () => {
      for (const { reject } of this.#waiting.values()) reject(new Killed('the database was killed'));
      this.#waiting.clear();
    });
  }

  request<N extends RequestName>(name: N, args: RequestArgs<N>): Promise<RequestReply<N>> {
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      if (!this.#alive) {
        reject(new Killed('the database was killed'));
        return;
      }
      this.#waiting.set(id, { resolve, reject });
      // A message that finds the channel closed is answered by the exit.
      this.#child.send({ kind: 'request', id, name, args }, () => undefined);
    });
  }

  get #alive(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  async kill(): Promise<void> {
    if (!this.#alive) return;
    const ended = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await ended;
  }
}

/** The whole server with its HTTP API, as people start it. */
async function serverVictim(bundle: string): Promise<Victim> {
  // A copy, so that a build in the meantime does not end a run of many minutes.
  const programs = path.join(repository, '.work/crash-server');
  cpSync(path.dirname(spacetimeProgram), programs, { recursive: true });
  const server = await startStandalone([], path.join(programs, path.basename(spacetimeProgram)));
  const owner = await newAccount(server.uri);
  await publishOk(server.uri, 'crash', bundle, owner.token);
  const database: DatabaseHandle = databaseOf(server.uri, 'crash', owner);
  await server.stop();
  return {
    start: () => server.restart(),
    kill: () => server.stop('SIGKILL'),
    put: (lane, seq, size) =>
      database.run('put', lane, seq, size).then(
        () => true,
        (error: unknown) => {
          // The connection broke; an answer would have another error.
          if (error instanceof TypeError) return false;
          throw error;
        },
      ),
    async forget() {
      await database.run('forget');
    },
    rows: (query) => database.rows(query),
    dispose: () => server.dispose(),
  };
}

/** `kind`: the database alone, which writes snapshots all the time, or the built server over HTTP. */
export async function crashTest(kind: 'database' | 'server', rounds: number, seed: number): Promise<CrashResult> {
  const bundle = await bundleSource(moduleSource);
  const victim = kind === 'server' ? await serverVictim(bundle) : await databaseVictim(bundle);
  try {
    return await crashRounds(victim, rounds, randomFrom(seed));
  } finally {
    await victim.dispose();
  }
}
