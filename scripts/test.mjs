/** `npm test` on a fresh clone: installs what is missing, then runs every test. */
import { run } from './run.mjs';

run('scripts/test.ts', process.argv.slice(2));
