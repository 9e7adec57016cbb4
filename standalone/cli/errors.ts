/** A failure that the person who typed the command understands and can act on. */
export class CliError extends Error {
  readonly exitCode: number;
  /** Shown below `Caused by:`, outermost first. */
  readonly causes: readonly string[];

  constructor(message: string, causes: readonly string[] = [], exitCode = 1) {
    super(message);
    this.causes = causes;
    this.exitCode = exitCode;
  }
}

/** Ends a command with an exit code after everything worth saying has been printed. */
export class QuietExit extends Error {
  readonly exitCode: number;

  constructor(exitCode: number) {
    super(`exit code ${exitCode}`);
    this.exitCode = exitCode;
  }
}

/** The text of whatever was thrown; errors of a sandbox's realm are no `Error` of ours, but have a message too. */
export function messageOf(error: unknown): string {
  const message = typeof error === 'object' && error !== null && 'message' in error ? error.message : undefined;
  return typeof message === 'string' ? message : String(error);
}

/** `Error: ...` and, below, the chain of causes. */
export function formatError(error: unknown): string {
  const causes = error instanceof CliError ? error.causes : causesOf(error);
  const list = causes.map((cause) => `    ${cause}\n`).join('');
  return `Error: ${messageOf(error)}\n${list && `\nCaused by:\n${list}`}`;
}

function causesOf(error: unknown): string[] {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause === undefined ? [] : [messageOf(cause), ...causesOf(cause)];
}
