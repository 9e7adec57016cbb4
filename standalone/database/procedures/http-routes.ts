/** HTTP requests that the module answers itself. Reference "module host" 6.8. */
import { BsatnError } from '../../../schema/bsatn.ts';
import type { RawHttpRouteDef } from '../../../schema/raw-module-def.ts';
import type { DatabaseCore } from '../core.ts';
import type { RequestArgs, RequestReply } from '../messages.ts';
import { noProgram, refusal } from '../refusal.ts';
import { readResponseHead, writeRequestHead } from './http-head.ts';
import type { ProcedureLane } from './lane.ts';

const noRoute = refusal(404, 'Database has not registered a handler for this route');

/** Names of usual methods are written like `Get`, others as they are. */
const answersMethod = (route: RawHttpRouteDef, method: string): boolean =>
  route.method === 'Any' || route.method === method || route.method.toUpperCase() === method;

/** The answer may leave when the transaction `offset` is durable. */
export async function runHttpRoute(
  { program }: DatabaseCore,
  lane: ProcedureLane,
  { path, body, ...head }: RequestArgs<'route'>,
): Promise<{ offset: bigint; reply: RequestReply<'route'> }> {
  if (!program) return { offset: -1n, reply: noProgram };
  const { httpRoutes, httpHandlers } = program.definition;
  const route = httpRoutes.find((candidate) => candidate.path === path && answersMethod(candidate, head.method));
  const id = httpHandlers.findIndex(({ sourceName }) => sourceName === route?.handlerFunction);
  if (!route || id < 0) return { offset: -1n, reply: noRoute };
  const outcome = await lane.run({
    kind: 'handler',
    name: route.handlerFunction,
    id,
    head: writeRequestHead(head),
    body,
  });
  const { offset } = outcome;
  if (!outcome.ok) {
    const message = `The module instance encountered a fatal error: ${outcome.message}`;
    return { offset, reply: refusal(500, message) };
  }
  const [answer = new Uint8Array(), content = new Uint8Array()] = outcome.values;
  try {
    const { status, headers } = readResponseHead(answer);
    return { offset, reply: { ok: true, status, headers, body: content } };
  } catch (error) {
    if (!(error instanceof BsatnError)) throw error;
    return { offset, reply: refusal(500, `The handler's response cannot be read: ${error.message}`) };
  }
}
