/** Commands of the real tool that the embedded one does not have: they say so instead of being unknown. */
import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { CliError } from '../errors.ts';

const names = ['dev', 'init', 'mcp', 'subscribe'];

export function addRealToolOnly(program: Command, _context: () => Context): void {
  for (const name of names) {
    program
      .command(`${name} [words...]`, { hidden: true })
      .description('not part of the embedded tool')
      .allowUnknownOption()
      .action(() => {
        throw new CliError(
          `\`spacetime ${name}\` is not part of the embedded tool. Install SpacetimeDB from https://spacetimedb.com/install and use its \`spacetime\`.`,
        );
      });
  }
}
