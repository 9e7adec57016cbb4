/** The entry that VS Code calls: runs the suite with Mocha inside the extension host. */
import { writeFile } from 'node:fs/promises';
import Mocha from 'mocha';
import type { SuiteResult } from '../suite-result.ts';

/** Loads the test files and runs them. Writes `WORKBENCH_TEST_RESULT`; rejects when a test failed. */
export async function runSuite(files: (() => Promise<unknown>)[]): Promise<void> {
  const mocha = new Mocha({ ui: 'bdd', timeout: 60_000, color: false });
  // What Mocha does before it loads a file itself; here the files are in this bundle.
  mocha.suite.emit('pre-require', globalThis, '', mocha);
  for (const load of files) await load();
  const result: SuiteResult = { passed: 0, failed: 0, tests: [] };
  await new Promise<void>((resolve) => {
    mocha
      .run(() => resolve())
      .on('pass', (test) => {
        result.passed++;
        result.tests.push({ title: test.fullTitle(), passed: true, durationMs: test.duration ?? 0 });
      })
      .on('fail', (test, error: Error) => {
        result.failed++;
        const text = error.stack ?? String(error);
        result.tests.push({ title: test.fullTitle(), passed: false, durationMs: test.duration ?? 0, error: text });
      });
  });
  const resultFile = process.env.WORKBENCH_TEST_RESULT;
  if (resultFile) await writeFile(resultFile, JSON.stringify(result, undefined, 2));
  if (result.failed > 0) throw new Error(`${result.failed} tests failed.`);
  if (result.passed === 0) throw new Error('No test ran.');
}
