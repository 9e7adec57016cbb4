/**
 * The long tests: `npm run long [-- part ...]`. `LONG_SHARE=0.1` does a tenth of each, `LONG_SEED` repeats a run.
 * Prints one line per part with its counts and ends with 1 at the first thing that is wrong.
 */
import { crashTest } from './crash.ts';
import { fuzzHttp } from './fuzz-http.ts';
import { fuzzLog } from './fuzz-log.ts';
import { fuzzMessages } from './fuzz-messages.ts';
import { modelTest } from './model.ts';

const share = Number(process.env.LONG_SHARE ?? 1);
const seed = Number(process.env.LONG_SEED ?? Date.now() % 1_000_000_000);
const count = (whole: number): number => Math.max(1, Math.round(whole * share));

const parts: Record<string, () => Promise<object>> = {
  'crash-database': () => crashTest('database', count(400), seed),
  'crash-server': () => crashTest('server', count(150), seed),
  model: () => modelTest(count(200_000), seed),
  'fuzz-messages': () => fuzzMessages(count(750_000), count(250_000), seed),
  'fuzz-http': () => fuzzHttp(count(50_000), seed),
  'fuzz-log': () => fuzzLog(count(150_000), seed),
};

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !Object.hasOwn(parts, name));
if (unknown.length > 0) {
  console.error(`There is no long test called ${unknown.join(', ')}. There are: ${Object.keys(parts).join(', ')}.`);
  process.exit(2);
}
console.log(`seed ${seed}`);
for (const [name, run] of Object.entries(parts)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  const begin = performance.now();
  const counts = await run();
  console.log(`${name}: ${JSON.stringify(counts)} in ${Math.round((performance.now() - begin) / 1000)} s`);
}
