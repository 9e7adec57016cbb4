/** Something a build has to say about a place in the source, in the form in which compilers say it. */
export interface BuildProblem {
  readonly severity: 'error' | 'warning';
  /** Relative to the module folder; undefined when the problem has no place. */
  readonly file: string | undefined;
  /** Counted from 1. */
  readonly line: number | undefined;
  readonly column: number | undefined;
  readonly message: string;
}

/** A problem without a place. */
export const problemOfModule = (message: string): BuildProblem => ({
  severity: 'error',
  file: undefined,
  line: undefined,
  column: undefined,
  message,
});

/** `src/index.ts:3:9: error: message`, the form that editors and terminals turn into links. */
export function formatBuildProblem(problem: BuildProblem): string {
  const place = problem.file === undefined ? '' : `${problem.file}:${problem.line ?? 1}:${problem.column ?? 1}: `;
  return `${place}${problem.severity}: ${problem.message}`;
}
