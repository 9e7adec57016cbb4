/** `npm run bench [-- part ...]`: prints `METRIC name value unit` lines. Needs a build (`npm run build`). */
import { benchLanguageServer } from './language-server.ts';
import { benchServer } from './server.ts';
import { benchStartup } from './startup.ts';
import { benchWorkbench } from './workbench.ts';

const parts: Record<string, () => Promise<void>> = {
  server: benchServer,
  startup: benchStartup,
  'language-server': benchLanguageServer,
  workbench: benchWorkbench,
};

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !Object.hasOwn(parts, name));
if (unknown.length > 0) {
  console.error(`There is no benchmark called ${unknown.join(', ')}. There are: ${Object.keys(parts).join(', ')}.`);
  process.exit(2);
}
for (const [name, run] of Object.entries(parts)) {
  if (wanted.length === 0 || wanted.includes(name)) await run();
}
