/** Whether an error is Node's with this code (`ENOENT`, `EADDRINUSE`, ...). */
export const hasCode = (error: unknown, ...codes: string[]): boolean =>
  error instanceof Error && codes.includes((error as NodeJS.ErrnoException).code ?? '');

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
