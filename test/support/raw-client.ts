/** A client on the bare protocol (v2), for what the SDK hides: query sets, errors of one set, how often a row comes. */
import { BsatnReader, BsatnWriter } from '../../schema/bsatn.ts';
import type { ProductValue, SumValue } from '../../schema/value.ts';
import { decodePayload, rowsOf } from '../../standalone/protocol/testing/decode.ts';

/** How often each row (as hexadecimal BSATN) is held, by table. */
type Held = Map<string, Map<string, number>>;

interface Waiting {
  resolve(message: ProductValue): void;
  reject(error: Error): void;
}

export interface RawClient {
  /** Resolves when the set is applied; rejects with the server's text. */
  subscribe(set: number, ...queries: string[]): Promise<void>;
  unsubscribe(set: number): Promise<void>;
  /** Rows of a one-off query; rejects with the server's text. */
  query<T>(query: string, read: (reader: BsatnReader) => T): Promise<T[]>;
  /** Rows that a set holds of a table, each as often as it came. */
  held<T>(set: number, table: string, read: (reader: BsatnReader) => T): T[];
  /** Events of event tables that came to a set. */
  events(set: number): number;
  close(): void;
}

export async function connectRaw(uri: string, database: string, token: string): Promise<RawClient> {
  const query = new URLSearchParams({ compression: 'None', token });
  const socket = new WebSocket(`${uri.replace(/^http/, 'ws')}/v1/database/${database}/subscribe?${query}`, [
    'v2.bsatn.spacetimedb',
  ]);
  socket.binaryType = 'arraybuffer';
  const sets = new Map<number, Held>();
  const events = new Map<number, number>();
  const waiting = new Map<number, Waiting>();
  let lastRequest = 0;

  const count = (set: number, table: string, row: Uint8Array, change: 1 | -1): void => {
    const tables = sets.get(set) ?? new Map<string, Map<string, number>>();
    sets.set(set, tables);
    const rows = tables.get(table) ?? new Map<string, number>();
    tables.set(table, rows);
    const hex = Buffer.from(row).toString('hex');
    const held = (rows.get(hex) ?? 0) + change;
    if (held < 0) throw new Error(`set ${set} takes away a row of ${table} that it never gave`);
    if (held === 0) rows.delete(hex);
    else rows.set(hex, held);
  };

  const applyUpdate = (querySets: unknown): void => {
    for (const set of querySets as { query_set_id: { id: number }; tables: ProductValue[] }[]) {
      for (const { table_name: table, rows } of set.tables as unknown as { table_name: string; rows: SumValue[] }[]) {
        for (const { tag, value } of rows) {
          const { id } = set.query_set_id;
          if (tag === 'EventTable') {
            events.set(id, (events.get(id) ?? 0) + rowsOf((value as ProductValue).events as ProductValue).length);
            continue;
          }
          const { inserts, deletes } = value as ProductValue;
          for (const row of rowsOf(inserts as ProductValue)) count(id, table, row, 1);
          for (const row of rowsOf(deletes as ProductValue)) count(id, table, row, -1);
        }
      }
    }
  };

  const receive = ({ tag, value }: SumValue): void => {
    const message = value as ProductValue;
    if (tag === 'TransactionUpdate') {
      applyUpdate(message.query_sets);
      return;
    }
    if (tag === 'SubscribeApplied') {
      const { id } = message.query_set_id as unknown as { id: number };
      const { tables } = message.rows as unknown as { tables: { table: string; rows: ProductValue }[] };
      for (const { table, rows } of tables) for (const row of rowsOf(rows)) count(id, table, row, 1);
    }
    const requestId = message.request_id;
    const waiter = waiting.get(typeof requestId === 'number' ? requestId : Number((requestId as SumValue)?.value));
    if (tag === 'SubscriptionError') waiter?.reject(new Error(String(message.error)));
    else waiter?.resolve(message);
  };

  const send = (tag: number, fill: (writer: BsatnWriter) => void): Promise<ProductValue> => {
    const writer = new BsatnWriter();
    const requestId = ++lastRequest;
    writer.u8(tag);
    writer.u32(requestId);
    fill(writer);
    const answer = new Promise<ProductValue>((resolve, reject) => waiting.set(requestId, { resolve, reject }));
    socket.send(writer.finish() as Uint8Array<ArrayBuffer>);
    return answer;
  };

  await new Promise<void>((resolve, reject) => {
    socket.onmessage = ({ data }) => {
      for (const message of decodePayload(new Uint8Array(data as ArrayBuffer)) as unknown as SumValue[]) {
        if (message.tag === 'InitialConnection') resolve();
        else receive(message);
      }
    };
    socket.onclose = ({ code, reason }) => {
      const error = new Error(`the connection was closed: ${code} ${reason}`);
      reject(error);
      for (const waiter of waiting.values()) waiter.reject(error);
    };
  });

  return {
    async subscribe(set, ...queries) {
      await send(0, (writer) => {
        writer.u32(set);
        writer.u32(queries.length);
        for (const text of queries) writer.string(text);
      });
    },
    async unsubscribe(set) {
      await send(1, (writer) => {
        writer.u32(set);
        writer.u8(0);
      });
      sets.delete(set);
    },
    async query(text, read) {
      const { result } = (await send(2, (writer) => writer.string(text))) as { result: SumValue };
      if (result.tag === 'err') throw new Error(String(result.value));
      const { tables } = result.value as unknown as { tables: { rows: ProductValue }[] };
      return tables.flatMap(({ rows }) => rowsOf(rows).map((row) => read(new BsatnReader(row))));
    },
    held: (set, table, read) =>
      [...(sets.get(set)?.get(table) ?? [])].flatMap(([hex, times]) =>
        Array.from({ length: times }, () => read(new BsatnReader(Buffer.from(hex, 'hex')))),
      ),
    events: (set) => events.get(set) ?? 0,
    close: () => socket.close(),
  };
}
