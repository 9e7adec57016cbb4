/** What clients send over the v2 and v3 protocols. Source: reference "protocol" 2.3 and 2.4. */
import { BsatnError, BsatnReader } from '../../schema/bsatn.ts';
import { fail, ok, type Result } from '../../schema/result.ts';

export type ClientMessage =
  | { tag: 'Subscribe'; requestId: number; querySetId: number; queries: string[] }
  | { tag: 'Unsubscribe'; requestId: number; querySetId: number; sendDroppedRows: boolean }
  | { tag: 'OneOffQuery'; requestId: number; query: string }
  | { tag: 'CallReducer'; requestId: number; reducer: string; args: Uint8Array }
  | { tag: 'CallProcedure'; requestId: number; procedure: string; args: Uint8Array };

/** Messages of one frame: exactly one in v2, one or more in v3. Fails with a text for the close frame. */
export function readClientFrame(data: Uint8Array, protocol: 'v2' | 'v3'): Result<ClientMessage[]> {
  const reader = new BsatnReader(data);
  const messages: ClientMessage[] = [];
  try {
    do messages.push(readMessage(reader));
    while (protocol === 'v3' && reader.remaining > 0);
  } catch (error) {
    if (error instanceof BsatnError) return fail(`the message could not be decoded: ${error.message}`);
    throw error;
  }
  if (reader.remaining > 0)
    return fail(`the message is followed by ${reader.remaining} bytes that do not belong to it`);
  return ok(messages);
}

function readMessage(reader: BsatnReader): ClientMessage {
  const tag = reader.u8();
  switch (tag) {
    case 0:
      return { tag: 'Subscribe', requestId: reader.u32(), querySetId: reader.u32(), queries: readStrings(reader) };
    case 1:
      return {
        tag: 'Unsubscribe',
        requestId: reader.u32(),
        querySetId: reader.u32(),
        sendDroppedRows: readFlag(reader, 'Unsubscribe', 1) === 1,
      };
    case 2:
      return { tag: 'OneOffQuery', requestId: reader.u32(), query: reader.string() };
    case 3: {
      const requestId = reader.u32();
      readFlag(reader, 'CallReducer', 0);
      return { tag: 'CallReducer', requestId, reducer: reader.string(), args: reader.bytes() };
    }
    case 4: {
      const requestId = reader.u32();
      readFlag(reader, 'CallProcedure', 0);
      return { tag: 'CallProcedure', requestId, procedure: reader.string(), args: reader.bytes() };
    }
    default:
      throw new BsatnError(`${tag} is no client message`);
  }
}

function readFlag(reader: BsatnReader, message: string, greatest: number): number {
  const flag = reader.u8();
  if (flag > greatest) throw new BsatnError(`${flag} is no flag of ${message}`);
  return flag;
}

function readStrings(reader: BsatnReader): string[] {
  const strings: string[] = [];
  for (let count = reader.u32(); count > 0; count--) strings.push(reader.string());
  return strings;
}
