/** `spacetime delete` */
import type { Command } from 'commander';
import { chooseDatabase } from '../config/database-argument.ts';
import type { Context } from '../context.ts';
import { CliError } from '../errors.ts';
import { type CommonOptions, example, withOptions } from '../options.ts';
import { resolveDatabase, sendOk } from '../server-client.ts';
import { confirm } from '../terminal.ts';

export function addDelete(program: Command, context: () => Context): void {
  const command = program
    .command('delete [database]')
    .description('delete a database with all its data')
    .action(async (database: string | undefined, options: CommonOptions) => runDelete(context(), database, options));
  withOptions(command, ['server', 'yes', 'no-config']);
  example(command, 'spacetime delete my-database --server local');
}

async function runDelete(context: Context, argument: string | undefined, options: CommonOptions): Promise<void> {
  const { database, server: configured } = chooseDatabase(context.project(options), argument);
  const server = context.server(options.server ?? configured);
  const identity = await resolveDatabase(server, database);
  const token = await context.token(server, options);
  const question = `This will delete the database ${database} (${identity}) on ${server.url} with all its data. Continue?`;
  if (!(await confirm(context.terminal, question, options.yes ?? false))) throw new CliError('Nothing was deleted.');
  await sendOk(server, { method: 'DELETE', path: `/v1/database/${identity}`, token });
}
