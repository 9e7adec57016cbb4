import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BsatnWriter } from '../../schema/bsatn.ts';
import type { ProductValue, SumValue } from '../../schema/value.ts';
import { toByteString } from '../database/datastore/byte-string.ts';
import { readClientFrame } from './client-message.ts';
import { makePayloads } from './framing.ts';
import * as server from './server-message.ts';
import { decodePayload, rowsOf } from './testing/decode.ts';

const byteString = (bytes: Uint8Array): string => toByteString(Buffer.from(bytes), 0, bytes.length);
const only = (message: Uint8Array): SumValue =>
  decodePayload(Buffer.concat([Buffer.from([0]), message]))[0] as SumValue;
const options = { protocol: 'v3', compression: 'None' } as const;

describe('server messages', () => {
  it('carry rows with a hint that finds every one of them', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 5 }), { minLength: 1, maxLength: 6 }), (rows) => {
        const message = only(server.subscribeApplied(7, 9, [{ table: 't', rows: rows.map(byteString) }]));
        const { tables } = (message.value as ProductValue).rows as { tables: ProductValue[] };
        expect(rowsOf(tables[0]?.rows as ProductValue)).toEqual(rows);
      }),
    );
  });

  it('leave out tables without rows, and say who connected', () => {
    const applied = only(server.subscribeApplied(1, 2, [{ table: 'empty', rows: [] }]));
    expect(applied).toEqual({
      tag: 'SubscribeApplied',
      value: { request_id: 1, query_set_id: { id: 2 }, rows: { tables: [] } },
    });
    const hello = only(server.initialConnection(`ab${'0'.repeat(62)}`, `cd${'0'.repeat(30)}`, 'token'));
    expect(hello.value).toEqual({
      identity: { __identity__: 0xabn << 248n },
      connection_id: { __connection_id__: 0xcdn << 120n },
      token: 'token',
    });
  });

  it('tell the outcome of a reducer, with its update for the caller', () => {
    const update = server.tableUpdate('t', false, ['ab'], ['cd', 'e']);
    const message = only(server.reducerResult(3, 5n, { tag: 'Ok', sets: [{ querySetId: 8, updates: [update] }] }));
    const { result } = message.value as { result: SumValue };
    const { transaction_update } = result.value as { transaction_update: { query_sets: ProductValue[] } };
    const [set] = transaction_update.query_sets as [{ query_set_id: ProductValue; tables: { rows: SumValue[] }[] }];
    expect(set.query_set_id).toEqual({ id: 8 });
    const rows = set.tables[0]?.rows[0]?.value as { inserts: ProductValue; deletes: ProductValue };
    expect(rowsOf(rows.inserts)).toEqual([new Uint8Array([97, 98])]);
    expect(rowsOf(rows.deletes).length).toBe(2);
    const refused = only(server.reducerResult(3, 5n, { tag: 'Err', message: 'né' }));
    expect((refused.value as { result: SumValue }).result).toEqual({
      tag: 'Err',
      value: new Uint8Array([3, 0, 0, 0, 110, 0xc3, 0xa9]),
    });
  });

  it('announce event rows as events', () => {
    const update = server.tableUpdate('e', true, ['ab'], []);
    const message = only(server.transactionUpdate([{ querySetId: 1, updates: [update] }]));
    expect(JSON.stringify(message, (_k, v) => (v instanceof Uint8Array ? [...v] : v))).toContain('"EventTable"');
  });
});

describe('payloads', () => {
  const messages = Array.from({ length: 5 }, (_, i) => server.oneOffQueryError(i, 'x'.repeat(i * 500)));

  it('hold one message in v2 and several in v3', () => {
    expect(makePayloads(messages, { ...options, protocol: 'v2' }).length).toBe(5);
    const [payload, ...more] = makePayloads(messages, options);
    expect(more).toEqual([]);
    expect(decodePayload(payload as Uint8Array).map((m) => (m.value as ProductValue).request_id)).toEqual([
      0, 1, 2, 3, 4,
    ]);
  });

  it('are compressed above 1024 bytes, as the client asked', () => {
    for (const [compression, tag] of [
      ['Gzip', 2],
      ['Brotli', 1],
    ] as const) {
      const payloads = makePayloads(messages, { protocol: 'v2', compression });
      expect(payloads.map((payload) => payload[0])).toEqual([0, 0, 0, tag, tag]);
      expect(payloads.flatMap(decodePayload).length).toBe(5);
    }
  });

  it('stay near half a megabyte', () => {
    const large = Array.from({ length: 5 }, (_, i) => server.oneOffQueryError(i, 'x'.repeat(200_000)));
    expect(makePayloads(large, options).map((payload) => decodePayload(payload).length)).toEqual([2, 2, 1]);
  });
});

describe('client frames', () => {
  const call = (reducer: string): Uint8Array => {
    const writer = new BsatnWriter();
    writer.u8(3);
    writer.u32(4);
    writer.u8(0);
    writer.string(reducer);
    writer.bytes(new Uint8Array([1, 2]));
    return writer.finish();
  };

  it('hold one message in v2, one or more in v3', () => {
    const two = Buffer.concat([call('a'), call('b')]);
    const read = readClientFrame(two, 'v3');
    expect(read.ok && read.value.map((message) => message.tag === 'CallReducer' && message.reducer)).toEqual([
      'a',
      'b',
    ]);
    expect(readClientFrame(two, 'v2').ok).toBe(false);
    expect(readClientFrame(call('a'), 'v2').ok).toBe(true);
    expect(readClientFrame(new Uint8Array(), 'v3').ok).toBe(false);
  });

  it('never crash, however they are broken', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), fc.nat(20), (noise, at) => {
        const frame = Buffer.from(call('name'));
        frame.set(noise.subarray(0, frame.length - at), at);
        for (const data of [noise, frame]) expect(typeof readClientFrame(data, 'v3').ok).toBe('boolean');
      }),
      { numRuns: 2000 },
    );
  });
});
