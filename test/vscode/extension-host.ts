/**
 * Runs `test/vscode/suite/*.test.ts` inside an extension host, with the extension as built in `dist/`:
 * `node test/vscode/extension-host.ts <result.json> [folder]`. Ends with 0 only when every test ran and passed.
 */
import { chmod, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { downloadAndUnzipVSCode, runTests } from '@vscode/test-electron';
import { build } from 'esbuild';
import { root, workDirectory } from '../../scripts/paths.ts';
import { ensureChromium } from './chromium.ts';
import { ensureCodeServer } from './code-server.ts';
import type { SuiteResult } from './suite-result.ts';

const suiteFile = join(workDirectory, 'suite', 'index.cjs');

/** Bundles every test file of the suite into one; returns its path. */
async function bundleSuite(): Promise<string> {
  const directory = join(import.meta.dirname, 'suite');
  const files = (await readdir(directory)).filter((file) => file.endsWith('.test.ts')).sort();
  if (files.length === 0) throw new Error('test/vscode/suite has no test file.');
  const loads = files.map((file) => `() => import('./${file}')`).join(', ');
  await build({
    absWorkingDir: root,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node22',
    sourcemap: 'inline',
    external: ['vscode', 'mocha'],
    outfile: suiteFile,
    logLevel: 'warning',
    stdin: {
      contents: `import { runSuite } from './runner.ts';\nexport const run = () => runSuite([${loads}]);\n`,
      resolveDir: directory,
      loader: 'ts',
    },
  });
  return suiteFile;
}

/** The desktop VS Code where there is one or one can be downloaded and shown, else a program that drives code-server. */
async function findCode(): Promise<string> {
  if (process.env.VSCODE_EXECUTABLE_PATH) return process.env.VSCODE_EXECUTABLE_PATH;
  if (process.platform !== 'linux' || process.env.DISPLAY) {
    try {
      return await downloadAndUnzipVSCode({ cachePath: join(workDirectory, 'vscode-desktop'), timeout: 15_000 });
    } catch (error) {
      console.log(`No desktop VS Code (${error instanceof Error ? error.message : error}); using code-server.`);
    }
  }
  await ensureCodeServer();
  ensureChromium();
  return writeShim();
}

async function writeShim(): Promise<string> {
  const path = join(workDirectory, 'code-shim');
  const quote = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;
  const shim = join(import.meta.dirname, 'code-shim.ts');
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, `#!/bin/sh\nexec ${quote(process.execPath)} ${quote(shim)} "$@"\n`);
  await chmod(path, 0o755);
  return path;
}

/** Runs the suite in `folder`; resolves to its result. Rejects when the suite did not run to its end. */
export async function runInExtensionHost(resultFile: string, folder: string): Promise<SuiteResult> {
  await mkdir(dirname(resultFile), { recursive: true });
  await rm(resultFile, { force: true });
  const extensionTestsPath = await bundleSuite();
  const exitCode = await runTests({
    vscodeExecutablePath: await findCode(),
    extensionDevelopmentPath: root,
    extensionTestsPath,
    launchArgs: [folder, '--disable-workspace-trust'],
    extensionTestsEnv: { WORKBENCH_TEST_RESULT: resultFile },
  }).catch((error: Error) => {
    console.error(error.message);
    return 1;
  });
  const text = await readFile(resultFile, 'utf8').catch(() => {
    throw new Error(`The suite left no result (exit code ${exitCode}): it did not run.`);
  });
  const result = JSON.parse(text) as SuiteResult;
  if (exitCode !== 0 && result.failed === 0) throw new Error(`VS Code ended with code ${exitCode} after the suite.`);
  return result;
}

if (import.meta.main) {
  const [resultFile = join(workDirectory, 'results', 'host.json'), folder = join(root, 'test', 'fixtures', 'chat')] =
    process.argv.slice(2);
  const result = await runInExtensionHost(resultFile, folder);
  for (const test of result.tests) {
    console.log(`${test.passed ? 'passed' : 'FAILED'}  ${test.title} (${test.durationMs} ms)`);
    if (test.error) console.log(test.error);
  }
  console.log(`${result.passed} passed, ${result.failed} failed`);
  process.exit(result.failed === 0 && result.passed > 0 ? 0 : 1);
}
