/**
 * The one live connection to a database, through the official SDK. It follows its server: opened while the server is
 * up and somebody looks, retried with growing pauses while it should be there, with the schema read again each time.
 */
import { InternalError, SenderError } from 'spacetimedb';
import { Emitter } from 'vscode-jsonrpc/node';
import type { ModuleDef, Reducer } from '../../schema/module-def.ts';
import { rawModuleDefFromJson } from '../../schema/raw-module-def-codec.ts';
import { resolveModuleDef } from '../../schema/resolve.ts';
import type { Value } from '../../schema/value.ts';
import type { CallRecord, ConnectionState } from '../../webviews/protocol.ts';
import { errors, messageOf } from '../errors.ts';
import { fetchIdentity, fetchSchema, HttpError } from '../server/api.ts';
import { RoundTrips } from './round-trips.ts';
import { connectSdk, encodeArguments, type SdkConnection } from './sdk-connection.ts';
import { type SdkModule, toSdkModule } from './sdk-types.ts';
import { connectionTransitions, retryPause } from './states.ts';
import { TableWatch } from './table-watch.ts';

/** The token to connect with; undefined for an anonymous connection. Kept in memory only. */
export interface Tokens {
  get(server: string): Promise<string | undefined>;
  /** A server gave this one to an anonymous connection; the next connection uses it again. */
  remember(server: string, token: string): void;
  /** The server does not accept this one; `get` must not give it again for this server. */
  refuse(server: string, token: string): void;
}

export interface SessionOptions {
  database: string;
  tokens: Tokens;
  /** Called when the connection breaks, so that the server can be looked at. */
  onLost(): void;
  log(text: string): void;
}

export type CallOutcome = Pick<CallRecord, 'outcome' | 'message' | 'roundTripMs'>;

const callTimeoutMs = 30_000;

/** The database does not exist on the server: there is nothing to retry until somebody publishes. */
class NotPublished extends Error {}

