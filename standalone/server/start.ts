/** Starts a server on a data directory, and ends it in order. When a process ends: `until-stopped.ts`. */
import type { Server } from 'node:http';
import { join, resolve } from 'node:path';
import { createAdaptorServer } from '@hono/node-server';
import { loadConfig, type ServerConfig } from './config.ts';
import { ControlDatabase } from './control-database.ts';
import { checkEdition, type DataDirectory, describeDataDirectory, prepareDataDirectory } from './data-directory.ts';
import { DatabaseRegistry } from './database-registry.ts';
import { type DirectoryLock, lockDirectory } from './directory-lock.ts';
import { createHttpApp } from './http-app.ts';
import { loadOrCreateKeys } from './keys.ts';
import { askOnTerminal, formatAddress, listen, localUrl, parseListenAddress } from './listen.ts';
import { hasCode, messageOf } from './node-error.ts';
import { ProgramStore } from './program-store.ts';
import { findDatabase, HttpProblem, type ServerContext } from './server-context.ts';
import { type ServerLogger, terminalLogger, withLogFile } from './server-log.ts';
import { SocketGateway } from './socket-gateway.ts';
import { createTokenAuthority } from './tokens.ts';
import { SERVER_VERSION } from './version.ts';
import { findWorkerFile } from './worker-thread.ts';

export interface ServerOptions {
  /** `host:port`; port 0 lets the system choose. */
  listenAddr: string;
  /** Created when missing. */
  dataDir: string;
  /** Folder of `id_ecdsa` and `id_ecdsa.pub`; default: config.toml, else the data directory. */
  jwtKeyDir?: string | undefined;
  /** Rows, commit logs and module logs stay in memory; names, programs and keys are on disk all the same. */
  inMemory?: boolean;
  /** Never ask about another port. Asking needs a terminal anyway. */
  nonInteractive?: boolean;
  /** Default: the terminal. Everything also goes to the log file of the data directory. */
  logger?: ServerLogger;
}

export interface RunningServer {
  /** `host:port` as bound. */
  address: string;
  /** Where this machine reaches it, `http://host:port`. */
  url: string;
  /** Closes connections (1001), syncs every database and releases the data directory. May be called again. */
  close(): Promise<void>;
}

/**
 * Resolves when the server accepts connections. Throws an error meant for people when it cannot start.
 * `workerFile` is the program of the database threads.
 */
export async function startServer(options: ServerOptions, workerFile = findWorkerFile()): Promise<RunningServer> {
  const wanted = parseListenAddress(options.listenAddr);
  const directory = describeDataDirectory(resolve(options.dataDir));
  checkEdition(directory);
  const lock = lockWritable(directory);
  try {
    prepareDataDirectory(directory);
    const logger = withLogFile(options.logger ?? terminalLogger, directory.logDirectory);
    const context = await openContext(options, directory, logger, workerFile);
    const server = createAdaptorServer({
      fetch: createHttpApp(context).fetch,
      overrideGlobalObjects: false,
    }) as Server;
    server.on('upgrade', (request, socket, head) => void context.sockets.handleUpgrade(request, socket, head));
    const mayAsk = !options.nonInteractive && process.stdin.isTTY === true;
    const bound = await listen(server, wanted, mayAsk ? askOnTerminal : undefined).catch(async (error: unknown) => {
      await context.sockets.close();
      throw error;
    });
    logger.info(`spacetimedb-workbench embedded server, SpacetimeDB ${SERVER_VERSION}`);
    logger.info(`database running in data directory ${directory.root}${options.inMemory ? ' (rows in memory)' : ''}`);
    logger.info(`Starting SpacetimeDB listening on ${formatAddress(bound)}`);
    const opening = context.databases.openAll();
    let closing: Promise<void> | undefined;
    const close = async () => {
      await closeInOrder(server, context, opening);
      lock.release();
      logger.info('The server has stopped.');
    };
    return {
      address: formatAddress(bound),
      url: localUrl(bound),
      close: () => {
        closing ??= close();
        return closing;
      },
    };
  } catch (error) {
    lock.release();
    throw error;
  }
}

/** Takes the lock, which is the first thing that is written. */
function lockWritable(directory: DataDirectory): DirectoryLock {
  try {
    return lockDirectory(directory.lockFile);
  } catch (error) {
    if (!hasCode(error, 'EACCES', 'EPERM', 'EROFS', 'ENOSPC', 'ENOTDIR', 'EEXIST')) throw error;
    throw new Error(
      `The data directory ${directory.root} cannot be written (${messageOf(error)}). ` +
        'Make it writable, or start with another directory (--data-dir).',
    );
  }
}

async function openContext(
  options: ServerOptions,
  directory: DataDirectory,
  logger: ServerLogger,
  workerFile: URL,
): Promise<ServerContext> {
  const config = loadConfig(directory.configFile);
  const keys = loadOrCreateKeys(keyFiles(options, directory, config));
  const tokens = createTokenAuthority(keys);
  const control = await ControlDatabase.open(directory.controlDirectory, logger.warn);
  const programs = new ProgramStore(directory.programDirectory);
  const databases: DatabaseRegistry = new DatabaseRegistry({
    workerFile,
    directory,
    inMemory: options.inMemory ?? false,
    control,
    programs,
    http: config.moduleHttp,
    logger,
    sockets: () => sockets,
  });
  const sockets = new SocketGateway({
    timing: config.websocket,
    tokens,
    logger,
    find(nameOrIdentity) {
      try {
        const record = findDatabase(control, nameOrIdentity);
        return { identity: record.identity, hosted: databases.get(record).hosted };
      } catch (error) {
        if (error instanceof HttpProblem) return { status: error.status, message: error.message };
        throw error;
      }
    },
  });
  return { keys, tokens, control, programs, databases, sockets, logger };
}

function keyFiles({ jwtKeyDir }: ServerOptions, directory: DataDirectory, { keys }: ServerConfig) {
  const folder = jwtKeyDir ?? directory.root;
  const inFolder = { privateFile: join(folder, 'id_ecdsa'), publicFile: join(folder, 'id_ecdsa.pub') };
  if (jwtKeyDir !== undefined) return inFolder;
  return {
    privateFile: keys.privateFile ?? inFolder.privateFile,
    publicFile: keys.publicFile ?? inFolder.publicFile,
  };
}

async function closeInOrder(server: Server, context: ServerContext, opening: Promise<void>): Promise<void> {
  const stopped = new Promise<void>((resolve) => server.close(() => resolve()));
  // Clients first, so that their disconnect hooks run while the databases still do.
  await context.sockets.close();
  await context.databases.close();
  await opening;
  server.closeAllConnections();
  await stopped;
}
