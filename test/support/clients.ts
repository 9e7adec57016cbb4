/** Clients on the unmodified SDK with the bindings that `spacetime generate` wrote for the fixtures. */
import { type Identity, setGlobalLogLevel } from 'spacetimedb';
import { DbConnection as AccountsConnection } from '../fixtures/accounts/src/module_bindings/index.ts';
import { DbConnection as ChatConnection } from '../fixtures/chat/src/module_bindings/index.ts';

// One line per connection would bury what a failing test says.
setGlobalLogLevel('warn');

export interface Client<Connection> {
  connection: Connection;
  identity: Identity;
  token: string;
  /** Settles when the connection is lost or closed. */
  ended: Promise<Error | undefined>;
}

export interface ConnectOptions {
  token?: string;
  confirmed?: boolean;
  compression?: 'none' | 'gzip';
}

interface Builder<Connection> {
  withUri(uri: string): this;
  withDatabaseName(name: string): this;
  withToken(token?: string): this;
  withCompression(compression: 'none' | 'gzip'): this;
  withConfirmedReads(confirmed: boolean): this;
  onConnect(callback: (connection: Connection, identity: Identity, token: string) => void): this;
  onConnectError(callback: (context: unknown, error: Error) => void): this;
  onDisconnect(callback: (context: unknown, error?: Error) => void): this;
  build(): Connection;
}

function connect<Connection>(
  builder: Builder<Connection>,
  uri: string,
  database: string,
  options: ConnectOptions,
): Promise<Client<Connection>> {
  return new Promise((resolve, reject) => {
    let settleEnded: (error: Error | undefined) => void = () => undefined;
    const ended = new Promise<Error | undefined>((settle) => {
      settleEnded = settle;
    });
    builder
      .withUri(uri)
      .withDatabaseName(database)
      .withToken(options.token)
      .withCompression(options.compression ?? 'none')
      .withConfirmedReads(options.confirmed ?? true)
      .onConnect((connection, identity, token) => resolve({ connection, identity, token, ended }))
      .onConnectError((_context, error) => reject(error))
      .onDisconnect((_context, error) => settleEnded(error))
      .build();
  });
}

export const connectChat = (
  uri: string,
  database: string,
  options: ConnectOptions = {},
): Promise<Client<ChatConnection>> =>
  connect(ChatConnection.builder() as unknown as Builder<ChatConnection>, uri, database, options);

export const connectAccounts = (
  uri: string,
  database: string,
  options: ConnectOptions = {},
): Promise<Client<AccountsConnection>> =>
  connect(AccountsConnection.builder() as unknown as Builder<AccountsConnection>, uri, database, options);

/** Subscribes and waits until the initial rows are in the cache. */
export function subscribed(connection: ChatConnection | AccountsConnection, queries: string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    connection
      .subscriptionBuilder()
      .onApplied(() => resolve())
      .onError((context) => reject(context.event ?? new Error('the subscription failed')))
      .subscribe(queries);
  });
}
