/** cli.toml: servers and the login. Keys that this tool does not know are kept for the real one. */
import { readFileSync } from 'node:fs';
import { parse, stringify, TomlError, type TomlTable, type TomlValue } from 'smol-toml';
import { writeFileAtomically } from '../../write-file.ts';
import { CliError, messageOf } from '../errors.ts';

export interface ServerConfig {
  readonly nickname: string | undefined;
  /** With port, without protocol. */
  readonly host: string;
  readonly protocol: 'http' | 'https';
}

/** A server that a command talks to. */
export interface Server {
  readonly nickname: string | undefined;
  /** Without a slash at the end. */
  readonly url: string;
}

export interface CliToml {
  readonly path: string;
  readonly document: TomlTable;
}

const defaultDocument = (): TomlTable => ({
  default_server: 'maincloud',
  server_configs: [
    { nickname: 'maincloud', host: 'maincloud.spacetimedb.com', protocol: 'https' },
    { nickname: 'local', host: '127.0.0.1:3000', protocol: 'http' },
  ],
});

/** Reads the file; one that does not exist yet gives the defaults. */
export function readCliToml(path: string): CliToml {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { path, document: defaultDocument() };
    throw new CliError(`The configuration ${path} could not be read.`, [messageOf(error)]);
  }
  try {
    return { path, document: parse(text) };
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    throw new CliError(`${path}:${error.line}:${error.column}: this is not valid TOML. Mend or delete the file.`);
  }
}

/** New values by key; undefined removes the key. */
export type CliTomlChanges = Readonly<Record<string, TomlValue | undefined>>;

/** Writes the file in one step, readable by its owner only, since it holds the token. */
export async function saveCliToml(config: CliToml, changes: CliTomlChanges): Promise<CliToml> {
  const document: TomlTable = { ...config.document };
  for (const [key, value] of Object.entries(changes)) {
    if (value === undefined) delete document[key];
    else document[key] = value;
  }
  try {
    await writeFileAtomically(config.path, `${stringify(document)}\n`, 0o600);
  } catch (error) {
    throw new CliError(`The configuration ${config.path} could not be written.`, [messageOf(error)]);
  }
  return { path: config.path, document };
}

const stringOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

export const tokenOf = (config: CliToml): string | undefined => stringOf(config.document.spacetimedb_token);
export const defaultServerOf = (config: CliToml): string | undefined => stringOf(config.document.default_server);
export const listenAddressOf = (config: CliToml): string | undefined => stringOf(config.document.listen_addr);

/** The saved servers; entries without a host are left out. */
export function serversOf(config: CliToml): ServerConfig[] {
  const list = Array.isArray(config.document.server_configs) ? config.document.server_configs : [];
  return list.flatMap((entry) => {
    const { nickname, host, protocol } = entry as TomlTable;
    if (typeof host !== 'string') return [];
    return [{ nickname: stringOf(nickname), host, protocol: protocol === 'http' ? 'http' : 'https' } as const];
  });
}

export const urlOf = (server: ServerConfig): string => `${server.protocol}://${server.host}`;

/** The server that `name` (nickname, host or URL) means; without a name the default one. */
export function resolveServer(config: CliToml, name: string | undefined): Server {
  const wanted = name ?? defaultServerOf(config);
  if (wanted === undefined) {
    throw new CliError(
      'There is no default server. Name one with --server, or set it with `spacetime server set-default`.',
    );
  }
  const servers = serversOf(config);
  const url = wanted.replace(/\/+$/, '');
  const saved =
    servers.find((server) => server.nickname === wanted) ??
    servers.find((server) => server.host === url || urlOf(server) === url);
  if (saved) return { nickname: saved.nickname, url: urlOf(saved) };
  if (/^https?:\/\//.test(url) && URL.canParse(url)) return { nickname: undefined, url };
  const known = servers.map((server) => server.nickname ?? server.host).join(', ');
  throw new CliError(
    `No server \`${wanted}\` is saved. Known servers: ${known || 'none'}. Give a URL, or add it with \`spacetime server add <nickname> --url <url>\`.`,
  );
}

/** Whether the server runs on this machine. */
export function isLocal(server: Server): boolean {
  const { hostname } = new URL(server.url);
  const local = ['localhost', '0.0.0.0', '[::]', '[::1]'];
  return local.includes(hostname) || /^127(\.\d+){3}$/.test(hostname);
}
