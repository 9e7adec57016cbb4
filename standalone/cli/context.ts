/** What every command works with: the terminal, the saved configuration, the project around the current folder. */
import {
  type CliToml,
  type CliTomlChanges,
  isLocal,
  readCliToml,
  resolveServer,
  type Server,
  saveCliToml,
  tokenOf,
} from './config/cli-toml.ts';
import { type PathOptions, type ToolPaths, toolPaths } from './config/paths.ts';
import { loadProject, type Project } from './config/project.ts';
import { CliError } from './errors.ts';
import { identityOfToken, requestIdentity } from './identity.ts';
import { confirm, type Terminal } from './terminal.ts';

export class Context {
  readonly terminal: Terminal;
  readonly paths: ToolPaths;
  #config: CliToml | undefined;

  constructor(terminal: Terminal, options: PathOptions) {
    this.terminal = terminal;
    this.paths = toolPaths(options, terminal.env, terminal.cwd);
  }

  /** cli.toml, read when it is first needed. */
  get config(): CliToml {
    this.#config ??= readCliToml(this.paths.cliToml);
    return this.#config;
  }

  /** Changes cli.toml; a key with the value undefined is removed. */
  async save(changes: CliTomlChanges): Promise<void> {
    this.terminal.err(`Saving config to ${this.paths.cliToml}.`);
    this.#config = await saveCliToml(this.config, changes);
  }

  server(name: string | undefined): Server {
    return resolveServer(this.config, name);
  }

  project(options: { config?: boolean; env?: string }): Project | undefined {
    return options.config === false ? undefined : loadProject(this.terminal.cwd, options.env);
  }

  /** The saved token, or one that the server issues on the spot when the person agrees; undefined when anonymous. */
  async token(server: Server, options: { anonymous?: boolean; yes?: boolean }): Promise<string | undefined> {
    if (options.anonymous) return undefined;
    return tokenOf(this.config) ?? this.#directLogin(server, options.yes ?? false);
  }

  async #directLogin(server: Server, yes: boolean): Promise<string> {
    const where = isLocal(server) ? 'this machine' : server.url;
    const question = `You are not logged in. Let the server on ${where} issue an identity that only it knows?`;
    if (!(await confirm(this.terminal, question, yes))) {
      throw new CliError(
        `You are not logged in. Run \`spacetime login --server-issued-login ${server.nickname ?? server.url}\`, ` +
          'or repeat the command with --yes (for publish: --yes=skip-login).',
      );
    }
    return this.loginTo(server);
  }

  /** Saves a token that `server` issues and says so. */
  async loginTo(server: Server): Promise<string> {
    const { identity, token } = await requestIdentity(server);
    await this.save({ spacetimedb_token: token });
    this.terminal.out('We have logged in directly to your target server.');
    this.terminal.out('WARNING: This login will NOT work for any other servers.');
    this.terminal.out(`Logged in with identity ${identityOfToken(token) ?? identity}`);
    return token;
  }
}

/** Commands that may change say so on standard error, as the real tool does. */
export function warnUnstable(terminal: Terminal): void {
  terminal.err('WARNING: This command is UNSTABLE and subject to breaking changes.\n');
}
