/**
 * The catalogue of what can go wrong in front of a person: what happened, why, and what to do next, with a button
 * that does it where one can. Everything else is a bug and goes to the output channel with its stack.
 */

/** What a button under a message does. */
export type ErrorAction =
  | 'showProblem'
  | 'showOutput'
  | 'startServer'
  | 'openSettings'
  | 'openFolder'
  | 'reconnect'
  | 'refresh'
  | 'publish';

export class UserError extends Error {
  readonly action: ErrorAction | undefined;

  constructor(message: string, action?: ErrorAction) {
    super(message);
    this.name = 'UserError';
    this.action = action;
  }
}

export const errors = {
  toolMissing: (path: string) =>
    new UserError(
      `The program “${path}” cannot be run. It is what the setting spacetimedb.path names. Correct the setting, or empty it to use the embedded SpacetimeDB.`,
      'openSettings',
    ),
  toolGone: (path: string) =>
    new UserError(
      `The program “${path}” cannot be run any more. Choose Refresh to look for spacetime again.`,
      'refresh',
    ),
  noModule: () =>
    new UserError(
      'There is no SpacetimeDB module in this workspace. Open a folder that has spacetime.json, or a folder named spacetimedb whose package.json depends on spacetimedb.',
      'openFolder',
    ),
  configUnreadable: (file: string, why: string) =>
    new UserError(`${file} cannot be read: ${why}. Correct the file and try again.`, 'showProblem'),
  languageServerFailed: (why: string) =>
    new UserError(
      `The SpacetimeDB language server did not start, so modules are not checked while you type: ${why}. Everything else works; reload the window to try again.`,
      'showOutput',
    ),
  unknownServer: (name: string) =>
    new UserError(
      `The server “${name}” is neither a URL nor a nickname that the spacetime command line knows. Write a URL such as http://127.0.0.1:3000, or add the nickname with “spacetime server add”.`,
      'openSettings',
    ),
  serverDidNotStart: (why: string) => new UserError(`The SpacetimeDB server did not start: ${why}`, 'showOutput'),
  serverNotOurs: (url: string) =>
    new UserError(
      `The server at ${url} was not started by this window, so it is not stopped from here. Stop it where it was started.`,
    ),
  noServerRunning: () => new UserError('No SpacetimeDB server is running, so there is none to stop.', 'startServer'),
  serverNotStartable: (url: string) =>
    new UserError(
      `The server at ${url} is not on this machine, so it cannot be started from here. Check the address and the network.`,
      'reconnect',
    ),
  /** `why` is a sentence. */
  serverUnreachable: (why: string, startable: boolean) =>
    startable
      ? new UserError(`${why} Start it and try again.`, 'startServer')
      : new UserError(`${why} Check the address and the network.`, 'reconnect'),
  notPublished: (database: string) =>
    new UserError(`The database “${database}” is not on the server. Publish the module to create it.`, 'publish'),
  nothingToCall: (database: string) =>
    new UserError(`The module of “${database}” has no reducers to call. Export one and publish again.`, 'publish'),
  noTables: (database: string) =>
    new UserError(`The module of “${database}” has no tables. Declare one in its schema and publish again.`, 'publish'),
  notConnected: (database: string) =>
    new UserError(`There is no connection to the database “${database}”.`, 'reconnect'),
  buildFailed: (module: string, first: string) =>
    new UserError(`The module “${module}” does not build: ${first}`, 'showProblem'),
  generateFailed: (why: string) => new UserError(`The bindings were not generated: ${why}`, 'showProblem'),
  noBindingsTarget: () =>
    new UserError(
      'It is not known where the client bindings belong: there is no client next to the module. Add an entry "generate": [{ "language": "typescript", "out-dir": "…" }] to spacetime.json.',
    ),
  publishRunning: (database: string) => new UserError(`“${database}” is being published already.`),
  publishFailed: (database: string, why: string) =>
    new UserError(`“${database}” was not published: ${why}`, 'showOutput'),
  logsForbidden: (database: string) =>
    new UserError(
      `Only the owner of “${database}” may read its logs. Log in as the owner with “spacetime login”, then choose Refresh.`,
    ),
};

/** The text of whatever was thrown. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
