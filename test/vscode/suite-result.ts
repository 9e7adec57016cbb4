/** What the suite inside the extension host tells its runner, as a JSON file. */

export interface SuiteResult {
  passed: number;
  failed: number;
  tests: { title: string; passed: boolean; durationMs: number; error?: string }[];
}
