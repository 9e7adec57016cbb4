/** `npm start` on a fresh clone: installs what is missing, then opens VS Code with the extension. */
import { run } from './run.mjs';

run('scripts/start.ts', process.argv.slice(2));
