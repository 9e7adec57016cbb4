/** What the server sends over the v2 and v3 protocols. Source: reference "protocol" 2.5. */
import type { ByteString } from '../database/datastore/byte-string.ts';
import { ByteWriter } from '../database/datastore/byte-writer.ts';
import { writeRowList } from './row-list.ts';

/** Rows of one table as a query gives them. */
export interface TableRows {
  table: string;
  rows: readonly ByteString[];
}

/** One encoded TableUpdate; the same bytes serve every subscriber of the same query. */
export type EncodedTableUpdate = Uint8Array;

export interface QuerySetUpdate {
  querySetId: number;
  updates: readonly EncodedTableUpdate[];
}

const scratch = new ByteWriter(4096);

function message(tag: number, fill: (out: ByteWriter) => void): Uint8Array {
  scratch.reset();
  scratch.u8(tag);
  fill(scratch);
  return scratch.finish();
}

/** `identity` is 64 and `connectionId` 32 big-endian hex digits. */
export const initialConnection = (identity: string, connectionId: string, token: string): Uint8Array =>
  message(0, (out) => {
    out.raw(Buffer.from(identity, 'hex').reverse());
    out.raw(Buffer.from(connectionId, 'hex').reverse());
    out.string(token);
  });

/** Tables without rows are left out, as the real server does. */
function writeQueryRows(out: ByteWriter, tables: readonly TableRows[]): void {
  const filled = tables.filter(({ rows }) => rows.length > 0);
  out.u32(filled.length);
  for (const { table, rows } of filled) {
    out.string(table);
    writeRowList(out, rows);
  }
}

export const subscribeApplied = (requestId: number, querySetId: number, tables: readonly TableRows[]): Uint8Array =>
  message(1, (out) => {
    out.u32(requestId);
    out.u32(querySetId);
    writeQueryRows(out, tables);
  });

export const unsubscribeApplied = (
  requestId: number,
  querySetId: number,
  dropped: readonly TableRows[] | undefined,
): Uint8Array =>
  message(2, (out) => {
    out.u32(requestId);
    out.u32(querySetId);
    out.u8(dropped ? 0 : 1);
    if (dropped) writeQueryRows(out, dropped);
  });

/** Without a request id: a set that was applied has failed and is gone. */
export const subscriptionError = (requestId: number | undefined, querySetId: number, error: string): Uint8Array =>
  message(3, (out) => {
    out.u8(requestId === undefined ? 1 : 0);
    if (requestId !== undefined) out.u32(requestId);
    out.u32(querySetId);
    out.string(error);
  });

export function tableUpdate(
  table: string,
  isEvent: boolean,
  inserts: readonly ByteString[],
  deletes: readonly ByteString[],
): EncodedTableUpdate {
  scratch.reset();
  scratch.string(table);
  scratch.u32(1);
  scratch.u8(isEvent ? 1 : 0);
  writeRowList(scratch, inserts);
  if (!isEvent) writeRowList(scratch, deletes);
  return scratch.finish();
}

function writeQuerySets(out: ByteWriter, sets: readonly QuerySetUpdate[]): void {
  out.u32(sets.length);
  for (const { querySetId, updates } of sets) {
    out.u32(querySetId);
    out.u32(updates.length);
    for (const update of updates) out.raw(update);
  }
}

export const transactionUpdate = (sets: readonly QuerySetUpdate[]): Uint8Array =>
  message(4, (out) => writeQuerySets(out, sets));

export const oneOffQueryResult = (requestId: number, tables: readonly TableRows[]): Uint8Array =>
  message(5, (out) => {
    out.u32(requestId);
    out.u8(0);
    writeQueryRows(out, tables);
  });

export const oneOffQueryError = (requestId: number, error: string): Uint8Array =>
  message(5, (out) => {
    out.u32(requestId);
    out.u8(1);
    out.string(error);
  });

export type ReducerOutcome =
  | { tag: 'Ok'; sets: readonly QuerySetUpdate[] }
  | { tag: 'Err'; message: string }
  | { tag: 'InternalError'; message: string };

/** `timestamp` in microseconds since the Unix epoch. */
export const reducerResult = (requestId: number, timestamp: bigint, outcome: ReducerOutcome): Uint8Array =>
  message(6, (out) => {
    out.u32(requestId);
    out.u64(timestamp);
    writeOutcome(out, outcome);
  });

function writeOutcome(out: ByteWriter, outcome: ReducerOutcome): void {
  switch (outcome.tag) {
    case 'Ok':
      out.u8(0);
      out.u32(0); // no return value
      writeQuerySets(out, outcome.sets);
      return;
    case 'Err': {
      out.u8(2);
      // The bytes are a BSATN string: a length prefix within a length prefix.
      const lengthAt = out.reserve(4);
      const start = out.length;
      out.string(outcome.message);
      out.patchU32(lengthAt, out.length - start);
      return;
    }
    case 'InternalError':
      out.u8(3);
      out.string(outcome.message);
  }
}

export type ProcedureOutcome =
  /** BSATN of the returned value. */
  { tag: 'Returned'; value: Uint8Array } | { tag: 'InternalError'; message: string };

/** `timestamp` in microseconds since the Unix epoch, `duration` in microseconds. */
export const procedureResult = (
  requestId: number,
  timestamp: bigint,
  duration: bigint,
  outcome: ProcedureOutcome,
): Uint8Array =>
  message(7, (out) => {
    if (outcome.tag === 'Returned') {
      out.u8(0);
      out.u32(outcome.value.length);
      out.raw(outcome.value);
    } else {
      out.u8(1);
      out.string(outcome.message);
    }
    out.u64(timestamp);
    out.u64(duration);
    out.u32(requestId);
  });
