/** `spacetime extract-schema` (hidden): the definition of a built module as JSON. */
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { rawModuleDefToJson } from '../../../schema/raw-module-def-codec.ts';
import type { Context } from '../context.ts';
import { CliError } from '../errors.ts';
import { describeModule, readProgram } from '../module-schema.ts';

export function addExtractSchema(program: Command, context: () => Context): void {
  program
    .command('extract-schema <file>', { hidden: true })
    .description('print the definition of a built module as {"V10": ...}')
    .option('--host-type <type>', 'wasm or js')
    .action(async (file: string, options: { hostType?: string }) => {
      const { terminal } = context();
      if (options.hostType === 'wasm' || (!options.hostType && file.endsWith('.wasm'))) {
        throw new CliError(
          'The embedded tool cannot load WebAssembly modules. Install SpacetimeDB from https://spacetimedb.com/install.',
        );
      }
      const raw = await describeModule(terminal, readProgram(resolve(terminal.cwd, file)).toString('utf8'));
      terminal.out(`{"V10":${rawModuleDefToJson(raw)}}`);
    });
}
