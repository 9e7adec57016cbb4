/** `spacetime login` */
import type { Command } from 'commander';
import { isLocal, tokenOf } from '../config/cli-toml.ts';
import type { Context } from '../context.ts';
import { CliError } from '../errors.ts';
import { identityOfToken } from '../identity.ts';
import { example } from '../options.ts';

interface Options {
  authHost?: string;
  token?: string;
  serverIssuedLogin?: string;
}

export function addLogin(program: Command, context: () => Context): void {
  const command = program
    .command('login')
    // `login --token <token>` and `login show --token` are different options.
    .enablePositionalOptions()
    .description('save an identity for further commands')
    .option('--auth-host <url>', 'server of the web login')
    .option('--token <token>', 'save this token without asking anybody')
    .option('--no-browser', 'accepted for compatibility; the embedded tool opens no browser')
    .option('--server-issued-login <server>', 'let this server issue an identity that only it knows')
    .action(async (options: Options) => runLogin(context(), options));
  command
    .command('show')
    .description('print who is logged in')
    .option('--token', 'print the token too')
    .action((options: { token?: boolean }) => runShow(context(), options.token ?? false));
  example(command, 'spacetime login --server-issued-login local', 'spacetime login show');
}

async function runLogin(context: Context, options: Options): Promise<void> {
  if (options.token === undefined && options.serverIssuedLogin === undefined) {
    throw new CliError(
      'The web login at spacetimedb.com needs the real tool: install SpacetimeDB from https://spacetimedb.com/install; both share one login. ' +
        'For a server on this machine, `spacetime login --server-issued-login local` is enough.',
    );
  }
  if (options.token !== undefined) {
    await forget(context);
    await context.save({ spacetimedb_token: options.token });
    context.terminal.out('Token saved.');
    return;
  }
  const server = context.server(options.serverIssuedLogin);
  await forget(context);
  await context.loginTo(server);
  if (!isLocal(server))
    context.terminal.err(`Keep the token (\`spacetime login show --token\`): ${server.url} cannot issue it again.`);
}

async function forget(context: Context): Promise<void> {
  const token = tokenOf(context.config);
  if (token === undefined) return;
  await context.save({ spacetimedb_token: undefined, web_session_token: undefined });
  context.terminal.out(`Logged out (identity ${identityOfToken(token) ?? 'unknown'}).`);
}

function runShow({ config, terminal }: Context, showToken: boolean): void {
  const token = tokenOf(config);
  if (token === undefined) {
    terminal.out('You are not logged in. Run `spacetime login` to log in.');
    return;
  }
  terminal.out(`You are logged in as ${identityOfToken(token) ?? 'an identity that the token does not name'}`);
  if (showToken) terminal.out(`Your auth token (don't share this!) is ${token}`);
}
