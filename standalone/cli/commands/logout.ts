/** `spacetime logout` */
import type { Command } from 'commander';
import { tokenOf } from '../config/cli-toml.ts';
import type { Context } from '../context.ts';
import { identityOfToken } from '../identity.ts';
import { example } from '../options.ts';

export function addLogout(program: Command, context: () => Context): void {
  const command = program
    .command('logout')
    .description('forget the saved identity')
    .option('--auth-host <url>', 'accepted for compatibility; the embedded tool does not call it')
    .action(async () => runLogout(context()));
  example(command, 'spacetime logout');
}

async function runLogout(context: Context): Promise<void> {
  const token = tokenOf(context.config);
  const session = context.config.document.web_session_token;
  if (token === undefined && session === undefined) {
    context.terminal.out('You are not logged in.');
    return;
  }
  await context.save({ spacetimedb_token: undefined, web_session_token: undefined });
  context.terminal.out(`Logged out${token === undefined ? '' : ` (identity ${identityOfToken(token) ?? 'unknown'})`}.`);
}
