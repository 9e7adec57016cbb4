/** `spacetime server ...`: the saved servers. */
import { STATUS_CODES } from 'node:http';
import type { Command } from 'commander';
import { defaultServerOf, resolveServer, type ServerConfig, serversOf, urlOf } from '../config/cli-toml.ts';
import { type Context, warnUnstable } from '../context.ts';
import { CliError } from '../errors.ts';
import { example } from '../options.ts';
import { send, sendOk } from '../server-client.ts';
import { confirm } from '../terminal.ts';

export function addServer(program: Command, context: () => Context): void {
  const server = program.command('server').description('list and change the saved servers');
  const add = (usage: string, description: string): Command => server.command(usage).description(description);
  add('list', 'list the saved servers').action(() => runList(context()));
  add('ping <server>', 'ask whether a server answers').action((name: string) => runPing(context(), name));
  add('set-default <server>', 'choose the server for commands without --server').action((name: string) =>
    runSetDefault(context(), name),
  );
  add('add <nickname>', 'save a server')
    .requiredOption('--url <url>', 'URL of the server')
    .option('-d, --default', 'also make it the default')
    .option('--no-fingerprint', "do not save the server's public key")
    .action((nickname: string, options: AddOptions) => runAdd(context(), nickname, options));
  add('remove <server>', 'forget a server')
    .option('-y, --yes', 'do not ask')
    .action((name: string, options: { yes?: boolean }) => runRemove(context(), name, options.yes ?? false));
  example(server, 'spacetime server list', 'spacetime server add staging --url https://staging.example.com');
}

interface AddOptions {
  url: string;
  default?: boolean;
  fingerprint: boolean;
}

function runList({ config, terminal }: Context): void {
  warnUnstable(terminal);
  const head = ['DEFAULT', 'HOSTNAME', 'PROTOCOL', 'NICKNAME'];
  const rows = serversOf(config).map((server) => [
    server.nickname === defaultServerOf(config) ? '***' : '',
    server.host,
    server.protocol,
    server.nickname ?? '',
  ]);
  const widths = head.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i]?.length ?? 0)));
  for (const row of [head, ...rows])
    terminal.out(` ${row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join('  ')}`.trimEnd());
}

async function runPing(context: Context, name: string): Promise<void> {
  warnUnstable(context.terminal);
  const { url } = context.server(name);
  const response = await send({ nickname: undefined, url }, { path: '/v1/ping' });
  const status = `${response.status} (${STATUS_CODES[response.status] ?? response.statusText})`;
  if (response.ok) context.terminal.out(`Server is online: ${url}`);
  else if (response.status === 404) context.terminal.out(`Server returned ${status}: ${url}`);
  else context.terminal.out(`Server could not be reached (${status}): ${url}`);
}

async function runSetDefault(context: Context, name: string): Promise<void> {
  warnUnstable(context.terminal);
  const { nickname } = savedServer(context, name);
  await context.save({ default_server: nickname });
}

async function runAdd(context: Context, nickname: string, options: AddOptions): Promise<void> {
  const { terminal, config } = context;
  warnUnstable(terminal);
  const url = URL.canParse(options.url) ? new URL(options.url) : undefined;
  if (!url || !/^https?:$/.test(url.protocol))
    throw new CliError(`\`${options.url}\` is not the URL of a server. Write it like http://127.0.0.1:3000.`);
  const servers = serversOf(config);
  if (servers.some((server) => server.nickname === nickname)) {
    throw new CliError(
      `A server called \`${nickname}\` is saved already. Choose another nickname, or remove that one first.`,
    );
  }
  const entry: Record<string, string> = { nickname, host: url.host, protocol: url.protocol.replace(':', '') };
  if (options.fingerprint) {
    const response = await sendOk({ nickname, url: url.origin }, { path: '/v1/identity/public-key' });
    entry.ecdsa_public_key = await response.text();
    terminal.out(`Fingerprint of ${url.origin}:\n${entry.ecdsa_public_key.trimEnd()}`);
  }
  const before = Array.isArray(config.document.server_configs) ? config.document.server_configs : [];
  await context.save({ server_configs: [...before, entry], ...(options.default ? { default_server: nickname } : {}) });
  terminal.out(`Host: ${url.host}`);
  terminal.out(`Protocol: ${entry.protocol}`);
}

async function runRemove(context: Context, name: string, yes: boolean): Promise<void> {
  const { terminal, config } = context;
  warnUnstable(terminal);
  const found = savedServer(context, name);
  if (!(await confirm(terminal, `Forget the server ${found.nickname ?? found.host}?`, yes)))
    throw new CliError('Nothing was removed.');
  const before = Array.isArray(config.document.server_configs) ? config.document.server_configs : [];
  const kept = before.filter(
    (entry) =>
      (entry as { host?: unknown; nickname?: unknown }).host !== found.host ||
      (entry as { nickname?: unknown }).nickname !== found.nickname,
  );
  const isDefault = found.nickname !== undefined && found.nickname === defaultServerOf(config);
  await context.save({ server_configs: kept, ...(isDefault ? { default_server: undefined } : {}) });
}

function savedServer({ config }: Context, name: string): ServerConfig {
  const { url } = resolveServer(config, name);
  const found = serversOf(config).find((server) => urlOf(server) === url);
  if (found) return found;
  throw new CliError(`No server \`${name}\` is saved. See \`spacetime server list\`.`);
}
