import { expect, test } from 'vitest';
import { completed, sum, vitestCounts } from './counts.ts';

const report = (numPassedTests: number, numFailedTests: number, files: { status: string; tests: string[] }[]) =>
  JSON.stringify({
    numPassedTests,
    numFailedTests,
    testResults: files.map(({ status, tests }) => ({ status, assertionResults: tests.map((t) => ({ status: t })) })),
  });

test('passed and failed tests are counted', () => {
  const text = report(2, 1, [{ status: 'failed', tests: ['passed', 'failed', 'passed'] }]);
  expect(vitestCounts(text, 1)).toEqual({ passed: 2, failed: 1 });
});

test('a file that could not be loaded is a failure', () => {
  const text = report(1, 0, [
    { status: 'failed', tests: [] },
    { status: 'passed', tests: ['passed'] },
  ]);
  expect(vitestCounts(text, 1)).toEqual({ passed: 1, failed: 1 });
});

test('a run without tests, or with a bad end, is a failure', () => {
  expect(vitestCounts(report(0, 0, []), 0)).toEqual({ passed: 0, failed: 1 });
  expect(completed({ passed: 3, failed: 0 }, 1)).toEqual({ passed: 3, failed: 1 });
  expect(completed({ passed: 3, failed: 0 }, 0)).toEqual({ passed: 3, failed: 0 });
});

test('stages add up', () => {
  expect(
    sum([
      { passed: 1, failed: 2 },
      { passed: 3, failed: 4 },
    ]),
  ).toEqual({ passed: 4, failed: 6 });
});
