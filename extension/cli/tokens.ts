/** The login of the command line, read through the command line itself. Held in memory, never written or logged. */
import { homedir } from 'node:os';
import type { Tokens } from '../connection/session.ts';
import type { Log } from '../log.ts';
import { parseToken } from './output.ts';
import type { Tools } from './tools.ts';

export class CliTokens implements Tokens {
  readonly #tools: Tools;
  readonly #log: Log;
  #login: Promise<string | undefined> | undefined;
  /** Servers that refused the login: it belongs to another server. */
  readonly #refused = new Map<string, string>();
  /** What servers gave to anonymous connections. */
  readonly #anonymous = new Map<string, string>();

  constructor(tools: Tools, log: Log) {
    this.#tools = tools;
    this.#log = log;
  }

  async get(server: string): Promise<string | undefined> {
    this.#login ??= this.#readLogin();
    const login = await this.#login;
    return login !== undefined && this.#refused.get(server) !== login ? login : this.#anonymous.get(server);
  }

  async #readLogin(): Promise<string | undefined> {
    const result = await this.#tools.run(['login', 'show', '--token'], { cwd: homedir(), secret: true }).catch(() => {
      // Without a tool there is no login; whoever needs the tool itself gets the error.
      return undefined;
    });
    return result && parseToken(result.stdout);
  }

  remember(server: string, token: string): void {
    this.#anonymous.set(server, token);
  }

  refuse(server: string, token: string): void {
    if (this.#anonymous.get(server) === token) this.#anonymous.delete(server);
    else this.#refused.set(server, token);
    this.#log.line(`${server} does not accept the login of the command line; it is used anonymously.`);
  }

  /** The person may have logged in, or a publish did. */
  readAgain(): void {
    this.#login = undefined;
    this.#refused.clear();
  }
}
