/** `spacetime lock` and `spacetime unlock`: protect a database from deletion. */
import type { Command } from 'commander';
import { chooseDatabase } from '../config/database-argument.ts';
import type { Context } from '../context.ts';
import { type CommonOptions, example, withOptions } from '../options.ts';
import { resolveDatabase, sendOk } from '../server-client.ts';

export function addLock(program: Command, context: () => Context): void {
  for (const verb of ['lock', 'unlock'] as const) {
    const command = program
      .command(`${verb} [database]`)
      .description(verb === 'lock' ? 'protect a database from deletion' : 'allow the deletion of a locked database')
      .action(async (database: string | undefined, options: CommonOptions) => run(context(), verb, database, options));
    withOptions(command, ['server', 'no-config']);
    example(command, `spacetime ${verb} my-database --server local`);
  }
}

async function run(
  context: Context,
  verb: 'lock' | 'unlock',
  argument: string | undefined,
  options: CommonOptions,
): Promise<void> {
  const { database, server: configured } = chooseDatabase(context.project(options), argument);
  const server = context.server(options.server ?? configured);
  const identity = await resolveDatabase(server, database);
  const token = await context.token(server, options);
  await sendOk(server, { method: 'POST', path: `/v1/database/${identity}/${verb}`, token });
  const outcome = verb === 'lock' ? 'now locked. It cannot be deleted until unlocked.' : 'now unlocked.';
  context.terminal.out(`Database ${identity} is ${outcome}`);
}
