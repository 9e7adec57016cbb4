/** How many tests passed and failed, read from what the runners write. */

export interface Counts {
  passed: number;
  failed: number;
}

/**
 * Counts of a Vitest JSON report. A file that could not be loaded counts as one failure although it has no test; so
 * does a run that ended badly, or ran nothing.
 */
export function vitestCounts(report: string, exitCode: number): Counts {
  const { numPassedTests, numFailedTests, testResults } = JSON.parse(report) as VitestReport;
  const broken = testResults.filter((file) => file.status === 'failed' && !hasFailedTest(file)).length;
  return completed({ passed: numPassedTests, failed: numFailedTests + broken }, exitCode);
}

/** A run that reports no failure and yet ended badly, or ran no test, counts as one failure. */
export function completed(counts: Counts, exitCode: number): Counts {
  const { passed, failed } = counts;
  const silent = failed === 0 && (exitCode !== 0 || passed === 0);
  return { passed, failed: silent ? 1 : failed };
}

export function sum(all: Counts[]): Counts {
  return all.reduce((a, b) => ({ passed: a.passed + b.passed, failed: a.failed + b.failed }), { passed: 0, failed: 0 });
}

interface VitestReport {
  numPassedTests: number;
  numFailedTests: number;
  testResults: VitestFile[];
}

interface VitestFile {
  status: string;
  assertionResults: { status: string }[];
}

const hasFailedTest = (file: VitestFile) => file.assertionResults.some((test) => test.status === 'failed');