export class Session {
  readonly database: string;
  readonly roundTrips = new RoundTrips();
  readonly #options: SessionOptions;
  readonly #stateChanged = new Emitter<ConnectionState>();
  readonly #moduleChanged = new Emitter<ModuleDef>();
  readonly #watches = new Map<string, TableWatch>();
  readonly #pendingCalls = new Set<(reason: string) => void>();
  #state: ConnectionState = { state: 'disconnected', reason: 'Not connected yet.' };
  #url: string | undefined;
  #missing = false;
  #schemaText = '';
  #sdk: SdkModule | undefined;
  #connection: SdkConnection | undefined;
  /** Grows with every try; what an older try reports late is not heard. */
  #generation = 0;
  #retry: NodeJS.Timeout | undefined;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.database = options.database;
  }

  readonly onDidChangeState = this.#stateChanged.event;
  /** The module's tables or reducers are not what they were; also after the first connection. */
  readonly onDidChangeModule = this.#moduleChanged.event;

  get state(): ConnectionState {
    return this.#state;
  }
  /** As last seen; stays while disconnected. */
  get module(): ModuleDef | undefined {
    return this.#sdk?.module;
  }
  /** Whether the server said that there is no such database. */
  get missing(): boolean {
    return this.#missing;
  }
  get url(): string | undefined {
    return this.#url;
  }

  #enter(next: ConnectionState): void {
    if (JSON.stringify(next) === JSON.stringify(this.#state)) return;
    if (next.state !== this.#state.state && !connectionTransitions[this.#state.state].includes(next.state)) {
      throw new Error(`A connection cannot go from ${this.#state.state} to ${next.state}.`);
    }
    this.#state = next;
    this.#stateChanged.fire(next);
  }

  /** Connects to the database on this server, unless that is done or under way. */
  open(url: string): void {
    if (this.#url === url && this.#state.state !== 'disconnected') return;
    this.#url = url;
    this.reconnect();
  }

  /** Drops what there is and connects anew, at once. */
  reconnect(): void {
    if (this.#url === undefined) return;
    this.#drop('The connection is made anew.');
    this.#enter({ state: 'connecting' });
    void this.#attempt(0);
  }

  /** Ends the connection; rows stay, marked stale. */
  close(reason: string, remedy?: 'startServer' | 'publish'): void {
    this.#drop(reason);
    this.#enter({ state: 'disconnected', reason, ...(remedy && { remedy }) });
  }

  #drop(reason: string): void {
    this.#generation++;
    clearTimeout(this.#retry);
    this.#connection?.disconnect();
    this.#connection = undefined;
    for (const give of [...this.#pendingCalls]) give(reason);
    for (const watch of this.#watches.values()) watch.connectionLost();
  }

  async #attempt(number: number): Promise<void> {
    const generation = ++this.#generation;
    const url = this.#url as string;
    try {
      const token = await this.#options.tokens.get(url);
      const sdk = await this.#loadModule(url, token);
      if (generation !== this.#generation) return;
      const onClose = (error: Error | undefined): void => this.#lost(generation, error);
      const connection = await connectSdk({ url, database: this.database, sdk, token, onClose });
      if (generation !== this.#generation) return connection.disconnect();
      if (!token && connection.token) this.#options.tokens.remember(url, connection.token);
      this.#connection = connection;
      this.#enter({ state: 'connected' });
      for (const watch of this.#watches.values()) watch.subscribe(connection, sdk);
    } catch (error) {
      if (generation === this.#generation) this.#failed(error, number + 1);
    }
  }

  #failed(error: unknown, attempt: number): void {
    if (error instanceof NotPublished) {
      this.close(error.message, 'publish');
      return;
    }
    const reason = messageOf(error);
    this.#options.log(`${this.database}: ${reason}\n`);
    this.#enter({ state: 'reconnecting', reason, attempt });
    this.#retry = setTimeout(() => void this.#attempt(attempt), retryPause(attempt));
    this.#retry.unref();
    this.#options.onLost();
  }

  /** Reads the schema; what the SDK needs is built again only when it changed. */
  async #loadModule(url: string, token: string | undefined): Promise<SdkModule> {
    const text = await fetchSchema(url, this.database, { token }).catch((error: unknown) => {
      if (!(error instanceof HttpError)) throw error;
      if (error.status === 401 && token) this.#options.tokens.refuse(url, token);
      if (error.status !== 404) throw error;
      this.#missing = true;
      throw new NotPublished(errors.notPublished(this.database).message);
    });
    this.#missing = false;
    if (this.#sdk && text === this.#schemaText) return this.#sdk;
    const raw = rawModuleDefFromJson(text);
    if (!raw.ok) throw new Error(`The schema of ${this.database} cannot be read: ${raw.message}`);
    this.#schemaText = text;
    this.#sdk = toSdkModule(resolveModuleDef(raw.value));
    this.#moduleChanged.fire(this.#sdk.module);
    return this.#sdk;
  }

  /** An established connection broke. */
  #lost(generation: number, error: Error | undefined): void {
    if (generation !== this.#generation || this.#state.state !== 'connected') return;
    this.#drop('The connection broke.');
    this.#failed(error ?? new Error('The server closed the connection.'), 1);
  }

  /** After a publish: reads the schema again, and connects anew when it changed or there was no connection. */
  async moduleMayHaveChanged(): Promise<void> {
    const url = this.#url;
    if (url === undefined) return;
    if (this.#state.state !== 'connected') return this.reconnect();
    const before = this.#schemaText;
    try {
      await this.#loadModule(url, await this.#options.tokens.get(url));
    } catch (error) {
      this.#options.log(`${this.database}: ${messageOf(error)}\n`);
    }
    if (before !== this.#schemaText || this.#missing) this.reconnect();
  }

  /** Connects to a database that was missing once it is there: somebody may have published it from a terminal. */
  async lookForMissing(): Promise<void> {
    if (!this.#missing || this.#state.state !== 'disconnected') return;
    try {
      await this.identity();
    } catch {
      // Still missing.
      return;
    }
    if (this.#missing && this.#state.state === 'disconnected') this.reconnect();
  }

  /**
   * Looks at a table: the rows come and stay current until the returned function is called.
   * @throws UserError when the module is not known yet or has no such table.
   */
  watch(name: string): { watch: TableWatch; dispose(): void } {
    const sdk = this.#sdk;
    const table = sdk?.tables.get(name)?.table;
    let watch = this.#watches.get(name);
    if (!watch) {
      if (!sdk || !table) throw errors.notConnected(this.database);
      watch = new TableWatch(table, sdk.module.typespace);
      this.#watches.set(name, watch);
      if (this.#connection) watch.subscribe(this.#connection, sdk);
      else watch.connectionLost();
    }
    watch.holders++;
    const held = watch;
    return { watch: held, dispose: () => this.#release(held) };
  }

  #release(watch: TableWatch): void {
    if (--watch.holders > 0) return;
    this.#watches.delete(watch.name);
    watch.dispose();
  }

  /** Calls a reducer and waits for its outcome; never throws. `args` are in the order of the parameters. */
  async call(reducer: Reducer, args: readonly Value[]): Promise<CallOutcome> {
    const started = performance.now();
    const result = await this.#call(reducer, args);
    const roundTripMs = performance.now() - started;
    if (result.outcome !== 'error') this.roundTrips.add(reducer.name, roundTripMs);
    return { ...result, roundTripMs };
  }

  async #call(reducer: Reducer, args: readonly Value[]): Promise<Omit<CallOutcome, 'roundTripMs'>> {
    const connection = this.#connection;
    const sdk = this.#sdk;
    if (!connection || !sdk) return { outcome: 'error', message: errors.notConnected(this.database).message };
    const bytes = encodeArguments(reducer, args, sdk);
    if (!bytes.ok) return { outcome: 'error', message: bytes.message };
    try {
      await this.#settled(connection.callReducer(reducer.name, bytes.value));
      return { outcome: 'committed', message: '' };
    } catch (error) {
      const message = messageOf(error);
      if (error instanceof SenderError) return { outcome: 'failed', message };
      const isOutdated = /no such reducer|invalid arguments/i.test(message);
      if (isOutdated) void this.moduleMayHaveChanged();
      return { outcome: error instanceof InternalError && !isOutdated ? 'crashed' : 'error', message };
    }
  }

  /** The SDK leaves calls hanging when the connection breaks; here they end with a reason. */
  #settled(call: Promise<void>): Promise<void> {
    return new Promise((resolve, reject) => {
      const giveUp = (reason: string): void => {
        done();
        reject(new Error(`${reason} Whether the call took effect is not known.`));
      };
      const timer = setTimeout(() => giveUp(`No answer within ${callTimeoutMs / 1000} seconds.`), callTimeoutMs);
      const done = (): void => {
        clearTimeout(timer);
        this.#pendingCalls.delete(giveUp);
      };
      this.#pendingCalls.add(giveUp);
      call.then(resolve, reject).finally(done);
    });
  }

  /** 64 hex digits. */
  async identity(): Promise<string> {
    if (this.#url === undefined) throw errors.notConnected(this.database);
    return fetchIdentity(this.#url, this.database, { token: await this.#options.tokens.get(this.#url) });
  }

  dispose(): void {
    this.close('No module of this workspace belongs to it any more.');
    for (const watch of this.#watches.values()) watch.dispose();
    this.#watches.clear();
    this.#stateChanged.dispose();
    this.#moduleChanged.dispose();
  }
}
