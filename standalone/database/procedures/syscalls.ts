/** System calls of a procedure, carried out in the database's thread. Reference "module host" 2.7 and 2.9. */
import type { CallContext } from '../../host/syscalls/call-context.ts';
import * as datastore from '../../host/syscalls/datastore-calls.ts';
import { bufferOf } from '../datastore/byte-string.ts';
import { errno, HostError } from '../datastore/errno.ts';
import type { RemoteCalls } from './messages.ts';

/** The calls that are the running procedure's business, and not only the data's. */
export type OwnCalls = Pick<
  RemoteCalls,
  'startTransaction' | 'commitTransaction' | 'abortTransaction' | 'httpRequest' | 'scheduleImmediate'
>;

/** `context` has the open transaction. */
export function serveCalls(context: CallContext, own: OwnCalls): RemoteCalls {
  return {
    tableId: (name) => datastore.tableIdFromName(context, name),
    indexId: (name) => datastore.indexIdFromName(context, name),
    rowCount: (table) => datastore.rowCount(context, table),
    scanTable: (table) => datastore.scanTable(context, table),
    scanPoint: (index, key) => datastore.scanPoint(context, index, bufferOf(key), key.length),
    scanRange: (index, bytes, parts) => datastore.scanRange(context, index, bufferOf(bytes), parts),
    deletePoint: (index, key) => datastore.deletePoint(context, index, bufferOf(key), key.length),
    deleteRange: (index, bytes, parts) => datastore.deleteRange(context, index, bufferOf(bytes), parts),
    insert: (table, row) => generated(row, (bytes) => datastore.insert(context, table, bytes, row.length)),
    update: (table, index, row) =>
      generated(row, (bytes) => datastore.update(context, table, index, bytes, row.length)),
    deleteEqual: (table, rows) => datastore.deleteEqual(context, table, bufferOf(rows), rows.length),
    clear: (table) => datastore.clear(context, table),
    jwtPayload: (connection) => {
      datastore.transactionOf(context);
      return context.jwtPayload(connection);
    },
    ...own,
  };
}

function generated(row: Uint8Array, write: (bytes: Buffer) => number): Uint8Array {
  const bytes = bufferOf(row);
  return new Uint8Array(bytes.subarray(0, write(bytes)));
}

/** Throws errno 17 while a transaction is open. */
export function mustBeClosed({ transaction }: CallContext): void {
  if (transaction) throw new HostError(errno.wouldBlockTransaction);
}
