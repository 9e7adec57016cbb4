/** `npm run bench [-- part ...]`: packages once, then prints `METRIC name value unit` lines. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { metric } from '../test/bench/metric.ts';
import { ensureChromium } from '../test/vscode/chromium.ts';
import { ensureCodeServer } from '../test/vscode/code-server.ts';
import { generateFixtureBindings } from './bindings.ts';
import { packageExtension } from './package.ts';
import { root } from './paths.ts';
import { run } from './processes.ts';

await generateFixtureBindings();
const vsix = await packageExtension({ universal: false });
await ensureCodeServer();
ensureChromium();
metric('vsix_size', (await stat(vsix)).size / 1e6, 'MB');
const program = [join(root, 'test/support/run-bundled.ts'), join(root, 'test/bench/main.ts')];
const env = { ...process.env, WORKBENCH_TEST_VSIX: vsix };
process.exit(await run(process.execPath, [...program, ...process.argv.slice(2)], { env }));
