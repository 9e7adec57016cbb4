/** Reading request bodies: programs of any size, everything else up to 2 MB. */
import type { Context } from 'hono';
import { HttpProblem } from './server-context.ts';

const MAX_BODY_BYTES = 2 * 1024 * 1024;

/** A program; there is no limit, as for the real server. */
export const readProgram = async (c: Context): Promise<Uint8Array> => new Uint8Array(await c.req.arrayBuffer());

/** A body of at most `limit` bytes, else 413. */
export async function readBytes(c: Context, limit = MAX_BODY_BYTES): Promise<Uint8Array> {
  if (Number(c.req.header('content-length') ?? 0) > limit) throw tooLong(c);
  const body = c.req.raw.body;
  if (!body) return new Uint8Array();
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > limit) throw tooLong(c);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** A text of at most 2 MB, else 413. */
export async function readText(c: Context): Promise<string> {
  return new TextDecoder().decode(await readBytes(c));
}

/** The rest of the body is not read, so the connection cannot serve another request. */
function tooLong(c: Context): HttpProblem {
  c.header('connection', 'close');
  return new HttpProblem(413, 'length limit exceeded');
}
