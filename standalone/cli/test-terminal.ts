/** A terminal for tests: captured output, prepared answers, a folder and an environment of its own. */
import type { Terminal } from './terminal.ts';

export interface TestTerminal extends Terminal {
  /** What was written so far, without the newline at the end. */
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** Questions that were asked. */
  readonly questions: string[];
}

/** With fewer `answers` than questions there is nobody to answer the rest. */
export function testTerminal(cwd: string, answers: readonly string[] = [], input = ''): TestTerminal {
  const [out, err, questions]: [string[], string[], string[]] = [[], [], []];
  const left = [...answers];
  return {
    cwd,
    env: { HOME: cwd },
    out: (text) => void out.push(text),
    err: (text) => void err.push(text),
    ask: async (question) => {
      questions.push(question);
      return left.shift();
    },
    readInput: async () => input,
    stdout: () => out.join('\n'),
    stderr: () => err.join('\n'),
    questions,
  };
}
