/**
 * The server's messages read back for tests, from their layout as types and by the generic codec: nothing here is
 * shared with the code that writes them. Layout: reference "protocol" 2.5.
 */
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import {
  array,
  connectionIdType,
  identityType,
  option,
  primitive,
  product,
  result,
  sum,
  timeDurationType,
  timestampType,
  unit,
} from '../../../schema/algebraic-type.ts';
import { BsatnReader, readValue } from '../../../schema/bsatn.ts';
import type { ProductValue, SumValue } from '../../../schema/value.ts';

const [u16, u32, u64, string] = [primitive('U16'), primitive('U32'), primitive('U64'), primitive('String')];
const bytes = array(primitive('U8'));
const rowList = product({ size_hint: sum({ FixedSize: u16, RowOffsets: array(u64) }), rows_data: bytes });
const querySetId = product({ id: u32 });
const queryRows = product({ tables: array(product({ table: string, rows: rowList })) });
const tableUpdateRows = sum({
  PersistentTable: product({ inserts: rowList, deletes: rowList }),
  EventTable: product({ events: rowList }),
});
const querySetUpdate = product({
  query_set_id: querySetId,
  tables: array(product({ table_name: string, rows: array(tableUpdateRows) })),
});
const transactionUpdate = product({ query_sets: array(querySetUpdate) });

export const serverMessageType = sum({
  InitialConnection: product({ identity: identityType, connection_id: connectionIdType, token: string }),
  SubscribeApplied: product({ request_id: u32, query_set_id: querySetId, rows: queryRows }),
  UnsubscribeApplied: product({ request_id: u32, query_set_id: querySetId, rows: option(queryRows) }),
  SubscriptionError: product({ request_id: option(u32), query_set_id: querySetId, error: string }),
  TransactionUpdate: transactionUpdate,
  OneOffQueryResult: product({ request_id: u32, result: result(queryRows, string) }),
  ReducerResult: product({
    request_id: u32,
    timestamp: timestampType,
    result: sum({
      Ok: product({ ret_value: bytes, transaction_update: transactionUpdate }),
      OkEmpty: unit,
      Err: bytes,
      InternalError: string,
    }),
  }),
  ProcedureResult: product({
    status: sum({ Returned: bytes, InternalError: string }),
    timestamp: timestampType,
    total_host_execution_duration: timeDurationType,
    request_id: u32,
  }),
});

/** Messages of one payload; throws when it is malformed or has bytes left. */
export function decodePayload(payload: Uint8Array): SumValue[] {
  const body = payload.subarray(1);
  const plain = [() => body, () => brotliDecompressSync(body), () => gunzipSync(body)][payload[0] as number];
  if (!plain) throw new Error(`compression tag ${payload[0]}`);
  const reader = new BsatnReader(new Uint8Array(plain()));
  const messages: SumValue[] = [];
  while (reader.remaining > 0) messages.push(readValue(reader, serverMessageType, []) as SumValue);
  return messages;
}

/** Rows of a row list by its hint, which must agree with the data. */
export function rowsOf(list: ProductValue): Uint8Array[] {
  const hint = list.size_hint as SumValue;
  const data = list.rows_data as Uint8Array;
  if (hint.tag === 'FixedSize') {
    const size = hint.value as number;
    if (size === 0 || data.length % size !== 0) throw new Error(`rows of ${size} bytes in ${data.length}`);
    return Array.from({ length: data.length / size }, (_, i) => data.slice(i * size, (i + 1) * size));
  }
  const offsets = (hint.value as bigint[]).map(Number);
  return offsets.map((offset, i) => data.slice(offset, offsets[i + 1] ?? data.length));
}
