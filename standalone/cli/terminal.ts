/** What a command sees of the world: output, questions, the folder it runs in. Tests pass one of their own. */
import { createInterface } from 'node:readline/promises';

export interface Terminal {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Writes `text` and a newline to standard output. */
  out(text: string): void;
  /** Writes `text` and a newline to standard error. */
  err(text: string): void;
  /** Asks on standard output; undefined when there is nobody to answer. */
  ask(question: string): Promise<string | undefined>;
  /** Everything on standard input. */
  readInput(): Promise<string>;
}

/** The terminal of this process. */
export function systemTerminal(): Terminal {
  return {
    cwd: process.cwd(),
    env: process.env,
    out: (text) => write(process.stdout, text),
    err: (text) => write(process.stderr, text),
    ask: askOnTerminal,
    async readInput() {
      const chunks: Buffer[] = [];
      for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
      return Buffer.concat(chunks).toString('utf8');
    },
  };
}

/** What a shell reports of a program that wrote into a closed pipe. */
const closedPipe = 141;

const guarded = new Set<NodeJS.WriteStream>();

/** Ends the process when nobody reads any more, as in `spacetime logs -f my-database | head`. */
function write(stream: NodeJS.WriteStream, text: string): void {
  if (!guarded.has(stream)) {
    guarded.add(stream);
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') process.exit(closedPipe);
      throw error;
    });
  }
  stream.write(`${text}\n`);
}

async function askOnTerminal(question: string): Promise<string | undefined> {
  const lines = createInterface({ input: process.stdin, output: process.stdout });
  try {
    const ended = new Promise<undefined>((resolve) => lines.once('close', () => resolve(undefined)));
    return await Promise.race([lines.question(question), ended]);
  } finally {
    lines.close();
  }
}

/** `<text> [y/N]`. With `skip` nobody is asked and the answer is yes; with nobody to ask it is no. */
export async function confirm(terminal: Terminal, text: string, skip: boolean): Promise<boolean> {
  if (skip) {
    terminal.out('Skipping confirmation due to --yes');
    return true;
  }
  const answer = await terminal.ask(`${text} [y/N] `);
  return answer !== undefined && /^y(es)?$/i.test(answer.trim());
}
