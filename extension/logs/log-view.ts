/** The module's log in an output channel of its own, followed as long as the window lives. */
import * as vscode from 'vscode';
import type { Database } from '../connection/databases.ts';
import type { Tokens } from '../connection/session.ts';
import { Disposables } from '../disposables.ts';
import { errors, messageOf } from '../errors.ts';
import { followLogs, HttpError } from '../server/api.ts';
import { formatLogLine } from './format.ts';

/** Lines from before that are shown when the log is opened. */
const historyLines = 200;

interface Followed {
  channel: vscode.LogOutputChannel;
  abort: AbortController | undefined;
}

export class LogViews {
  readonly #tokens: Tokens;
  readonly #disposables = new Disposables();
  readonly #views = new Map<Database, Followed>();

  constructor(tokens: Tokens) {
    this.#tokens = tokens;
  }

  /**
   * Brings the log of a database into view, and follows it from now on.
   * @throws UserError when there is no connection, or the log belongs to somebody else.
   */
  async show(database: Database): Promise<void> {
    const { session, name } = database;
    if (session.url === undefined || session.state.state === 'disconnected') {
      throw session.missing ? errors.notPublished(name) : errors.notConnected(name);
    }
    let view = this.#views.get(database);
    const isNew = !view;
    if (!view) {
      const channel = vscode.window.createOutputChannel(`SpacetimeDB: ${name}`, { log: true });
      view = { channel: this.#disposables.add(channel), abort: undefined };
      this.#views.set(database, view);
      const followed = view;
      const subscription = session.onDidChangeState(({ state }) => {
        if (state !== 'connected' || followed.abort) return;
        this.#follow(database, followed, 0).catch((error: unknown) => followed.channel.error(messageOf(error)));
      });
      this.#disposables.add(subscription);
    }
    view.channel.show(true);
    if (!view.abort) await this.#follow(database, view, isNew ? historyLines : 0);
  }

  /** Resolves once the log has begun to come, or has failed to. */
  async #follow(database: Database, view: Followed, numLines: number): Promise<void> {
    const url = database.session.url as string;
    const abort = new AbortController();
    view.abort = abort;
    try {
      const token = await this.#tokens.get(url);
      const lines = followLogs(url, database.name, numLines, { token, signal: abort.signal });
      const first = lines.next();
      void this.#write(view, lines, first);
      // A refusal comes at once; a log that is silent does not answer for long.
      await Promise.race([first, new Promise((resolve) => setTimeout(resolve, 1000))]);
    } catch (error) {
      if (error instanceof HttpError && (error.status === 403 || error.status === 401)) {
        throw errors.logsForbidden(database.name);
      }
      throw error;
    }
  }

  async #write(view: Followed, lines: AsyncGenerator<string>, first: Promise<IteratorResult<string>>): Promise<void> {
    try {
      for (let next = await first; !next.done; next = await lines.next()) {
        const { level, text } = formatLogLine(next.value);
        view.channel[level](text);
      }
      this.#ended(view);
    } catch (error) {
      // A refusal is shown by whoever asked for the log.
      if (!(error instanceof HttpError)) this.#ended(view);
    }
    view.abort = undefined;
  }

  #ended({ abort, channel }: Followed): void {
    if (!abort?.signal.aborted) channel.warn('The server is gone. The log goes on when it is back.');
  }

  dispose(): void {
    for (const { abort } of this.#views.values()) abort?.abort();
    this.#disposables.dispose();
  }
}
