/** Server messages to WebSocket payloads: a tag byte for the compression, then the messages. Reference 2.3. */
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import type { SocketOptions } from '../database/messages.ts';

/** Bodies up to this size go out uncompressed. */
const compressAbove = 1024;
/** Target size of a payload of several messages, uncompressed. */
const coalesceUpTo = 512 * 1024;

const tags = { None: 0, Brotli: 1, Gzip: 2 } as const;

/** Payloads for messages that are sent together: one each in v2, as few as reasonable in v3. */
export function makePayloads(
  messages: readonly Uint8Array[],
  { protocol, compression }: Pick<SocketOptions, 'protocol' | 'compression'>,
): Uint8Array[] {
  if (protocol === 'v2') return messages.map((message) => payload([message], message.length, compression));
  const payloads: Uint8Array[] = [];
  let batch: Uint8Array[] = [];
  let size = 0;
  for (const message of messages) {
    if (batch.length > 0 && size + message.length > coalesceUpTo) {
      payloads.push(payload(batch, size, compression));
      batch = [];
      size = 0;
    }
    batch.push(message);
    size += message.length;
  }
  if (batch.length > 0) payloads.push(payload(batch, size, compression));
  return payloads;
}

function payload(messages: readonly Uint8Array[], size: number, compression: keyof typeof tags): Uint8Array {
  if (compression !== 'None' && size > compressAbove) {
    const [only] = messages;
    const body = messages.length === 1 && only ? only : Buffer.concat(messages, size);
    return tagged(tags[compression], [compress(body, compression)]);
  }
  return tagged(tags.None, messages);
}

function tagged(tag: number, parts: readonly Uint8Array[]): Uint8Array {
  let size = 1;
  for (const part of parts) size += part.length;
  const bytes = new Uint8Array(size);
  bytes[0] = tag;
  let at = 1;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

function compress(body: Uint8Array, compression: 'Gzip' | 'Brotli'): Uint8Array {
  if (compression === 'Gzip') return gzipSync(body, { level: constants.Z_BEST_SPEED });
  return brotliCompressSync(body, {
    params: { [constants.BROTLI_PARAM_QUALITY]: 1, [constants.BROTLI_PARAM_SIZE_HINT]: body.length },
  });
}
