/** Options that several commands share, under the names and letters of the real tool. */
import type { Command } from 'commander';

export interface CommonOptions {
  server?: string;
  yes?: boolean;
  anonymous?: boolean;
  /** False with `--no-config`. */
  config?: boolean;
  env?: string;
}

type Shared = 'server' | 'yes' | 'anonymous' | 'no-config' | 'env';

const declarations: Readonly<Record<Shared, readonly [flags: string, description: string]>> = {
  server: ['-s, --server <server>', 'nickname, host or URL of the server'],
  yes: ['-y, --yes', 'answer every question with yes'],
  anonymous: ['-A, --anonymous', 'do not send the saved identity'],
  'no-config': ['-N, --no-config', 'ignore spacetime.json'],
  env: ['-E, --env <name>', 'also read spacetime.<name>.json'],
};

/** Adds shared options to a command. */
export function withOptions(command: Command, names: readonly Shared[]): Command {
  for (const name of names) command.option(...declarations[name]);
  return command;
}

/** An example below the help text. */
export const example = (command: Command, ...lines: readonly string[]): Command =>
  command.addHelpText(
    'after',
    `\nExample${lines.length > 1 ? 's' : ''}:\n${lines.map((line) => `  $ ${line}`).join('\n')}`,
  );
