/** The unmodified SDK for the chat fixture, with the definitions that `spacetime generate` would write. */
import {
  DbConnectionBuilder,
  type DbConnectionConfig,
  DbConnectionImpl,
  type Identity,
  procedures,
  type RemoteModule,
  reducerSchema,
  reducers,
  schema,
  t,
  table,
} from 'spacetimedb';

const tables = schema({
  message: table(
    { name: 'message' },
    { id: t.u64().primaryKey(), sender: t.identity(), sent: t.timestamp(), text: t.string() },
  ),
  user: table({ name: 'user' }, { identity: t.identity().primaryKey(), name: t.option(t.string()), online: t.bool() }),
});
const calls = reducers(
  reducerSchema('send_message', { text: t.string() }),
  reducerSchema('set_name', { name: t.string() }),
);
const noProcedures = procedures();

const CHAT = {
  versionInfo: { cliVersion: '2.10.1' as const },
  tables: tables.schemaType.tables,
  reducers: calls.reducersType.reducers,
  ...noProcedures,
} satisfies RemoteModule<typeof tables.schemaType, typeof calls.reducersType, typeof noProcedures>;

export class ChatConnection extends DbConnectionImpl<typeof CHAT> {}

export interface ChatClient {
  connection: ChatConnection;
  identity: Identity;
  token: string;
  /** Settles when the connection ends. */
  ended: Promise<void>;
}

/** Connects and subscribes to everything; resolves when the first rows are in the cache. */
export async function connectChat(
  url: string,
  database: string,
  token?: string,
  compression: 'none' | 'gzip' = 'none',
): Promise<ChatClient> {
  const client = await new Promise<ChatClient>((resolve, reject) => {
    let end: () => void = () => {};
    const ended = new Promise<void>((settle) => {
      end = settle;
    });
    new DbConnectionBuilder<ChatConnection>(
      CHAT,
      (config: DbConnectionConfig<typeof CHAT>) => new ChatConnection(config),
    )
      .withUri(url)
      .withDatabaseName(database)
      .withToken(token)
      .withCompression(compression)
      .onConnect((connection, identity, given) => resolve({ connection, identity, token: given, ended }))
      .onConnectError((_context, error) => reject(error))
      .onDisconnect(() => end())
      .build();
  });
  await new Promise<void>((resolve, reject) => {
    client.connection
      .subscriptionBuilder()
      .onApplied(() => resolve())
      .onError((context) => reject(context.event))
      .subscribe(['SELECT * FROM message', 'SELECT * FROM user']);
  });
  return client;
}
