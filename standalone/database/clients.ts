/** Who is connected: the rows of `st_client` and the credentials, and the hooks around them. Reference 6.3. */
import type { InvocationResult } from '../host/instance.ts';
import { type DatabaseCore, now } from './core.ts';
import type { ByteString } from './datastore/byte-string.ts';
import type { Catalog, CatalogTable } from './datastore/catalog.ts';
import { clientTableId, credentialsTableId } from './datastore/system-tables.ts';
import type { Transaction } from './datastore/transaction.ts';
import type { Caller, RequestReply } from './messages.ts';
import { fatalErrorText, invoke, lifecycleReducer, type RunningCall, type Sender } from './reducers.ts';
import { ViewFailure } from './views/view-failure.ts';

const noArguments = new Uint8Array();

const systemTable = (catalog: Catalog, id: number): CatalogTable => catalog.tables.get(id) as CatalogTable;

const littleEndian = (hex: string): ByteString => Buffer.from(hex, 'hex').reverse().toString('latin1');
const bigEndian = (bytes: ByteString): string => Buffer.from(bytes, 'latin1').reverse().toString('hex');

const clientRow = ({ identity, connectionId }: Caller): ByteString =>
  littleEndian(identity) + littleEndian(connectionId);

function credentialsRow(connectionId: string, payload: string): ByteString {
  const bytes = Buffer.from(payload, 'utf8');
  const length = Buffer.alloc(4);
  length.writeUInt32LE(bytes.length);
  return littleEndian(connectionId) + length.toString('latin1') + bytes.toString('latin1');
}

function findCredentials(catalog: Catalog, connectionId: string): ByteString | undefined {
  const { store } = systemTable(catalog, credentialsTableId);
  const index = store.uniqueIndexes[0];
  const key = Buffer.from(connectionId, 'hex').reverse();
  return index?.unique(index.codec.ofPoint(key, 0, key.length));
}

/** Claims that a connection came with, as JSON text; empty when it has none. */
export function jwtPayload(catalog: Catalog, connection: bigint): string {
  const row = findCredentials(catalog, connection.toString(16).padStart(32, '0'));
  return row === undefined ? '' : Buffer.from(row.slice(20), 'latin1').toString('utf8');
}

export const senderOf = ({ identity, connectionId }: Caller): Sender => ({
  identity: BigInt(`0x${identity}`),
  connection: BigInt(`0x${connectionId}`),
});

/** Adds the client's rows and runs the connect hook in one transaction. */
export function connect(call: RunningCall, caller: Caller, payload: string): RequestReply<'connect'> {
  const { core, catalog, transaction, timestamp } = call;
  const client = systemTable(catalog, clientTableId);
  transaction.insertRow(client, clientRow(caller));
  if (payload !== '') {
    transaction.insertRow(systemTable(catalog, credentialsTableId), credentialsRow(caller.connectionId, payload));
  }
  const result = runHook(call, 'OnConnect', caller);
  if (result.outcome === 'returned') {
    try {
      core.commit(transaction, { type: 'Reducer', reducer: hookName(catalog, 'OnConnect'), timestamp });
      return { ok: true };
    } catch (error) {
      if (!(error instanceof ViewFailure)) throw error;
      transaction.rollback();
      return { ok: false, status: 403, message: fatalErrorText };
    }
  }
  transaction.rollback();
  return { ok: false, status: 403, message: result.outcome === 'refused' ? result.message : fatalErrorText };
}

function runHook(call: RunningCall, lifecycle: 'OnConnect' | 'OnDisconnect', caller: Caller): InvocationResult {
  const reducer = lifecycleReducer(call.catalog, lifecycle);
  if (!reducer) return { outcome: 'returned' };
  const started = performance.now();
  const result = invoke(call, reducer, senderOf(caller), noArguments);
  const seconds = (performance.now() - started) / 1000;
  const committed = result.outcome === 'returned';
  call.core.metrics.transacted({ type: 'Reducer', reducer: reducer.name, committed, seconds });
  return result;
}

const hookName = (catalog: Catalog, lifecycle: 'OnConnect' | 'OnDisconnect'): string =>
  lifecycleReducer(catalog, lifecycle)?.name ?? '';

/** Runs the disconnect hook and removes the client's rows, whatever the hook does. False when it was not connected. */
export function disconnect(call: RunningCall, caller: Caller): boolean {
  const { core, catalog, transaction, timestamp } = call;
  if (!systemTable(catalog, clientTableId).store.has(clientRow(caller))) return false;
  const result = runHook(call, 'OnDisconnect', caller);
  const reducer = hookName(catalog, 'OnDisconnect');
  if (result.outcome === 'returned') {
    removeClient(catalog, transaction, caller);
    core.commit(transaction, { type: 'Reducer', reducer, timestamp });
    return true;
  }
  transaction.rollback();
  if (result.outcome === 'refused') {
    core.moduleLog.host('Error', `The disconnect reducer ${reducer} failed: ${result.message}`);
  }
  forget(core, caller);
  return true;
}

/** Removes the client's rows without asking the module. */
export function forget(core: DatabaseCore, caller: Caller): void {
  const transaction = core.begin();
  removeClient(core.catalog, transaction, caller);
  core.commit(transaction, { type: 'Internal', reducer: '', timestamp: now() });
}

function removeClient(catalog: Catalog, transaction: Transaction, caller: Caller): void {
  transaction.deleteRow(systemTable(catalog, clientTableId), clientRow(caller));
  const credentials = findCredentials(catalog, caller.connectionId);
  if (credentials !== undefined) transaction.deleteRow(systemTable(catalog, credentialsTableId), credentials);
}

/** Clients that the log says are connected; after a start, none of them is. */
export function connectedClients(catalog: Catalog): Caller[] {
  return [...systemTable(catalog, clientTableId).store.rows()].map((row) => ({
    identity: bigEndian(row.slice(0, 32)),
    connectionId: bigEndian(row.slice(32, 48)),
  }));
}
