/** `spacetime rename`: gives a database another name. */
import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { type CommonOptions, example, withOptions } from '../options.ts';
import { resolveDatabase, sendOk } from '../server-client.ts';

interface Options extends CommonOptions {
  to: string;
}

export function addRename(program: Command, context: () => Context): void {
  const command = program
    .command('rename <database>')
    .description('give a database another name')
    .requiredOption('--to <name>', 'the new name')
    .action(async (database: string, options: Options) => runRename(context(), database, options));
  withOptions(command, ['server', 'yes']);
  example(command, 'spacetime rename my-database --to our-database --server local');
}

async function runRename(context: Context, database: string, options: Options): Promise<void> {
  const server = context.server(options.server);
  const identity = await resolveDatabase(server, database);
  const token = await context.token(server, options);
  await sendOk(server, {
    method: 'PUT',
    path: `/v1/database/${identity}/names`,
    body: JSON.stringify([options.to]),
    contentType: 'application/json',
    token,
  });
  context.terminal.out(`Name set to ${options.to} for identity ${identity}.`);
}
