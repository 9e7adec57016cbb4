/** A quick share of each long test; `npm run long` does the rest. */
import { expect, test } from 'vitest';
import { crashTest } from './crash.ts';
import { fuzzHttp } from './fuzz-http.ts';
import { fuzzLog } from './fuzz-log.ts';
import { fuzzMessages } from './fuzz-messages.ts';
import { modelTest } from './model.ts';

const seed = Date.now() % 1_000_000_000;
const minutes = 60_000;

test(
  `a database that is killed again and again keeps what it confirmed (seed ${seed})`,
  async () => {
    expect((await crashTest('database', 6, seed)).confirmed).toBeGreaterThan(0);
  },
  minutes,
);

test(
  `so does a server (seed ${seed})`,
  async () => {
    expect((await crashTest('server', 3, seed)).rounds).toBe(3);
  },
  minutes,
);

test(
  `damaged log files give a state that was, or are refused (seed ${seed})`,
  async () => {
    expect((await fuzzLog(400, seed)).wholeRestored).toBeGreaterThan(0);
  },
  minutes,
);

test(
  `damaged frames and bodies change no row wrongly (seed ${seed})`,
  async () => {
    expect((await fuzzMessages(4000, 2000, seed)).answers).toBeGreaterThan(0);
  },
  minutes,
);

test(
  `damaged HTTP bodies are all answered (seed ${seed})`,
  async () => {
    expect(Object.keys((await fuzzHttp(300, seed)).statuses)).toContain('400');
  },
  minutes,
);

test(
  `random transactions give what a list of rows gives (seed ${seed})`,
  async () => {
    expect((await modelTest(1500, seed)).restarts).toBe(1);
  },
  minutes,
);
