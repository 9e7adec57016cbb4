/**
 * Stands in for the `code` executable that @vscode/test-electron starts: takes the same arguments and runs the
 * suite in code-server's extension host. Ends with the suite's exit code.
 */
import { resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { type Browser, openBrowser } from './browser.ts';
import { type CodeServer, startCodeServer } from './server.ts';

/** Environment variables that the suite may read beside these: the result file, and what its caller set on purpose. */
const passedOn = /^(SPACETIMEDB_|WORKBENCH_TEST_)/;
const suiteTimeoutMs = 240_000;

/** Runs the suite; resolves to its exit code. */
async function runSuite(server: CodeServer, browser: Browser): Promise<number> {
  const { values, positionals } = parseArgs({
    strict: false,
    allowPositionals: true,
    options: {
      extensionDevelopmentPath: { type: 'string', multiple: true },
      extensionTestsPath: { type: 'string' },
    },
  });
  const remote = (path: string) => `vscode-remote://${new URL(server.origin).host}${resolve(path)}`;
  const payload: [string, string][] = [['extensionTestsPath', remote(String(values.extensionTestsPath))]];
  for (const path of values.extensionDevelopmentPath ?? []) {
    payload.push(['extensionDevelopmentPath', remote(String(path))]);
  }
  const ended = new Promise<number>((done) => {
    void browser.page.exposeFunction('codeAutomationExit', done);
  });
  await browser.page.exposeFunction('codeAutomationLog', () => {});
  await browser.page.goto(server.urlOf(resolve(positionals[0] ?? '.'), payload));
  const late = delay(suiteTimeoutMs).then(() => {
    throw new Error(`The suite did not end within ${suiteTimeoutMs / 1000} s.\nThe page was ${browser.page.url()}`);
  });
  return Promise.race([ended, late]);
}

const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => passedOn.test(name)));
let exitCode = 1;
try {
  // Without the smoke-test driver, VS Code ignores the test paths.
  const server = await startCodeServer({ env, args: ['--vscode-option', 'enable-smoke-test-driver'] });
  try {
    const browser = await openBrowser();
    exitCode = await runSuite(server, browser).finally(() => browser.close());
  } finally {
    await server.stop();
  }
} catch (error) {
  console.error(error);
}
process.exit(exitCode);
