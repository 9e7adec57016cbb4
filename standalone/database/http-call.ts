/** A reducer called over HTTP. Source: reference "protocol" 1.7. */
import { badCall } from './client-messages.ts';
import { senderOf } from './clients.ts';
import type { DatabaseCore } from './core.ts';
import type { Refusal, RequestArgs, RequestReply } from './messages.ts';
import { argumentsFromJson, beginCall, findReducer, runReducer } from './reducers.ts';
import { noProgram, refusal } from './refusal.ts';
import type { Begin } from './steps.ts';

export interface HttpCallOutcome {
  /** The answer may leave when this transaction is durable. */
  offset: bigint;
  reply: RequestReply<'call'>;
}

/** `queuedAt`: `performance.now()` when the request came. */
export function runHttpCall(
  core: DatabaseCore,
  { name, argsJson, ...caller }: RequestArgs<'call'>,
  begin: Begin,
  queuedAt: number,
): HttpCallOutcome {
  const refused = (reply: Refusal): HttpCallOutcome => ({ offset: core.offset, reply });
  const { program, catalog } = core;
  if (!program) return refused(noProgram);
  const found = findReducer(catalog, name, caller.identity === core.options.ownerIdentity);
  if (!found.ok) {
    core.moduleLog.host('Error', badCall(name));
    return refused(refusal(found.status, found.status === 404 ? 'No such procedure' : found.message));
  }
  const { reducer } = found;
  const args = argumentsFromJson(reducer, program, catalog, argsJson);
  if (!args.ok) {
    core.moduleLog.host('Error', `External attempt to call reducer "${name}" failed: ${args.message}`);
    return refused(refusal(400, args.message));
  }
  const started = performance.now();
  const call = begin(beginCall(core, program));
  const result = runReducer(call, reducer, senderOf(caller), args.value, { type: 'Reducer' });
  const ended = performance.now();
  core.metrics.called(reducer.name, (started - queuedAt) / 1000, (ended - started) / 1000);
  if (!result.ok) return refused(refusal(530, result.message));
  const durationMicros = Math.round((ended - started) * 1000);
  return { offset: result.committed.offset, reply: { ok: true, json: undefined, durationMicros } };
}
