/** `spacetime list` */
import type { Command } from 'commander';
import { type Context, warnUnstable } from '../context.ts';
import { CliError } from '../errors.ts';
import { identityOfToken } from '../identity.ts';
import { type CommonOptions, example, withOptions } from '../options.ts';
import { jsonText, sendOk } from '../server-client.ts';
import { formatTable } from '../text-table.ts';

export function addList(program: Command, context: () => Context): void {
  const command = program
    .command('list')
    .description('list the databases of the saved identity')
    .action(async (options: CommonOptions) => runList(context(), options));
  withOptions(command, ['server', 'yes']);
  example(command, 'spacetime list --server local');
}

async function runList(context: Context, options: CommonOptions): Promise<void> {
  const { terminal } = context;
  warnUnstable(terminal);
  const server = context.server(options.server);
  const token = await context.token(server, options);
  const user = identityOfToken(token ?? '');
  if (!user) throw new CliError('The saved token names no identity. Run `spacetime logout` and log in again.');
  const listed = await sendOk(server, { path: `/v1/identity/${user}/databases`, token });
  const { identities } = JSON.parse(await jsonText(listed)) as { identities: string[] };
  if (identities.length === 0) {
    terminal.out(`No databases found for ${user}.`);
    return;
  }
  const rows: string[][] = [];
  for (const identity of identities) {
    const response = await sendOk(server, { path: `/v1/database/${identity}/names`, token });
    const { names } = JSON.parse(await jsonText(response)) as { names: string[] };
    rows.push([names.join(', '), identity]);
  }
  terminal.out(`Associated databases for user ${user}:\n`);
  terminal.out(formatTable(['Database Name(s)', 'Identity'], rows));
}
