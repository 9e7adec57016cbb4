/** `spacetime version` */
import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { CliError } from '../errors.ts';
import { example } from '../options.ts';
import { compatibleVersion, longVersion, workbenchVersion } from '../version.ts';

export function addVersion(program: Command, context: () => Context): void {
  const command = program
    .command('version [words...]')
    .description('print the version, or `list` the installed ones')
    .action((words: string[]) => runVersion(context(), words, String(program.getOptionValue('executable'))));
  example(command, 'spacetime version', 'spacetime version list');
}

function runVersion({ terminal }: Context, words: readonly string[], executable: string): void {
  const [word] = words;
  if (word === undefined) terminal.out(longVersion(executable));
  else if (word === 'list') terminal.out(`${compatibleVersion} (current; embedded, Workbench ${workbenchVersion})`);
  else {
    throw new CliError(
      `\`spacetime version ${word}\` manages installations of the real tool; the embedded one comes and goes with its extension. Install SpacetimeDB from https://spacetimedb.com/install.`,
    );
  }
}
