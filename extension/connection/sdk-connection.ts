/** A connection of the official SDK to a module that is known only at run time. */
import { DbConnectionBuilder, DbConnectionImpl, setGlobalLogLevel } from 'spacetimedb';
import type { ProductType } from '../../schema/algebraic-type.ts';
import { encodeValue } from '../../schema/bsatn.ts';
import type { Reducer } from '../../schema/module-def.ts';
import { memberKey, type Value } from '../../schema/value.ts';
import type { SdkModule } from './sdk-types.ts';
import { openWebSocket } from './websocket.ts';

setGlobalLogLevel('error');

const connectTimeoutMs = 15_000;

type RemoteModule = ConstructorParameters<typeof DbConnectionImpl>[0]['remoteModule'];

/** Any connection: the SDK's types depend on the module, ours is known only at run time. */
export type SdkConnection = Pick<
  DbConnectionImpl<RemoteModule>,
  'db' | 'subscriptionBuilder' | 'callReducer' | 'disconnect' | 'token'
>;

export interface ConnectOptions {
  url: string;
  database: string;
  sdk: SdkModule;
  /** Undefined to connect anonymously. */
  token: string | undefined;
  /** The connection ended; also called when it never came to be. */
  onClose(error: Error | undefined): void;
}

/** Resolves once the server has said hello; rejects with the reason when it does not. */
export function connectSdk({ url, database, sdk, token, onClose }: ConnectOptions): Promise<SdkConnection> {
  return new Promise((resolve, reject) => {
    let built: SdkConnection | undefined;
    const timer = setTimeout(() => {
      reject(new Error('the server did not answer the connection'));
      built?.disconnect();
    }, connectTimeoutMs);
    const builder: DbConnectionBuilder<DbConnectionImpl<RemoteModule>> = new DbConnectionBuilder(
      sdk.remoteModule as RemoteModule,
      (config) => new DbConnectionImpl(config),
    );
    built = builder
      .withUri(url)
      .withDatabaseName(database)
      .withToken(token)
      .withCompression('none')
      .withWSFn(openWebSocket)
      .onConnect(() => {
        clearTimeout(timer);
        resolve(built as SdkConnection);
      })
      .onConnectError((_context, error) => {
        clearTimeout(timer);
        reject(error);
      })
      .onDisconnect((_context, error) => {
        clearTimeout(timer);
        reject(error ?? new Error('the server closed the connection'));
        onClose(error);
      })
      .build();
  });
}

/** BSATN of a call's arguments, in the order of the parameters. Fails with what does not fit. */
export function encodeArguments(
  reducer: Reducer,
  args: readonly Value[],
  sdk: SdkModule,
): ReturnType<typeof encodeValue> {
  const product: Record<string, Value> = Object.create(null);
  reducer.params.forEach((param, i) => {
    product[memberKey(param.name, i)] = args[i] as Value;
  });
  const type: ProductType = { tag: 'Product', elements: reducer.params };
  return encodeValue(type, product, sdk.module.typespace);
}
