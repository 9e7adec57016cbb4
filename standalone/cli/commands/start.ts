/** `spacetime start`: runs the embedded server until it is told to stop. Source: reference "protocol" 7.1. */
import { dirname, resolve } from 'node:path';
import type { Command } from 'commander';
import { listenAddressOf } from '../config/cli-toml.ts';
import type { Context } from '../context.ts';
import { CliError } from '../errors.ts';
import { example } from '../options.ts';

interface Options {
  listenAddr?: string;
  dataDir?: string;
  inMemory?: boolean;
  nonInteractive?: boolean;
  jwtKeyDir?: string;
  jwtPubKeyPath?: string;
  jwtPrivKeyPath?: string;
  edition?: string;
  pgPort?: string;
}

const defaultAddress = '0.0.0.0:3000';

export function addStart(program: Command, context: () => Context): void {
  const command = program
    .command('start')
    .description('start the embedded server')
    .option('-l, --listen-addr <address>', `host and port (default: ${defaultAddress})`)
    .option('--data-dir <dir>', 'where databases are kept')
    .option('--in-memory', 'keep the data of databases in memory only')
    .option('--non-interactive', 'fail instead of asking when the port is taken')
    .option('--jwt-key-dir <dir>', 'where the keys that sign tokens are kept')
    .option('--jwt-pub-key-path <file>', 'path of the public key')
    .option('--jwt-priv-key-path <file>', 'path of the private key')
    .option('--edition <edition>', 'only `standalone` is part of the embedded tool')
    .option('--pg-port <port>', 'not part of the embedded server')
    .option('--page_pool_max_size <bytes>', 'accepted for compatibility')
    .option('--enable-tracy', 'accepted for compatibility')
    .action(async (options: Options) => runStart(context(), options));
  example(command, 'spacetime start', 'spacetime start --listen-addr 127.0.0.1:3000 --in-memory');
}

async function runStart(context: Context, options: Options): Promise<void> {
  if (options.edition && options.edition !== 'standalone') {
    throw new CliError(`The edition \`${options.edition}\` is not part of the embedded tool. Leave out --edition.`);
  }
  if (options.pgPort)
    throw new CliError('The embedded server does not speak the PostgreSQL protocol. Leave out --pg-port.');
  // Loaded here, since no other command needs the server.
  const { startServer } = await import('../../server/start.ts');
  const { untilStopped } = await import('../../server/until-stopped.ts');
  await untilStopped(() =>
    startServer({
      listenAddr: options.listenAddr ?? listenAddressOf(context.config) ?? defaultAddress,
      dataDir: resolve(context.terminal.cwd, options.dataDir ?? context.paths.dataDir),
      jwtKeyDir: keyDirectory(context, options),
      inMemory: options.inMemory ?? false,
      nonInteractive: options.nonInteractive ?? false,
    }),
  );
}

function keyDirectory({ paths, terminal }: Context, options: Options): string {
  if (options.jwtKeyDir) return resolve(terminal.cwd, options.jwtKeyDir);
  const { jwtPubKeyPath: publicKey, jwtPrivKeyPath: privateKey } = options;
  if (!publicKey && !privateKey) return paths.configDir;
  const usual = publicKey?.endsWith('id_ecdsa.pub') && privateKey?.endsWith('id_ecdsa');
  if (!publicKey || !privateKey || !usual || dirname(publicKey) !== dirname(privateKey)) {
    throw new CliError(
      'The embedded server keeps both keys in one folder, as id_ecdsa and id_ecdsa.pub. Name it with --jwt-key-dir.',
    );
  }
  return resolve(terminal.cwd, dirname(publicKey));
}
